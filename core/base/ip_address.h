// IP addresses and networks: the one reader of both, for settings, keys and egress.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace trusthub::base {

/// IPv4 or IPv6; v4-mapped addresses are stored as IPv4, so that each address has one form.
struct IpAddress {
    bool v6 = false;
    std::array<std::uint8_t, 16> bytes{};  ///< IPv4 uses the first four

    static std::optional<IpAddress> parse(std::string_view text);  ///< strict textual forms only
    static std::optional<IpAddress> fromSockaddr(const ::sockaddr& from);  ///< null: another family
    std::string text() const;
    bool operator==(const IpAddress&) const = default;
};

struct Cidr {
    IpAddress base;
    int bits = 0;
    /// `10.0.0.0/8`; a bare address stands for itself. Null when bits are set beyond the prefix.
    static std::optional<Cidr> parse(std::string_view text);
    bool contains(const IpAddress& address) const;
    std::string text() const;  ///< canonical; of a single address without its prefix
    bool operator==(const Cidr&) const = default;
};

}  // namespace trusthub::base
