// Readiness: may a load balancer send requests here?
#pragma once

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
    explicit Readiness(store::Store& store) : store_(store) {}

    ReadinessReport check() const;
    void beginShutdown() { stopping_.store(true); }

private:
    store::Store& store_;
    std::atomic<bool> stopping_{false};
};

}  // namespace trusthub::health
