#include "outbound/endpoint.h"

#include "base/text.h"
#include "json/or_null.h"

#include <boost/json.hpp>

namespace trusthub::outbound {

std::string_view text(EndpointStatus status) {
    switch (status) {
        case EndpointStatus::Active:
            return "active";
        case EndpointStatus::Paused:
            return "paused";
        case EndpointStatus::Disabled:
            return "disabled";
    }
    return "disabled";
}

EndpointStatus endpointStatusOf(std::string_view text) {
    if (text == "active") return EndpointStatus::Active;
    return text == "paused" ? EndpointStatus::Paused : EndpointStatus::Disabled;
}

bool NameLess::operator()(std::string_view a, std::string_view b) const {
    return base::toLower(a) < base::toLower(b);
}

json::Object toJson(const Endpoint& endpoint) {
    json::Array types(endpoint.eventTypes.begin(), endpoint.eventTypes.end());
    json::Object headers;
    for (const auto& name : endpoint.headerNames) headers[name] = "[redacted]";
    json::Value retry;
    if (endpoint.retry) {
        json::Array waits;
        for (const auto wait : endpoint.retry->waits) waits.emplace_back(wait.count());
        retry = {{"schedule_s", std::move(waits)}, {"jitter", endpoint.retry->jitter}};
    }
    return {{"id", endpoint.id.text},
            {"url", endpoint.url},
            {"event_types", std::move(types)},
            {"team_id", json::textOrNull(endpoint.teamId)},
            {"description", endpoint.description},
            {"payload", text(endpoint.payload)},
            {"headers", std::move(headers)},
            {"retry", std::move(retry)},
            {"timeout_ms", endpoint.timeout.count()},
            {"status", text(endpoint.status)},
            {"status_reason", endpoint.statusReason},
            {"created_at", formatTime(endpoint.createdAt)},
            {"updated_at", formatTime(endpoint.updatedAt)}};
}

json::Object eventData(const Endpoint& endpoint, std::string_view status, std::string_view reason) {
    json::Object data{{"id", endpoint.id.text},
                      {"url", endpoint.url.substr(0, endpoint.url.find('?'))},
                      {"status", status}};
    if (!reason.empty()) data["reason"] = reason;
    return data;
}

}  // namespace trusthub::outbound
