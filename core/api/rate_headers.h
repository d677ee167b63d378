// The limits in an answer: RateLimit and RateLimit-Policy
// (draft-ietf-httpapi-ratelimit-headers-11), X-RateLimit-* for older clients, and what a 429 adds
// to its body.
#pragma once

#include "access/limits.h"
#include "http/message.h"

namespace trusthub::api {

/// The tightest policy first. `r` of RateLimit is what passes right now; `t` the seconds until the
/// whole burst is there again or, when nothing passes, until one request does. The X- fields tell
/// of the tightest policy: burst, what is left of it, and the Unix time when it is full.
void addRateHeaders(http::Response& response, const access::LimitState& state, TimePoint now);

/// The names of the policies that refused, as member `violated_policies` of the problem.
void addViolatedPolicies(http::Response& problem, const access::LimitState& state);

/// 429 with the moment at which the request passes.
Error rateLimited(const access::LimitState& state);

}  // namespace trusthub::api
