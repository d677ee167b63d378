#include "api/pages.h"

#include "base/text.h"
#include "crypto/hash.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

constexpr std::string_view kVersion = "2:";
constexpr std::size_t kListBytes = 4;  // enough for a mistake, which is all that there can be
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

/// As it is before it is encoded.
std::string cursorOf(const PageRequest& page, std::string_view id) {
    return std::string(kVersion) + page.list + ":" + std::string(id);
}

}  // namespace

Result<std::optional<std::vector<std::string>>> teamsListed(const access::Principal& who,
                                                            access::Permission permission) {
    auto teams = who.teams(permission);
    if (teams && teams->empty()) return who.listDenial(permission);
    return teams;
}

Result<PageRequest> pageOf(const Call& call) {
    PageRequest page;
    page.self = selfOf(call);
    page.list = base::toHex(crypto::sha256(call.request.path).substr(0, kListBytes));
    if (call.query.contains("limit")) {
        const auto text = call.queryValue("limit");
        const auto limit = base::parseInteger(text);
        if (!limit || *limit < 1 || *limit > kMaxLimit)
            return invalid("/query/limit", "a whole number from 1 to 200");
        page.limit = static_cast<std::size_t>(*limit);
    }
    if (call.query.contains("cursor")) {
        const auto text = call.queryValue("cursor");
        const std::string begin = cursorOf(page, "");
        const auto decoded = base::fromBase64Url(text);
        if (!decoded || !decoded->starts_with(begin) ||
            !base::isUuid(decoded->substr(begin.size())))
            return invalid("/query/cursor",
                           "take next_cursor of an earlier answer of this list as it is");
        page.after = decoded->substr(begin.size());
    }
    return page;
}

http::Response pageEnvelope(json::Array items, const std::string& lastId, bool more,
                            std::int64_t total, const PageRequest& page) {
    json::Object body;
    body["items"] = std::move(items);
    const std::string cursor = base::toBase64Url(cursorOf(page, lastId));
    body["next_cursor"] = more ? json::Value(cursor) : json::Value(nullptr);
    body["total"] = std::min(total, kCounted);
    if (total > kCounted) body["total_is_floor"] = true;
    auto response = jsonResponse(200, body);
    if (more)
        response.headers.add("Link", "<" + page.self + "cursor=" + cursor + ">; rel=\"next\"");
    return response;
}

}  // namespace trusthub::api
