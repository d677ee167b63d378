// When to try again: a schedule of waits with jitter.
#pragma once

#include "base/random.h"
#include "sdk/time.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace trusthub::base {

struct BackoffSchedule {
    std::vector<std::chrono::seconds> waits;  ///< before attempt 1, 2, 3 …
    double jitter = 0.2;                      ///< each wait is spread by ± this share

    /// The wait before attempt number `attempt` (1 is the first); null when the schedule is used
    /// up.
    std::optional<Milliseconds> before(std::size_t attempt, Random& random) const {
        if (attempt == 0 || attempt > waits.size()) return std::nullopt;
        const double wait = std::chrono::duration<double, std::milli>(waits[attempt - 1]).count();
        const double spread = 1.0 + jitter * (2.0 * random.unit() - 1.0);
        return Milliseconds{static_cast<std::int64_t>(wait * spread)};
    }
};

}  // namespace trusthub::base
