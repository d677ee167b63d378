#include "access/rotation_plan.h"

#include "access/key_rotation.h"
#include "base/text.h"
#include "crypto/sealed_box.h"

#include <boost/json.hpp>

namespace trusthub::access {

RotationPlan readRotationPlan(json::ObjectReader& reader) {
    RotationPlan plan;
    plan.everyDays = static_cast<int>(reader.integer("every_days", 1, 365));
    plan.overlap = std::chrono::hours(
        reader.optionalInteger("overlap_hours", 0, KeyRotation::kLongestOverlap.count())
            .value_or(KeyRotation::kDefaultOverlap.count()));
    const json::Object* deliver = reader.optionalObject("deliver");
    if (!deliver) return plan;
    json::ObjectReader nested(*deliver, reader.pointer("deliver"));
    plan.endpoint = EndpointId(nested.string("endpoint_id", 36, 36));
    const std::string text = nested.string("public_key", 43, 44);
    plan.publicKey = base::fromBase64(text).value_or("");
    if (!text.empty() && !crypto::sealTo(plan.publicKey, ""))
        nested.refuse("public_key", "an X25519 public key: 32 bytes as base64");
    reader.merge(nested);
    return plan;
}

std::optional<RotationPlan> readRotation(json::ObjectReader& reader, std::string_view member) {
    const json::Object* object = reader.optionalObject(member);
    if (!object) return std::nullopt;
    json::ObjectReader nested(*object, reader.pointer(member));
    RotationPlan plan = readRotationPlan(nested);
    reader.merge(nested);
    return plan;
}

json::Object toJson(const RotationPlan& plan) {
    json::Value deliver = nullptr;
    if (!plan.endpoint.empty())
        deliver = json::Object{{"endpoint_id", plan.endpoint.text},
                               {"public_key", base::toBase64(plan.publicKey)}};
    return {{"every_days", plan.everyDays},
            {"overlap_hours", plan.overlap.count()},
            {"deliver", std::move(deliver)}};
}

}  // namespace trusthub::access
