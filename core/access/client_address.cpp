#include "access/client_address.h"

#include "base/text.h"

#include <algorithm>

namespace trusthub::access {
namespace {

bool trusted(const http::IpAddress& address, const std::vector<http::Cidr>& proxies) {
    return std::ranges::any_of(proxies,
                               [&](const http::Cidr& cidr) { return cidr.contains(address); });
}

}  // namespace

std::string clientAddress(const http::RequestHead& head,
                          const std::vector<http::Cidr>& trustedProxies) {
    // The server writes addresses in one form only, mapped ones as IPv4.
    if (trustedProxies.empty()) return head.peer;
    auto current = http::IpAddress::parse(head.peer);
    if (!current || !trusted(*current, trustedProxies)) return head.peer;
    std::vector<std::string> hops;
    for (const auto& [name, value] : head.headers) {
        if (!base::equalsIgnoreCase(name, "X-Forwarded-For")) continue;
        for (const auto part : base::split(value, ',')) hops.emplace_back(base::trim(part));
    }
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
        const auto address = http::IpAddress::parse(*hop);
        if (!address) break;
        current = address;
        if (!trusted(*address, trustedProxies)) break;
    }
    return current->text();
}

std::string addressBlock(std::string_view address) {
    auto parsed = http::IpAddress::parse(address);
    if (!parsed) return std::string(address);
    const std::size_t kept = parsed->v6 ? 8 : 3;
    std::fill(parsed->bytes.begin() + static_cast<std::ptrdiff_t>(kept), parsed->bytes.end(),
              std::uint8_t{0});
    return parsed->text() + (parsed->v6 ? "/64" : "/24");
}

}  // namespace trusthub::access
