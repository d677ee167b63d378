// RotationPlan: what an owner wants of a rotation on a schedule.
#pragma once

#include "access/key_sinks.h"
#include "base/ids.h"
#include "json/json.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace trusthub::access {

struct RotationPlan {
    int everyDays = 90;
    std::chrono::hours overlap{24};
    // Who is handed the successor; neither: a person makes it.
    EndpointId endpoint;
    std::string publicKey;  ///< the endpoint's, X25519, 32 bytes; empty without an endpoint
    std::optional<KeySink> sink{};
};

/// `{every_days, overlap_hours?, deliver?: {endpoint_id, public_key} or {connection_id,
/// repository, environment?, secret_name} or {connection_id, organization, visibility?,
/// secret_name}}`; faults are noted in the reader.
RotationPlan readRotationPlan(json::ObjectReader& reader);
/// The same as an optional member of a request body.
std::optional<RotationPlan> readRotation(json::ObjectReader& reader,
                                         std::string_view member = "rotation");
json::Object toJson(const RotationPlan& plan);

/// As in the plan, the connection included.
json::Object toJson(const KeySink& sink);
/// A target as toJson() has written it.
sdk::SecretTarget targetOf(const json::Object& written);

}  // namespace trusthub::access
