#include "base/ip_address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace trusthub::base {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

IpAddress fromV6(const std::array<std::uint8_t, 16>& bytes) {
    IpAddress address;
    if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin())) {
        std::copy(bytes.begin() + 12, bytes.end(), address.bytes.begin());
        return address;
    }
    address.v6 = true;
    address.bytes = bytes;
    return address;
}

bool bitAt(const IpAddress& address, int bit) {
    const auto byte = address.bytes[static_cast<std::size_t>(bit / 8)];
    return ((byte >> (7 - bit % 8)) & 1) != 0;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.empty() || text.size() > 45 || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    const std::string copy(text);
    std::array<std::uint8_t, 16> bytes{};
    if (::inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1) {
        IpAddress address;
        std::copy_n(bytes.begin(), 4, address.bytes.begin());
        return address;
    }
    if (::inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) return fromV6(bytes);
    return std::nullopt;
}

std::optional<IpAddress> IpAddress::fromSockaddr(const ::sockaddr& from) {
    if (from.sa_family == AF_INET) {
        ::sockaddr_in v4{};
        std::memcpy(&v4, &from, sizeof v4);
        IpAddress address;
        std::memcpy(address.bytes.data(), &v4.sin_addr, 4);
        return address;
    }
    if (from.sa_family == AF_INET6) {
        ::sockaddr_in6 v6{};
        std::memcpy(&v6, &from, sizeof v6);
        std::array<std::uint8_t, 16> bytes{};
        std::memcpy(bytes.data(), &v6.sin6_addr, 16);
        return fromV6(bytes);
    }
    return std::nullopt;
}

std::string IpAddress::text() const {
    char buffer[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), buffer, sizeof buffer);
    return buffer;
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto written = text.substr(0, slash);
    const auto base = IpAddress::parse(written);
    if (!base) return std::nullopt;
    const int width = base->v6 ? 128 : 32;
    // A v4-mapped prefix counts its bits in the 128-bit form.
    const int mapped = !base->v6 && written.find(':') != std::string_view::npos ? 96 : 0;
    Cidr cidr{*base, width};
    if (slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits[0] == '0') ||
            digits.find_first_not_of("0123456789") != std::string_view::npos)
            return std::nullopt;
        const auto bits = parseInteger(digits);
        if (!bits || *bits < mapped || *bits > width + mapped) return std::nullopt;
        cidr.bits = static_cast<int>(*bits) - mapped;
    }
    for (int bit = cidr.bits; bit < width; ++bit)
        if (bitAt(cidr.base, bit)) return std::nullopt;
    return cidr;
}

std::string Cidr::text() const {
    const int width = base.v6 ? 128 : 32;
    return bits == width ? base.text() : base.text() + "/" + std::to_string(bits);
}

bool Cidr::contains(const IpAddress& address) const {
    if (address.v6 != base.v6) return false;
    const auto whole = static_cast<std::ptrdiff_t>(bits / 8);
    if (!std::equal(base.bytes.begin(), base.bytes.begin() + whole, address.bytes.begin()))
        return false;
    for (int bit = bits / 8 * 8; bit < bits; ++bit)
        if (bitAt(base, bit) != bitAt(address, bit)) return false;
    return true;
}

}  // namespace trusthub::base
