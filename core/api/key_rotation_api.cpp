// Rotation of API keys: by hand, on a schedule, and who still uses the old one.
#include "access/key_handovers.h"
#include "api/handlers.h"
#include "api/password_work.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

using access::KeyRotation;
using access::Permission;

Result<access::ApiKey> visibleKey(const Call& call, store::ReadTx& tx) {
    auto key = access::ApiKeys::find(tx, ApiKeyId(call.param("id")));
    if (!key || !access::ApiKeys::maySee(call.who(), *key))
        return call.who().denial(Permission::KeysRead, true);
    return *std::move(key);
}

}  // namespace

Outcome rotateApiKey(Call& call) {
    if (auto fresh = requireFreshAuthentication(call); !fresh) return fresh.error();
    std::optional<std::chrono::hours> overlap;
    if (!call.request.body.empty()) {
        auto body = call.json();
        if (!body) return body.error();
        json::ObjectReader reader(*body);
        if (const auto hours =
                reader.optionalInteger("overlap_hours", 0, KeyRotation::kLongestOverlap.count()))
            overlap = std::chrono::hours(*hours);
        if (auto fits = reader.finish(); !fits) return fits.error();
    }
    return commit<KeyRotation::Rotated>(
        call, call.hub.keyRotation.rotate(call.who(), ApiKeyId(call.param("id")), overlap),
        [&clock = call.hub.clock](const KeyRotation::Rotated& rotated) {
            json::Object shown = toJson(rotated.key, clock.now());
            shown["raw_key"] = rotated.raw.reveal();
            shown["previous_valid_until"] = formatTime(rotated.previousValidUntil);
            auto response = jsonResponse(201, shown);
            response.headers.add("Cache-Control", "no-store");
            return response;
        });
}

Outcome endApiKeyOverlap(Call& call) {
    return commit<void>(
        call, call.hub.keyRotation.endOverlap(call.who(), ApiKeyId(call.param("id"))),
        [] { return http::Response::empty(204); }, store::Urgency::Essential);
}

Outcome getApiKeyRotation(Call& call) {
    const auto seen = call.hub.store.read([&](store::ReadTx& tx) { return visibleKey(call, tx); });
    if (!seen) return seen.error();
    // Who is still using the old key shall be seen, a call of this second too.
    call.hub.keyUsage.flushAndWait();
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const auto key = visibleKey(call, tx);
        if (!key) return key.error();
        json::Object report = call.hub.keyRotation.report(tx, *key);
        const auto schedule = access::rotation_schedule_repo::find(tx, key->view.id);
        report["schedule"] = nullptr;
        if (schedule) {
            json::Object shown = toJson(*schedule);
            const auto handover = access::key_handover_repo::find(tx, key->view.id);
            shown["handover"] = handover ? json::Value(toJson(*handover)) : json::Value(nullptr);
            report["schedule"] = std::move(shown);
        }
        return jsonResponse(200, report);
    });
}

Outcome setApiKeyRotationSchedule(Call& call) {
    if (auto fresh = requireFreshAuthentication(call); !fresh) return fresh.error();
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    access::RotationPlan plan = access::readRotationPlan(reader);
    if (auto fits = reader.finish(); !fits) return fits.error();
    return commit<access::RotationSchedule>(
        call,
        call.hub.rotationSchedules.set(call.who(), ApiKeyId(call.param("id")), std::move(plan)),
        [](const access::RotationSchedule& schedule) {
            return jsonResponse(200, toJson(schedule));
        });
}

Outcome removeApiKeyRotationSchedule(Call& call) {
    return commit<void>(call,
                        call.hub.rotationSchedules.remove(call.who(), ApiKeyId(call.param("id"))),
                        [] { return http::Response::empty(204); });
}

}  // namespace trusthub::api
