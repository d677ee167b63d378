#include "config/net_text.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <re2/re2.h>

namespace trusthub::config {
namespace {

/// 4, 6, or 0 when it is no address.
int family(std::string_view text) {
    in6_addr address{};
    const std::string copy(text);
    if (::inet_pton(AF_INET, copy.c_str(), &address) == 1) return 4;
    return ::inet_pton(AF_INET6, copy.c_str(), &address) == 1 ? 6 : 0;
}

}  // namespace

std::optional<ListenText> parseListen(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    std::string_view address = text.substr(0, colon);
    const auto port = base::parseInteger(text.substr(colon + 1));
    if (!port || *port < 0 || *port > 65535) return std::nullopt;
    const bool bracketed = address.starts_with('[') && address.ends_with(']');
    if (bracketed) address = address.substr(1, address.size() - 2);
    if (family(address) != (bracketed ? 6 : 4)) return std::nullopt;
    return ListenText{std::string(address), static_cast<std::uint16_t>(*port)};
}

bool isLoopback(std::string_view address) {
    in6_addr v6{};
    in_addr v4{};
    const std::string copy(address);
    if (::inet_pton(AF_INET, copy.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
    return ::inet_pton(AF_INET6, copy.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::optional<UrlText> parseOrigin(std::string_view text) {
    static const RE2 kUrl(
        "(?i)(https?)://([^/?#@\\s]*@)?((?:[a-z0-9._-]+|\\[[0-9a-f:.]+\\])(?::[0-9]{1,5})?)([/"
        "?#]\\S*)?");
    std::string scheme, user, authority, rest;
    if (!RE2::FullMatch({text.data(), text.size()}, kUrl, &scheme, &user, &authority, &rest))
        return std::nullopt;
    return UrlText{base::toLower(scheme), authority, !user.empty(), !rest.empty() && rest != "/"};
}

}  // namespace trusthub::config
