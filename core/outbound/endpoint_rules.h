// What an endpoint may be: checks of its members before anything is stored.
#pragma once

#include "events/catalogue.h"
#include "http/egress_guard.h"
#include "outbound/endpoint.h"

namespace trusthub::outbound {

inline constexpr Milliseconds kShortestTimeout{1'000};
inline constexpr Milliseconds kLongestTimeout{30'000};
/// Whom the egress guard is asked for.
inline constexpr std::string_view kPurpose = "webhooks";

/// InvalidInput with every member that does not fit. http and https are both taken: the guard
/// decides where to. An address in the URL is judged here, a name when something is sent.
Result<void> checkEndpoint(const Endpoint& endpoint, const events::Catalogue& catalogue,
                           const http::EgressGuard& guard);

/// At most 20; a name is a token that the hub does not set itself, a value at most 4096 visible
/// characters.
Result<void> checkHeaders(const CustomHeaders& headers);

/// False when scheme, host or port differ: then credentials meant for the one must not go to the
/// other.
bool sameOrigin(std::string_view url, std::string_view other);

}  // namespace trusthub::outbound
