#include "access/rotation_plan.h"

#include "access/key_rotation.h"
#include "base/text.h"
#include "crypto/sealed_box.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::access {
namespace {

constexpr std::size_t kMaxPlaceBytes = 255;

/// Shape only: what the provider would refuse, its connector knows.
KeySink readSink(json::ObjectReader& reader) {
    KeySink sink;
    sink.connection = ConnectionId(reader.id("connection_id", "a connection"));
    sdk::SecretTarget& target = sink.target;
    target.repository = reader.optionalString("repository", 1, kMaxPlaceBytes).value_or("");
    target.environment = reader.optionalString("environment", 1, kMaxPlaceBytes).value_or("");
    target.organization = reader.optionalString("organization", 1, kMaxPlaceBytes).value_or("");
    target.visibility = reader.optionalString("visibility", 1, 20).value_or("");
    target.name = reader.string("secret_name", 1, 100);
    if (target.repository.empty() == target.organization.empty())
        reader.refuse("repository", "name a repository or an organization, and only one of them");
    if (!target.organization.empty() && target.visibility.empty()) target.visibility = "private";
    return sink;
}

struct Member {
    std::string_view name;
    std::string sdk::SecretTarget::*place;
};
constexpr Member kMembers[] = {{"repository", &sdk::SecretTarget::repository},
                               {"environment", &sdk::SecretTarget::environment},
                               {"organization", &sdk::SecretTarget::organization},
                               {"visibility", &sdk::SecretTarget::visibility},
                               {"secret_name", &sdk::SecretTarget::name}};

}  // namespace

RotationPlan readRotationPlan(json::ObjectReader& reader) {
    RotationPlan plan;
    plan.everyDays = static_cast<int>(reader.integer("every_days", 1, 365));
    // At most half of the period when nothing is said.
    const std::chrono::hours period = std::chrono::days(plan.everyDays);
    plan.overlap = std::min(KeyRotation::kDefaultOverlap, period / 2);
    if (const auto hours =
            reader.optionalInteger("overlap_hours", 0, KeyRotation::kLongestOverlap.count())) {
        plan.overlap = std::chrono::hours(*hours);
        // Else the next rotation would fall due while the key before this one still works.
        if (plan.everyDays > 0 && plan.overlap >= period)
            reader.refuse("overlap_hours", "must be shorter than every_days: fewer than " +
                                               std::to_string(period.count()) + " hours");
    }
    const json::Object* deliver = reader.optionalObject("deliver");
    if (!deliver) return plan;
    json::ObjectReader nested(*deliver, reader.pointer("deliver"));
    if (deliver->contains("connection_id")) {
        plan.sink = readSink(nested);
    } else {
        plan.endpoint = EndpointId(nested.id("endpoint_id", "an endpoint"));
        const std::string text = nested.string("public_key", 43, 44);
        plan.publicKey = base::fromBase64(text).value_or("");
        if (!text.empty() && !crypto::sealTo(plan.publicKey, ""))
            nested.refuse("public_key", "an X25519 public key: 32 bytes as base64");
    }
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
    if (plan.sink) deliver = toJson(*plan.sink);
    return {{"every_days", plan.everyDays},
            {"overlap_hours", plan.overlap.count()},
            {"deliver", std::move(deliver)}};
}

json::Object toJson(const KeySink& sink) {
    json::Object written{{"connection_id", sink.connection.text}};
    for (const auto& [name, place] : kMembers)
        if (!(sink.target.*place).empty()) written[name] = sink.target.*place;
    return written;
}

sdk::SecretTarget targetOf(const json::Object& written) {
    sdk::SecretTarget target;
    for (const auto& [name, place] : kMembers)
        if (const auto* value = written.if_contains(name); value && value->is_string())
            target.*place = value->get_string();
    return target;
}

}  // namespace trusthub::access
