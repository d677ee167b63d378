#include "outbound/endpoint_rules.h"

#include "base/text.h"
#include "outbound/retry.h"

#include <array>

namespace trusthub::outbound {
namespace {

constexpr std::size_t kMostHeaders = 20;
constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestValue = 4'096;
constexpr std::size_t kMostTypes = 100;
constexpr std::size_t kLongestUrl = 2'048;
constexpr std::size_t kLongestDescription = 500;

/// What the hub or its HTTP client sets, and what would change how the request is framed.
constexpr std::array<std::string_view, 12> kOwnNames{
    "host",       "content-length", "content-type", "content-encoding", "transfer-encoding",
    "connection", "keep-alive",     "te",           "trailer",          "upgrade",
    "expect",     "accept-encoding"};
constexpr std::array<std::string_view, 3> kOwnPrefixes{"webhook-", "x-trusthub-", "proxy-"};

/// RFC 9110, section 5.6.2.
bool isToken(std::string_view name) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

bool isOwn(std::string_view name) {
    const std::string lower = base::toLower(name);
    return std::find(kOwnNames.begin(), kOwnNames.end(), lower) != kOwnNames.end() ||
           std::any_of(kOwnPrefixes.begin(), kOwnPrefixes.end(),
                       [&](std::string_view prefix) { return lower.starts_with(prefix); });
}

Result<void> checkUrl(std::string_view text, const http::EgressGuard& guard) {
    if (text.size() > kLongestUrl) return invalid("/url", "must have at most 2048 bytes");
    auto url = http::Url::parse(text);
    if (!url) return url.error();
    if (!url->literal) return {};
    const auto allowed = guard.check({*url->literal, url->port, kPurpose});
    if (!allowed) return invalid("/url", std::string(allowed.error().text()));
    return {};
}

Result<void> checkTypes(const std::vector<std::string>& types, const events::Catalogue& catalogue) {
    if (types.empty() || types.size() > kMostTypes)
        return invalid("/event_types", "must name 1 to 100 event types; * stands for all");
    for (std::size_t i = 0; i < types.size(); ++i)
        if (!catalogue.matchesAny(types[i]))
            return invalid("/event_types/" + std::to_string(i),
                           "no event type is called so; GET /v1/event-types lists them");
    return {};
}

void note(Error& all, Result<void> checked) {
    if (checked) return;
    auto& fields = checked.error().fields;
    std::move(fields.begin(), fields.end(), std::back_inserter(all.fields));
}

}  // namespace

Result<void> checkEndpoint(const Endpoint& endpoint, const events::Catalogue& catalogue,
                           const http::EgressGuard& guard) {
    Error all = fail(ErrorKind::InvalidInput);
    note(all, checkUrl(endpoint.url, guard));
    note(all, checkTypes(endpoint.eventTypes, catalogue));
    if (endpoint.description.size() > kLongestDescription)
        note(all, invalid("/description", "must have at most 500 bytes"));
    if (endpoint.retry) note(all, checkSchedule(*endpoint.retry));
    if (endpoint.timeout < kShortestTimeout || endpoint.timeout > kLongestTimeout)
        note(all, invalid("/timeout_ms", "must be from 1000 to 30000"));
    if (all.fields.empty()) return {};
    return all;
}

Result<void> checkHeaders(const CustomHeaders& headers) {
    if (headers.size() > kMostHeaders) return invalid("/headers", "must hold at most 20 headers");
    for (const auto& [name, value] : headers) {
        if (name.size() > kLongestName || !isToken(name))
            return invalid("/headers", "a name must be an HTTP token of at most 100 characters");
        if (isOwn(name)) return invalid("/headers/" + name, "the hub sets this header itself");
        const bool visible = std::all_of(value.begin(), value.end(), [](char c) {
            return (c >= 0x20 && c < 0x7F) || c == '\t';
        });
        if (value.size() > kLongestValue || !visible)
            return invalid("/headers/" + name, "must have at most 4096 visible ASCII characters");
    }
    return {};
}

bool sameOrigin(std::string_view url, std::string_view other) {
    const auto a = http::Url::parse(url);
    const auto b = http::Url::parse(other);
    return a && b && a->scheme == b->scheme && a->host == b->host && a->port == b->port;
}

}  // namespace trusthub::outbound
