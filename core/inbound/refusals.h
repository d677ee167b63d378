// Refusals: what was turned away, as a bounded ring for the administrator and few audit rows for
// the auditor.
#pragma once

#include "audit/audit_log.h"
#include "audit/once_per_minute.h"
#include "sdk/headers.h"
#include "store/store.h"

#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace trusthub::inbound {

struct Refusal {
    TimePoint at;
    std::string provider, address, reason, requestId;
    std::string bodyDigest;  ///< SHA-256, hex
    std::size_t bodySize = 0;
    std::string event, deliveryId;
};

/// [thread-safe]
class Refusals {
public:
    Refusals(store::Store& store, audit::AuditLog& audit, const base::Clock& clock)
        : store_(store), audit_(audit), clock_(clock) {}

    /// Keeps it in the ring; writes one audit row per reason, address block and minute.
    void record(Refusal refusal);
    std::vector<Refusal> recent() const;

private:
    static constexpr std::size_t kRing = 256;

    store::Store& store_;
    audit::AuditLog& audit_;
    const base::Clock& clock_;
    mutable std::mutex mutex_;
    std::deque<Refusal> ring_;
    audit::OncePerMinute rows_;  ///< by provider, reason and block
};

}  // namespace trusthub::inbound
