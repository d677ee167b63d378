// Readiness: may a load balancer send requests here?
#pragma once

#include "base/clock.h"
#include "store/store.h"

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

namespace trusthub::health {

struct ReadinessReport {
    bool ready = true;
    std::vector<std::string> reasons;  ///< for administrators only
};

/// A writable store, some disk left and no shutdown under way. [thread-safe]
class Readiness {
public:
    Readiness(store::Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}

    ReadinessReport check() const;
    void beginShutdown() { stopping_.store(true); }

private:
    store::Store& store_;
    const base::Clock& clock_;
    std::atomic<bool> stopping_{false};
};

}  // namespace trusthub::health
