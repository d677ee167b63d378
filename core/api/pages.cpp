#include "api/pages.h"

#include "base/text.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

constexpr std::string_view kVersion = "1:";
constexpr std::int64_t kMaxLimit = 200;

}  // namespace

std::string cursorOf(std::string_view id) {
    return base::toBase64Url(std::string(kVersion) + std::string(id));
}

Result<PageRequest> pageOf(const Call& call) {
    PageRequest page;
    if (const auto text = call.queryValue("limit"); !text.empty()) {
        const auto limit = base::parseInteger(text);
        if (!limit || *limit < 1 || *limit > kMaxLimit)
            return invalid("/query/limit", "a whole number from 1 to 200");
        page.limit = static_cast<std::size_t>(*limit);
    }
    if (const auto text = call.queryValue("cursor"); !text.empty()) {
        const auto decoded = base::fromBase64Url(text);
        if (!decoded || !decoded->starts_with(kVersion) ||
            !base::isUuid(decoded->substr(kVersion.size())))
            return invalid("/query/cursor", "take next_cursor of an earlier answer as it is");
        page.after = decoded->substr(kVersion.size());
    }
    return page;
}

http::Response pageEnvelope(json::Array items, const std::string& lastId, bool more,
                            std::int64_t total) {
    json::Object body;
    body["items"] = std::move(items);
    body["next_cursor"] = more ? json::Value(cursorOf(lastId)) : json::Value(nullptr);
    body["total"] = std::min(total, kCounted);
    if (total > kCounted) body["total_is_floor"] = true;
    return jsonResponse(200, body);
}

}  // namespace trusthub::api
