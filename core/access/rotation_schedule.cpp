#include "access/rotation_schedule.h"

#include "access/key_alarms.h"
#include "access/key_handover_repo.h"
#include "access/key_record.h"
#include "base/text.h"
#include "crypto/sealed_box.h"
#include "json/or_null.h"

#include <boost/json.hpp>

namespace trusthub::access {
namespace {

namespace repo = rotation_schedule_repo;

const Actor kScheduler{ActorKind::System, "", "key-rotation", "", "", ""};

constexpr std::size_t kSlice = 100;
constexpr std::size_t kMaxPlanned = 1'000;
constexpr Milliseconds kWhileDelivering{2'000};
constexpr Milliseconds kEvery{60'000};
constexpr std::chrono::hours kPatience{24};  // with a delivery that is still being tried

Error below(const std::string& pointer, Error error) {
    for (auto& field : error.fields) field.pointer.insert(0, pointer);
    return error;
}

/// The audit row of a key whose schedule now stands otherwise; `details` is what is special to it.
audit::Entry rowOf(const ApiKey& key, const RotationSchedule& schedule, json::Object details) {
    details["key_prefix"] = key.view.prefix;
    details["name"] = key.view.name;
    details["rotation"] = text(schedule.status);
    return {"update", "api_keys", key.view.id.text, key.view.teamId, std::move(details)};
}

}  // namespace

std::string ownerMissing(store::ReadTx& tx, const ApiKey& key, TimePoint now) {
    const auto active = [&](const std::string& id) {
        const auto user = people::Users::find(tx, UserId(id), now);
        return user && user->status == "active";
    };
    if (!active(key.ownedBy)) return "owner_disabled";
    return key.ownerKind == people::kService && !active(key.stewardId) ? "no_steward" : "";
}

json::Object toJson(const RotationSchedule& schedule) {
    json::Object object = toJson(schedule.plan);
    object["status"] = text(schedule.status);
    object["due_at"] = formatTime(schedule.dueAt);
    object["reason"] = json::textOrNull(schedule.reason);
    object["planned_successor_id"] = json::idOrNull(schedule.successor);
    return object;
}

Result<void> RotationSchedules::receiverFits(store::WriteTx& tx, const Principal& by,
                                             const ApiKey& key, const RotationPlan& plan) const {
    const auto& teamId = key.view.teamId;
    // Whether an endpoint exists is told to those only who may see it.
    if (!plan.endpoint.empty() && (!by.may(Permission::EndpointsRead, {teamId, {}}) ||
                                   !p_.delivery.known(tx, plan.endpoint, teamId)))
        return invalid("/deliver/endpoint_id", "there is no such endpoint of the key's own team");
    if (!plan.sink) return {};
    // With the credential of the connection something is changed at the provider.
    if (!by.may(Permission::ConnectionsWrite, {teamId, {}}))
        return invalid("/deliver/connection_id",
                       "there is no connection of the key's own team that you may manage");
    return p_.sinks.fits(tx, *plan.sink, teamId);
}

Result<RotationSchedule> RotationSchedules::setIn(store::WriteTx& tx, const Principal& by,
                                                  const ApiKey& key, RotationPlan plan,
                                                  const std::string& pointer) {
    if (auto fits = receiverFits(tx, by, key, plan); !fits) return below(pointer, fits.error());
    const auto due = p_.clock.now() + std::chrono::days(plan.everyDays);
    if (key.view.expiresAt && *key.view.expiresAt <= due)
        return invalid(
            pointer + "/every_days",
            "the key ends before it would be due, and a successor ends with it; choose a "
            "shorter time or a key that ends later");
    RotationSchedule schedule =
        repo::begin(tx, key.view.id, key.view.id, std::move(plan), p_.clock.now());
    key_handover_repo::remove(tx, schedule.key);
    if (p_.notify) settleRotationDue(tx, *p_.notify, key.view.id);
    p_.audit.append(tx, by.actor(), rowOf(key, schedule, toJson(schedule.plan)));
    json::Object data = eventData(key.view);
    data["rotation"] = toJson(schedule.plan);
    p_.events.emit(tx, by.actor(),
                   p_.events.draft("api_key.rotation_scheduled", key.view.teamId, data));
    return schedule;
}

store::Unit<RotationSchedule> RotationSchedules::set(const Principal& by, const ApiKeyId& id,
                                                     RotationPlan plan) {
    return [this, by, id,
            plan = std::move(plan)](store::WriteTx& tx) mutable -> Result<RotationSchedule> {
        const auto key = ApiKeys::find(tx, id);
        if (!key) return by.denial(Permission::KeysWrite, true);
        if (auto allowed = p_.rotation.mayRotate(tx, by, *key); !allowed) return allowed.error();
        const auto before = ApiKeys::find(tx, key->supersedes);
        const bool planned = before && before->supersededBy.empty();
        // During an overlap only the planned successor of another key is in the way.
        if (auto can = p_.rotation.rotatable(tx, *key);
            !can && (planned || can.error().code != "rotation_in_progress"))
            return can.error();
        if (const auto now = repo::find(tx, id); now && !now->successor.empty())
            return fail(ErrorKind::Conflict,
                        "A successor is on its way; rotate by hand, or remove the schedule first.",
                        "rotation_in_progress");
        return setIn(tx, by, *key, std::move(plan), "");
    };
}

store::Unit<void> RotationSchedules::remove(const Principal& by, const ApiKeyId& id) {
    return [this, by, id](store::WriteTx& tx) -> Result<void> {
        const auto key = ApiKeys::find(tx, id);
        if (!key) return by.denial(Permission::KeysWrite, true);
        if (auto allowed = KeyRotation::mayEnd(by, *key); !allowed) return allowed.error();
        const auto schedule = repo::find(tx, id);
        if (!schedule) return {};
        if (!schedule->successor.empty())
            p_.rotation.revokePlanned(tx, by.actor(), schedule->successor);
        p_.left.calledOff(tx, by.actor(), id);
        repo::remove(tx, id);
        if (p_.notify) settleRotationDue(tx, *p_.notify, id);
        p_.audit.append(
            tx, by.actor(),
            {"update",
             "api_keys",
             id.text,
             key->view.teamId,
             {{"key_prefix", key->view.prefix}, {"name", key->view.name}, {"rotation", nullptr}}});
        json::Object data = eventData(key->view);
        data["rotation"] = nullptr;
        p_.events.emit(tx, by.actor(),
                       p_.events.draft("api_key.rotation_scheduled", key->view.teamId, data));
        return {};
    };
}

store::Unit<IssuedKey> RotationSchedules::with(const Principal& by,
                                               std::optional<RotationPlan> plan,
                                               store::Unit<IssuedKey> issue) {
    if (!plan) return issue;
    return [this, by, plan = *std::move(plan),
            issue = std::move(issue)](store::WriteTx& tx) mutable -> Result<IssuedKey> {
        auto issued = issue(tx);
        if (!issued) return issued;
        if (auto set = setIn(tx, by, issued->key, std::move(plan), "/rotation"); !set)
            return set.error();
        return issued;
    };
}

void RotationSchedules::callPerson(store::WriteTx& tx, const ApiKey& key, RotationSchedule schedule,
                                   std::string reason) {
    // It is looked at every minute, and somebody was told once.
    if (schedule.status == RotationStatus::WaitingForPerson && schedule.reason == reason) return;
    schedule.status = RotationStatus::WaitingForPerson;
    schedule.reason = std::move(reason);
    repo::save(tx, schedule);
    p_.audit.append(tx, kScheduler, rowOf(key, schedule, {{"reason", schedule.reason}}));
    json::Object data = eventData(key.view);
    data["due_at"] = formatTime(schedule.dueAt);
    data["reason"] = schedule.reason;
    p_.events.emit(tx, kScheduler, p_.events.draft("api_key.rotation_due", key.view.teamId, data));
    if (p_.notify) raiseRotationDue(tx, *p_.notify, key, schedule.reason);
}

Result<void> RotationSchedules::beginIn(store::WriteTx& tx, const ApiKeyId& id,
                                        const Successor* made, const std::string& sealed) {
    auto schedule = repo::find(tx, id);
    const auto key = ApiKeys::find(tx, id);
    if (!schedule || !key || schedule->status != RotationStatus::Scheduled) return {};
    if (schedule->dueAt > p_.clock.now()) return {};
    if (!stands(tx, id, p_.clock.now())) {
        repo::remove(tx, id);  // nothing is left to rotate
        return {};
    }
    if (const auto missing = ownerMissing(tx, *key, p_.clock.now()); !missing.empty()) {
        callPerson(tx, *key, *std::move(schedule), missing);
        return {};
    }
    if (schedule->plan.sink) {
        KeyHandover handover;
        handover.key = id;
        handover.nextAt = p_.clock.now();
        key_handover_repo::save(tx, handover);
        handOver(tx, *key, *std::move(schedule));
        return {};
    }
    if (schedule->plan.endpoint.empty()) {
        callPerson(tx, *key, *std::move(schedule), "no_receiver");
        return {};
    }
    if (!made || !p_.delivery.known(tx, schedule->plan.endpoint, key->view.teamId) ||
        !p_.delivery.active(tx, schedule->plan.endpoint)) {
        callPerson(tx, *key, *std::move(schedule), "receiver_not_active");
        return {};
    }
    if (auto written = p_.rotation.insert(tx, *key, *made, true); !written) return written.error();
    const auto successor = ApiKeys::find(tx, made->id);
    json::Object data = eventData(successor->view);
    data["supersedes"] = id.text;
    data["previous_valid_until"] = nullptr;
    data["sealed_key"] = base::toBase64(sealed);
    const auto draft = p_.events.draft("api_key.rotated", key->view.teamId, data);
    schedule->delivery = p_.delivery.send(tx, kScheduler, draft, schedule->plan.endpoint);
    schedule->successor = made->id;
    schedule->status = RotationStatus::Delivering;
    schedule->sentAt = p_.clock.now();
    repo::save(tx, *schedule);
    p_.audit.append(tx, kScheduler,
                    {"create",
                     "api_keys",
                     made->id.text,
                     key->view.teamId,
                     {{"key_prefix", made->prefix},
                      {"name", key->view.name},
                      {"supersedes", id.text},
                      {"endpoint_id", schedule->plan.endpoint.text},
                      {"delivery_id", schedule->delivery.text}}});
    return {};
}

void RotationSchedules::handOver(store::WriteTx& tx, const ApiKey& key, RotationSchedule schedule) {
    schedule.status = RotationStatus::Delivering;
    schedule.reason.clear();
    schedule.sentAt = p_.clock.now();
    repo::save(tx, schedule);
    p_.audit.append(tx, kScheduler,
                    rowOf(key, schedule, {{"connection_id", schedule.plan.sink->connection.text}}));
}

KeyDelivery::State RotationSchedules::stateOf(store::ReadTx& tx,
                                              const RotationSchedule& schedule) const {
    if (!schedule.plan.sink) return p_.delivery.state(tx, schedule.delivery);
    const auto handover = key_handover_repo::find(tx, schedule.key);
    return handover && handover->status == HandoverStatus::Delivered ? KeyDelivery::State::Delivered
                                                                     : KeyDelivery::State::Pending;
}

Result<void> RotationSchedules::settleIn(store::WriteTx& tx, const ApiKeyId& id) {
    auto schedule = repo::find(tx, id);
    const auto old = ApiKeys::find(tx, id);
    if (!schedule || !old || schedule->successor.empty()) return {};
    const TimePoint now = p_.clock.now();
    if (!stands(tx, id, now)) {  // what nobody has confirmed dies with it
        p_.rotation.revokePlanned(tx, kScheduler, schedule->successor);
        p_.left.calledOff(tx, kScheduler, id);
        repo::remove(tx, id);
        return {};
    }
    const auto successor = ApiKeys::find(tx, schedule->successor);
    if (!successor || !stands(tx, schedule->successor, now)) {
        p_.left.calledOff(tx, kScheduler, id);
        schedule->successor = {};
        callPerson(tx, *old, *std::move(schedule), "successor_ended");
        return {};
    }
    const auto state = stateOf(tx, *schedule);
    if (state == KeyDelivery::State::Delivered) {
        if (const auto missing = ownerMissing(tx, *old, now); !missing.empty()) {
            callPerson(tx, *old, *std::move(schedule), missing);
            return {};
        }
        p_.rotation.settlePlanned(tx, id, schedule->successor);
        p_.rotation.takeOver(tx, kScheduler, *old, *ApiKeys::find(tx, schedule->successor),
                             schedule->plan.overlap);
        repo::begin(tx, id, successor->view.id, schedule->plan, now);
        return {};
    }
    if (schedule->status != RotationStatus::Delivering || schedule->plan.sink) return {};
    if (state == KeyDelivery::State::Stuck)
        callPerson(tx, *old, *std::move(schedule), "delivery_failed");
    else if (schedule->sentAt && now - *schedule->sentAt >= kPatience)
        callPerson(tx, *old, *std::move(schedule), "delivery_pending");
    return {};
}

void RotationSchedules::begin(const ApiKeyId& id) {
    const auto schedule = p_.store.read([&](store::ReadTx& tx) { return repo::find(tx, id); });
    if (!schedule) return;
    std::optional<Successor> made;
    std::string sealed;
    if (!schedule->plan.endpoint.empty()) {
        made = p_.rotation.makeSuccessor();
        if (auto box = crypto::sealTo(schedule->plan.publicKey, made->raw.reveal()))
            sealed = *std::move(box);
        else
            made.reset();
        if (made) made->raw = {};  // from here on only the receiver can read it
    }
    report(p_.store.writeAndWait<void>([&](store::WriteTx& tx) {
        return beginIn(tx, id, made ? &*made : nullptr, sealed);
    }),
           id);
}

void RotationSchedules::settle(const ApiKeyId& id) {
    report(p_.store.writeAndWait<void>([&](store::WriteTx& tx) { return settleIn(tx, id); }), id);
}

void RotationSchedules::report(const Result<void>& done, const ApiKeyId& id) {
    if (!done)
        p_.log.warn("a rotation is tried again later")
            .with("key", id.text)
            .with("error", done.error().text());
}

Milliseconds RotationSchedules::runDue() {
    const TimePoint now = p_.clock.now();
    const auto due = p_.store.read([&](store::ReadTx& tx) { return repo::due(tx, now, kSlice); });
    for (const auto& id : due) begin(id);
    const auto planned =
        p_.store.read([&](store::ReadTx& tx) { return repo::planned(tx, kMaxPlanned); });
    for (const auto& id : planned) settle(id);
    const bool soon = due.size() == kSlice ||
                      p_.store.read([&](store::ReadTx& tx) { return repo::anyDelivering(tx); });
    return soon ? kWhileDelivering : kEvery;
}

}  // namespace trusthub::access
