// Endpoint: an outside URL that wants to be told of events.
#pragma once

#include "base/backoff.h"
#include "base/ids.h"
#include "json/json.h"
#include "outbound/signer.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace trusthub::outbound {

/// Paused: deliveries are planned and held. Disabled: none are planned, those that wait are held.
enum class EndpointStatus { Active, Paused, Disabled };
std::string_view text(EndpointStatus status);
EndpointStatus endpointStatusOf(std::string_view text);

/// Names compare without case; what the administrator wrote is sent.
struct NameLess {
    bool operator()(std::string_view a, std::string_view b) const;
};
using CustomHeaders = std::map<std::string, std::string, NameLess>;

struct Endpoint {
    EndpointId id;
    std::string teamId;  ///< empty: the organization
    std::string url;
    std::string description;
    std::vector<std::string> eventTypes;
    PayloadForm payload = PayloadForm::Standard;
    std::vector<std::string> headerNames;        ///< of the custom headers; values stay sealed
    std::optional<base::BackoffSchedule> retry;  ///< null: the hub's
    Milliseconds timeout{15'000};
    EndpointStatus status = EndpointStatus::Active;
    std::string statusReason;
    TimePoint createdAt, updatedAt;
    std::optional<TimePoint> deletedAt;
};

/// The API's form. Header values are shown as `[redacted]`.
json::Object toJson(const Endpoint& endpoint);

/// The `data` of endpoint.* events: id, url without its query (which may hold a token), status,
/// reason.
json::Object eventData(const Endpoint& endpoint, std::string_view status,
                       std::string_view reason = {});

}  // namespace trusthub::outbound
