#include "json/schema_formats.h"

#include "base/ids.h"
#include "base/text.h"
#include "sdk/time.h"

#include <arpa/inet.h>
#include <re2/re2.h>

namespace trusthub::json {
namespace {

bool isDate(std::string_view text) {
    return text.size() == 10 && parseTime(std::string(text) + "T00:00:00Z").has_value();
}

bool isTime(std::string_view text) {
    return parseTime("1970-01-01T" + std::string(text)).has_value();
}

bool isDateTime(std::string_view text) {
    return parseTime(text).has_value();
}

template <int Family>
bool isAddress(std::string_view text) {
    in6_addr address{};
    return text.size() < 64 && text.find('\0') == text.npos &&
           ::inet_pton(Family, std::string(text).c_str(), &address) == 1;
}

bool matches(const RE2& pattern, std::string_view text) {
    return RE2::FullMatch({text.data(), text.size()}, pattern);
}

bool isUuid(std::string_view text) {
    return base::isUuid(base::toLower(text));
}

bool isHostname(std::string_view text) {
    static const RE2 kPattern(
        "(?i)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
        "(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
    return text.size() <= 253 && matches(kPattern, text);
}

/// RFC 5322 dot-atom at a host name: what mail systems take, without comments and quoted parts.
bool isEmail(std::string_view text) {
    static const RE2 kLocal("[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*");
    const std::size_t at = text.rfind('@');
    return text.size() <= 254 && at != text.npos && at <= 64 &&
           matches(kLocal, text.substr(0, at)) && isHostname(text.substr(at + 1));
}

/// RFC 3986 characters with a scheme; escapes must be whole.
bool isUri(std::string_view text) {
    static const RE2 kPattern(
        "[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#\\[\\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+");
    return matches(kPattern, text);
}

}  // namespace

FormatCheck findFormat(std::string_view name) {
    static constexpr std::pair<std::string_view, FormatCheck> kFormats[] = {
        {"date-time", isDateTime},
        {"date", isDate},
        {"time", isTime},
        {"uuid", isUuid},
        {"uri", isUri},
        {"email", isEmail},
        {"hostname", isHostname},
        {"ipv4", isAddress<AF_INET>},
        {"ipv6", isAddress<AF_INET6>}};
    for (const auto& [known, check] : kFormats)
        if (known == name) return check;
    return nullptr;
}

}  // namespace trusthub::json
