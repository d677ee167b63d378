#include "base/text.h"
#include "http/egress_guard.h"

#include <algorithm>
#include <limits>

namespace trusthub::http {
namespace {

constexpr std::size_t kMaxUrl = 16 * 1024;
constexpr std::size_t kMaxHost = 253;  // RFC 1035
constexpr std::size_t kMaxLabel = 63;

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}
bool isHexDigit(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'f');
}

/// One part of an IPv4 address as inet_aton reads it: decimal, 0octal or 0xhex.
std::optional<std::uint32_t> numberPart(std::string_view part) {
    unsigned base = 10;
    if (part.starts_with("0x")) {
        base = 16;
        part.remove_prefix(2);
    } else if (part.size() > 1 && part[0] == '0') {
        base = 8;
        part.remove_prefix(1);
    }
    if (part.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : part) {
        const auto digit = static_cast<unsigned>(isDigit(c) ? c - '0' : c - 'a' + 10);
        if (!isHexDigit(c) || digit >= base) return std::nullopt;
        value = value * base + digit;
        if (value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    }
    return static_cast<std::uint32_t>(value);
}

/// One to four parts; the last one fills what the others leave (POSIX inet_addr).
std::optional<IpAddress> looseV4(std::string_view host) {
    const auto parts = base::split(host, '.');
    if (parts.empty() || parts.size() > 4) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto part = numberPart(parts[i]);
        if (!part) return std::nullopt;
        const bool last = i + 1 == parts.size();
        const unsigned width = last ? 8 * static_cast<unsigned>(4 - i) : 8;
        if (*part >= (std::uint64_t{1} << width)) return std::nullopt;
        value = (value << width) | *part;
    }
    IpAddress address;
    for (std::size_t i = 0; i < 4; ++i)
        address.bytes[i] = static_cast<std::uint8_t>(value >> (8 * (3 - i)));
    return address;
}

/// Whether resolvers may read the host as a number: WHATWG URL, "ends in a number".
bool endsInNumber(std::string_view host) {
    const auto dot = host.rfind('.');
    const auto label = dot == std::string_view::npos ? host : host.substr(dot + 1);
    if (label.starts_with("0x")) return std::ranges::all_of(label.substr(2), isHexDigit);
    return std::ranges::all_of(label, isDigit);
}

/// Null when the host is a well-formed name.
const char* wrongName(std::string_view host) {
    if (host.size() > kMaxHost) return "the host name is too long";
    for (const auto label : base::split(host, '.')) {
        if (label.empty() || label.size() > kMaxLabel)
            return "a part of the host name is empty or too long";
        if (label.front() == '-' || label.back() == '-')
            return "a part of the host name begins or ends with a hyphen";
        for (const char c : label)
            if (!isDigit(c) && !(c >= 'a' && c <= 'z') && c != '-' && c != '_')
                return "the host holds a character that no host name has";
    }
    return nullptr;
}

/// Fills host and literal; null when all is well, else what is wrong.
const char* readHost(std::string_view written, Url& url) {
    if (written.starts_with('[')) {
        const auto inside = written.substr(1, written.size() - 2);
        if (inside.find('%') != std::string_view::npos) return "a zone id is not accepted";
        url.literal = IpAddress::parse(inside);
        if (!url.literal || inside.find(':') == std::string_view::npos)
            return "the brackets do not hold an IPv6 address";
        url.host = url.literal->text();
        return nullptr;
    }
    std::string host = base::toLower(written);
    if (host.ends_with('.')) host.pop_back();
    if (host.empty()) return "the host is missing";
    if (const char* wrong = wrongName(host)) return wrong;
    if (endsInNumber(host)) {
        url.literal = looseV4(host);
        if (!url.literal) return "the host is neither a name nor an IPv4 address";
        host = url.literal->text();
    }
    url.host = std::move(host);
    return nullptr;
}

const char* readAuthority(std::string_view authority, Url& url) {
    if (authority.find('@') != std::string_view::npos) return "user information is not accepted";
    std::size_t hostEnd = authority.find(':');
    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        if (close == std::string_view::npos) return "the brackets do not close";
        hostEnd = close + 1;
        if (hostEnd < authority.size() && authority[hostEnd] != ':')
            return "only a port may follow the brackets";
    }
    if (hostEnd >= authority.size()) hostEnd = std::string_view::npos;
    url.port = url.scheme == "https" ? 443 : 80;
    if (hostEnd != std::string_view::npos) {
        const auto digits = authority.substr(hostEnd + 1);
        const auto port = base::parseInteger(digits);
        if (!port || digits.size() > 5 || !std::ranges::all_of(digits, isDigit) || *port < 1 ||
            *port > 65'535)
            return "the port is not a number from 1 to 65535";
        url.port = static_cast<std::uint16_t>(*port);
    }
    return readHost(authority.substr(0, hostEnd), url);
}

}  // namespace

Result<Url> Url::parse(std::string_view text, std::string_view pointer) {
    const auto wrong = [&](const char* detail) { return invalid(std::string(pointer), detail); };
    if (text.size() > kMaxUrl) return wrong("the URL is too long");
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7f) return wrong("a blank or control character stands in it");
        if (byte > 0x7f) return wrong("it is not ASCII; write host names in their xn-- form");
        if (c == '\\') return wrong("a backslash stands in it");
        if (c == '#') return wrong("a fragment is not sent to servers; leave it out");
    }
    Url url;
    const auto colon = text.find("://");
    if (colon != std::string_view::npos) url.scheme = base::toLower(text.substr(0, colon));
    if (url.scheme != "http" && url.scheme != "https")
        return wrong("it does not begin with http:// or https://");
    const auto rest = text.substr(colon + 3);
    const auto end = rest.find_first_of("/?");
    if (const char* reason = readAuthority(rest.substr(0, end), url)) return wrong(reason);
    if (end == std::string_view::npos) {
        url.target = "/";
    } else {
        url.target = rest.substr(end);
        if (url.target[0] == '?') url.target.insert(0, 1, '/');
    }
    return url;
}

std::string Url::authority() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace trusthub::http
