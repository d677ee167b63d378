#include "api/pages.h"

#include "base/text.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

constexpr std::string_view kVersion = "1:";
constexpr std::int64_t kMaxLimit = 200;

/// Always public_url, whatever Host the caller sent.
std::string selfOf(const Call& call) {
    std::string url =
        call.hub.publicUrl + base::percentEncode(call.request.path, "/%:@!$&'()*+,;=") + "?";
    for (const auto& [name, value] : call.query)
        if (name != "cursor")
            url += base::percentEncode(name) + "=" + base::percentEncode(value, ":,") + "&";
    return url;
}

}  // namespace

std::string cursorOf(std::string_view id) {
    return base::toBase64Url(std::string(kVersion) + std::string(id));
}

Result<std::optional<std::vector<std::string>>> teamsListed(const access::Principal& who,
                                                            access::Permission permission) {
    auto teams = who.teams(permission);
    if (teams && teams->empty()) return who.listDenial(permission);
    return teams;
}

Result<PageRequest> pageOf(const Call& call) {
    PageRequest page;
    page.self = selfOf(call);
    if (call.query.contains("limit")) {
        const auto text = call.queryValue("limit");
        const auto limit = base::parseInteger(text);
        if (!limit || *limit < 1 || *limit > kMaxLimit)
            return invalid("/query/limit", "a whole number from 1 to 200");
        page.limit = static_cast<std::size_t>(*limit);
    }
    if (call.query.contains("cursor")) {
        const auto text = call.queryValue("cursor");
        const auto decoded = base::fromBase64Url(text);
        if (!decoded || !decoded->starts_with(kVersion) ||
            !base::isUuid(decoded->substr(kVersion.size())))
            return invalid("/query/cursor", "take next_cursor of an earlier answer as it is");
        page.after = decoded->substr(kVersion.size());
    }
    return page;
}

http::Response pageEnvelope(json::Array items, const std::string& lastId, bool more,
                            std::int64_t total, std::string_view self) {
    json::Object body;
    body["items"] = std::move(items);
    body["next_cursor"] = more ? json::Value(cursorOf(lastId)) : json::Value(nullptr);
    body["total"] = std::min(total, kCounted);
    if (total > kCounted) body["total_is_floor"] = true;
    auto response = jsonResponse(200, body);
    if (more && !self.empty())
        response.headers.add(
            "Link", "<" + std::string(self) + "cursor=" + cursorOf(lastId) + ">; rel=\"next\"");
    return response;
}

}  // namespace trusthub::api
