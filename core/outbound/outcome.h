// Outcome: what an HTTP exchange means for its delivery. Pure functions.
#pragma once

#include "base/backoff.h"
#include "http/client.h"
#include "outbound/deliveries_repo.h"

#include <optional>
#include <string>

namespace trusthub::outbound {

struct Outcome {
    bool tried = true;      ///< false: nothing left the hub, so it is no attempt
    bool answered = false;  ///< the receiver said something, whatever it was
    bool gone = false;      ///< 410: it wants no more (Standard Webhooks)
    int statusCode = 0;
    std::string failure;  ///< empty: delivered. "status", "redirect", "gone" or the client's word
    std::string detail;
    std::optional<Milliseconds> retryAfter;

    bool delivered() const { return tried && failure.empty(); }
};

/// 2xx delivers; everything else fails, redirects too.
Outcome outcomeOf(const http::Exchange& exchange, TimePoint now);

/// How the delivery goes on: done, due again by the schedule, or failed. A test send is tried once.
deliveries_repo::Next nextOf(const Outcome& outcome, const deliveries_repo::Claimed& delivery,
                             const base::BackoffSchedule& schedule, TimePoint now,
                             base::Random& random);

}  // namespace trusthub::outbound
