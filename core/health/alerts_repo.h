// SQL of alerts.
#pragma once

#include "health/alert.h"
#include "store/tx.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::health {

/// What a list shows.
struct AlertQuery {
    std::optional<std::vector<std::string>> teams;  ///< "" is the organization's; null: all
    std::string owner;        ///< user whose keys' alerts are shown besides; empty: nobody's
    std::string state, kind;  ///< empty: any
    std::string after;        ///< id of the last one of the page before; newest first
    std::size_t limit = 50;
};

namespace alerts_repo {

void insert(store::WriteTx& tx, const Alert& alert);
void save(store::WriteTx& tx, const Alert& alert);  ///< all but identity
std::optional<Alert> find(store::ReadTx& tx, std::string_view id);
/// The one of that matter which is not resolved.
std::optional<Alert> unresolved(store::ReadTx& tx, std::string_view kind,
                                std::string_view targetId);
/// Those of a kind at a stage that are not resolved.
std::vector<Alert> unresolvedAt(store::ReadTx& tx, std::string_view kind, std::string_view stage,
                                std::size_t limit);
/// Those that are not resolved, by id.
std::vector<Alert> unresolvedAfter(store::ReadTx& tx, std::string_view id, std::size_t limit);
std::vector<Alert> list(store::ReadTx& tx, const AlertQuery& query);
std::int64_t count(store::ReadTx& tx, const AlertQuery& query, std::int64_t cap);
/// Forgets up to `limit` that were resolved before `before`; answers how many.
std::size_t expire(store::WriteTx& tx, TimePoint before, std::size_t limit);

}  // namespace alerts_repo
}  // namespace trusthub::health
