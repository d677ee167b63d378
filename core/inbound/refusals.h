// Refusals: what was turned away, as a bounded ring for the administrator and few audit rows for
// the auditor.
#pragma once

#include "audit/refusal_rows.h"
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
    explicit Refusals(audit::RefusalRows& rows) : rows_(rows) {}

    /// Keeps it in the ring; writes one audit row per reason, address block and minute.
    void record(Refusal refusal);
    std::vector<Refusal> recent() const;

private:
    static constexpr std::size_t kRing = 256;

    audit::RefusalRows& rows_;
    mutable std::mutex mutex_;
    std::deque<Refusal> ring_;
};

}  // namespace trusthub::inbound
