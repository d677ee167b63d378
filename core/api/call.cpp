#include "api/call.h"

#include "base/text.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::api {

std::string Call::param(std::string_view name) const {
    const auto& params = request.route.params;
    const auto found = std::ranges::find(params, name, &http::PathParams::value_type::first);
    return found == params.end() ? std::string{} : found->second;
}

Result<json::Value> Call::json() const {
    const std::string_view type = request.headers.get("Content-Type");
    const std::string_view media = base::trim(type.substr(0, type.find(';')));
    if (!base::equalsIgnoreCase(media, "application/json"))
        return fail(ErrorKind::UnsupportedMediaType,
                    "Send the body as Content-Type: application/json.");
    return json::parse(request.body);
}

Result<void> Call::onlyQuery(const std::vector<std::string_view>& known) const {
    for (const auto& [name, value] : query) {
        if (std::ranges::find(known, name) != known.end()) continue;
        std::string list;
        for (const auto word : known) list.append(list.empty() ? "" : ", ").append(word);
        return invalid("/query/" + name, list.empty() ? "this path takes no query members"
                                                      : "unknown filter; known are: " + list);
    }
    return {};
}

std::string Call::queryValue(std::string_view name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::string{} : found->second;
}

http::Response jsonResponse(int status, const json::Object& body) {
    return http::Response::json(status, boost::json::serialize(body));
}

}  // namespace trusthub::api
