// AuditLog: append-only, hash-chained rows, written in the transaction of the change they prove.
#pragma once

#include "base/actor.h"
#include "base/clock.h"
#include "base/ids.h"
#include "json/json.h"
#include "store/tx.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::audit {

/// What happened. `targetTable` and `action` are from the public lists below; `details` holds
/// names, ids and states, never a secret.
struct Entry {
    std::string
        action;  ///< create | update | delete | revoke | rotate | sign_in | refuse | retry | cancel
    std::string targetTable;  ///< one of targetTables()
    std::string targetId;
    std::string teamId;  ///< empty: the organization
    json::Object details;
};

/// The words that `target_table` may be.
const std::vector<std::string_view>& targetTables();
const std::vector<std::string_view>& actions();

/// What a row's hash covers.
struct RowFields {
    std::string_view chain;
    std::int64_t seq = 0;
    std::string_view id;
    std::int64_t atMillis = 0;
    std::string_view teamId, actorKind, actorId, actorLabel, action, targetTable, targetId;
    std::string_view requestId, ip, userAgent;
    std::string_view details;  ///< canonical JSON
    std::string_view prevHash;
};
std::string canonicalText(const RowFields& row);
std::string hashOf(const RowFields& row);  ///< hex

/// One chain per writer. The hash of a row is SHA-256 over its canonical JSON, which holds the hash
/// of the row before it (64 zeros for the first).
class AuditLog final : public store::GroupLinker {
public:
    AuditLog(std::string chain, const base::Clock& clock, base::IdSource& ids)
        : chain_(std::move(chain)), clock_(clock), ids_(ids) {}

    /// Details get `host_account` where the actor has one.
    /// Queues the row; it is linked and written before the group's COMMIT, if this unit succeeds.
    /// [in a unit]
    void append(store::WriteTx& tx, const Actor& actor, Entry entry);

    void link(store::WriteTx& tx, std::span<const std::unique_ptr<store::LinkItem>> items) override;

private:
    const std::string chain_;
    const base::Clock& clock_;
    base::IdSource& ids_;
};

}  // namespace trusthub::audit
