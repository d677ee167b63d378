// EgressGuard: decides which addresses the hub may talk to. Every outbound connection asks it.
#pragma once

#include "base/ip_address.h"
#include "sdk/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::http {

using base::Cidr;
using base::IpAddress;

/// One row of `egress.allow`: what it opens in the otherwise refused ranges.
struct EgressAllow {
    Cidr cidr;
    std::vector<std::uint16_t> ports;   ///< empty: all
    std::vector<std::string> purposes;  ///< "webhooks", "connectors", "git" …; empty: all
};

struct EgressQuestion {
    IpAddress address;
    std::uint16_t port = 0;
    std::string_view purpose;
};

/// Pure. Refuses private, loopback, link-local, shared, benchmark, documentation, multicast,
/// reserved and transition ranges (6to4, Teredo, NAT64 judge the IPv4 address inside) unless a row
/// allows the address; cloud metadata addresses are refused always. IANA special-purpose
/// registries.
class EgressGuard {
public:
    explicit EgressGuard(std::vector<EgressAllow> allow) : allow_(std::move(allow)) {}
    /// EgressDenied names the range that refused and the setting that would open it.
    Result<void> check(const EgressQuestion& question) const;
    /// All addresses of one name: one forbidden address refuses all.
    Result<void> checkAll(const std::vector<IpAddress>& addresses, std::uint16_t port,
                          std::string_view purpose) const;

private:
    std::vector<EgressAllow> allow_;
};

/// An absolute http(s) URL, strictly read. Host literals in decimal, hex, octal or short notation
/// are read as the address they mean (inet_aton), so that the guard sees it.
struct Url {
    std::string scheme;  ///< "http" or "https"
    std::string host;    ///< lower case, IPv6 without brackets
    std::uint16_t port = 0;
    std::string target;                ///< path and query, begins with '/'
    std::optional<IpAddress> literal;  ///< the host, when it is an address in any notation

    /// InvalidInput at `pointer`: user info, fragments, backslashes, control or non-ASCII bytes,
    /// other schemes.
    static Result<Url> parse(std::string_view text, std::string_view pointer = "/url");
    std::string authority() const;  ///< host:port, IPv6 in brackets
};

}  // namespace trusthub::http
