// The client's address behind trusted proxies.
#pragma once

#include "http/egress_guard.h"
#include "http/message.h"

#include <string>
#include <vector>

namespace trusthub::access {

/// The connection's peer; when that is a trusted proxy, X-Forwarded-For is walked from the right to
/// the first address that is none. What does not parse ends the walk. IPv4-mapped addresses come
/// out as IPv4.
std::string clientAddress(const http::RequestHead& head,
                          const std::vector<http::Cidr>& trustedProxies);

/// The block that limits and refusals are counted by: /24 of IPv4, /64 of IPv6.
std::string addressBlock(std::string_view address);

}  // namespace trusthub::access
