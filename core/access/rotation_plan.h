// RotationPlan: what an owner wants of a rotation on a schedule.
#pragma once

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
    EndpointId endpoint;    ///< who is handed the successor; empty: a person makes it
    std::string publicKey;  ///< the receiver's, X25519, 32 bytes; empty without an endpoint
};

/// `{every_days, overlap_hours?, deliver?: {endpoint_id, public_key}}`; faults are noted in the
/// reader.
RotationPlan readRotationPlan(json::ObjectReader& reader);
/// The same as an optional member of a request body.
std::optional<RotationPlan> readRotation(json::ObjectReader& reader,
                                         std::string_view member = "rotation");
json::Object toJson(const RotationPlan& plan);

}  // namespace trusthub::access
