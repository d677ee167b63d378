// Refusals: what was turned away, as a bounded ring for those who can mend it and few audit rows
// for the auditor.
#pragma once

#include "audit/refusal_rows.h"
#include "base/clock.h"
#include "base/log.h"
#include "sdk/headers.h"
#include "store/store.h"

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace trusthub::inbound {

/// The delivery itself, so that its sender's mistake can be found.
struct KeptDelivery {
    sdk::Headers headers;
    std::optional<std::string> body;  ///< null when it was too long to keep
};

struct Refusal {
    ReceiptId id;
    TimePoint at;
    std::string provider, address, reason, requestId;
    std::string bodyDigest;  ///< SHA-256, hex
    std::size_t bodySize = 0;
    std::string event, deliveryId;
    struct Project {
        ProjectId id;
        std::string teamId;
    };
    std::vector<Project> projects;  ///< those of the repository that it names; none: unknown
    std::shared_ptr<const KeptDelivery> kept;  ///< null when its place was needed
};

/// In the form of a receipt, for one of its projects; null: none.
json::Object toJson(const Refusal& refusal, const Refusal::Project* project);

/// Everything here lives in memory only and is gone with the process. A body is kept where it names
/// a project's repository, up to kBody each and kBudget in total; of all others only headers and
/// digest. Strangers' deliveries have a ring of their own, so that they cannot push out what
/// somebody may want to mend. [thread-safe]
class Refusals {
public:
    static constexpr std::size_t kBody = 64 * 1024;
    static constexpr std::size_t kBudget = 4UL << 20;  ///< of kept headers and bodies
    static constexpr std::size_t kRing = 256;
    static constexpr std::size_t kStrangers = 64;

    Refusals(audit::RefusalRows& rows, const base::Clock& clock, base::IdSource& ids,
             base::Log& log)
        : rows_(rows), clock_(clock), ids_(ids), log_(log) {}

    /// Gives it its id and time and keeps it; writes a log line, and audit rows collected per
    /// reason, projects, address block and minute.
    void record(Refusal refusal, const sdk::Headers& headers, std::string_view body);
    /// Newest first.
    std::vector<Refusal> recent() const;
    std::optional<Refusal> find(const ReceiptId& id) const;

private:
    void keep(const Refusal& refusal);

    audit::RefusalRows& rows_;  ///< by provider, reason, projects and block
    const base::Clock& clock_;
    base::IdSource& ids_;
    base::Log& log_;
    mutable std::mutex mutex_;
    std::deque<Refusal> ring_, strangers_;
    std::size_t keptBytes_ = 0;
};

}  // namespace trusthub::inbound
