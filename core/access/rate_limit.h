// RateLimit: a policy: so many requests in so many seconds, so many of them at once.
#pragma once

namespace trusthub::access {

struct RateLimit {
    int requests = 0;    ///< sustained, in each `perSeconds`
    int perSeconds = 0;  ///< 1 to 86,400
    int burst = 0;       ///< that pass at once after a pause

    bool operator==(const RateLimit&) const = default;
};

}  // namespace trusthub::access
