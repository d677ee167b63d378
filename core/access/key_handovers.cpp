#include "access/key_handovers.h"

#include "access/key_record.h"
#include "base/text.h"
#include "crypto/sealed_box.h"

#include <boost/json.hpp>

#include <algorithm>
#include <functional>
#include <set>

namespace trusthub::access {
namespace {

namespace handovers = key_handover_repo;
namespace schedules = rotation_schedule_repo;

const Actor kHandover{ActorKind::System, "", "key-rotation", "", "", ""};

constexpr std::size_t kSlice = 100;
constexpr std::size_t kMaxStopped = 1'000;
constexpr std::size_t kMaxErrorBytes = 300;
constexpr Milliseconds kSoonest{1'000};  // also after a unit that failed
constexpr Milliseconds kEvery{60'000};
constexpr Milliseconds kWhileStopped{5'000};   // somebody mends a connection and looks
constexpr std::chrono::hours kLongestWait{1};  // that a provider can ask for
constexpr std::chrono::hours kPatience{24};

/// What the schedule shows when only a person can go on.
std::string reasonOf(const Error& error) {
    if (error.code == kSinkNotActive) return "receiver_not_active";
    switch (error.kind) {
        case ErrorKind::Unauthenticated:
            return "receiver_unauthorized";
        case ErrorKind::Forbidden:
            return "receiver_forbidden";
        case ErrorKind::NotFound:
            return "receiver_not_found";
        default:
            return "receiver_refused";
    }
}

bool mayPass(const Error& error) {
    return sdk::info(error.kind).retry == sdk::RetryClass::Later ||
           error.kind == ErrorKind::Cancelled;
}

/// The provider has answered that it did not store it, or nothing was sent.
bool certainlyNot(const Error& error) {
    return !mayPass(error) || error.kind == ErrorKind::RateLimited;
}

bool letWait(const Error& error) {
    return error.kind == ErrorKind::Timeout;
}

bool sealedToOldKey(const Error& error) {
    return error.code == sdk::kSealedToOldKey;
}

}  // namespace

json::Object toJson(const KeyHandover& handover) {
    const bool pending = handover.status == HandoverStatus::Pending;
    return {{"attempts", handover.attempts},
            {"next_attempt_at",
             pending ? json::Value(formatTime(handover.nextAt)) : json::Value(nullptr)},
            {"last_error",
             handover.lastError.empty() ? json::Value(nullptr) : json::Value(handover.lastError)}};
}

std::optional<KeyHandovers::OnItsWay> KeyHandovers::find(store::ReadTx& tx, const ApiKeyId& id) {
    auto handover = handovers::find(tx, id);
    if (!handover || handover->status == HandoverStatus::Delivered) return std::nullopt;
    auto schedule = schedules::find(tx, id);
    auto key = ApiKeys::find(tx, id);
    if (!schedule || !schedule->plan.sink || !key) return std::nullopt;
    return OnItsWay{*std::move(schedule), *std::move(handover), *std::move(key)};
}

void KeyHandovers::write(const ApiKeyId& id, store::Unit<void> unit) {
    if (auto done = p_.store.writeAndWait<void>(std::move(unit)); !done)
        p_.log.warn("a key's handover is tried again later")
            .with("key", id.text)
            .with("error", done.error().text());
}

void KeyHandovers::callPerson(store::WriteTx& tx, OnItsWay way, std::string reason,
                              std::string detail) {
    way.handover.status = HandoverStatus::Stopped;
    way.handover.stoppedAt = p_.clock.now();
    way.handover.lastError = std::move(detail);
    handovers::save(tx, way.handover);
    const bool called = way.schedule.status == RotationStatus::WaitingForPerson;
    if (called && way.schedule.reason == reason) return;
    p_.schedules.callPerson(tx, way.key, std::move(way.schedule), std::move(reason));
}

Result<void> KeyHandovers::aboutToSend(store::WriteTx& tx, const ApiKeyId& id,
                                       const sdk::SealedSecret& secret, const Successor* made) {
    auto way = find(tx, id);
    if (!way || way->handover.status != HandoverStatus::Pending ||
        way->handover.box.empty() != (made != nullptr) ||
        (!made && way->handover.box != secret.box))
        return fail(ErrorKind::StoreBusy, "The rotation was changed meanwhile.");
    // The provider was asked for its key in between: what attempt() saw may have ended.
    const TimePoint now = p_.clock.now();
    const auto standing = p_.sinks.standing(tx, way->schedule.plan.sink->connection);
    if (!standing || !standing->active || !stands(tx, id, now) ||
        !ownerMissing(tx, way->key, now).empty() ||
        (!made && !stands(tx, way->schedule.successor, now)))
        return fail(ErrorKind::StoreBusy, "The rotation was changed meanwhile.");
    way->handover.box = secret.box;
    way->handover.sealedFor = secret.keyId;
    way->handover.sent = true;
    ++way->handover.attempts;
    handovers::save(tx, way->handover);
    if (!made) return {};
    if (auto written = p_.rotation.insert(tx, way->key, *made, true); !written)
        return written.error();
    way->schedule.successor = made->id;
    schedules::save(tx, way->schedule);
    p_.audit.append(tx, kHandover,
                    {"create",
                     "api_keys",
                     made->id.text,
                     way->key.view.teamId,
                     {{"key_prefix", made->prefix},
                      {"name", way->key.view.name},
                      {"supersedes", id.text},
                      {"connection_id", way->schedule.plan.sink->connection.text}}});
    return {};
}

Result<void> KeyHandovers::delivered(store::WriteTx& tx, const SentKey& sent,
                                     const sdk::SealedSecret& secret) {
    const ApiKeyId& id = sent.supersedes;
    auto way = find(tx, id);
    if (!way || way->handover.box != secret.box || way->schedule.successor != sent.key) {
        p_.left.stored(tx, kHandover, sent);
        return {};
    }
    p_.left.replaced(tx, sent.sink);
    way->handover.status = HandoverStatus::Delivered;
    way->handover.lastError.clear();
    handovers::save(tx, way->handover);
    const auto successor = ApiKeys::find(tx, way->schedule.successor);
    if (!successor) return fail(ErrorKind::Internal);
    const json::Value receiver = toJson(sent.sink);
    p_.audit.append(tx, kHandover,
                    {"update",
                     "api_keys",
                     successor->view.id.text,
                     successor->view.teamId,
                     {{"key_prefix", successor->view.prefix},
                      {"name", successor->view.name},
                      {"delivered_to", receiver},
                      {"attempts", way->handover.attempts}}});
    json::Object data = eventData(successor->view);
    data["supersedes"] = id.text;
    data["delivered_to"] = receiver;
    p_.events.emit(tx, kHandover,
                   p_.events.draft("api_key.delivered", successor->view.teamId, data));
    return p_.schedules.settleIn(tx, id);
}

Result<void> KeyHandovers::failed(store::WriteTx& tx, const SentKey& sent, const std::string& box,
                                  const Error& error, bool maybeStored) {
    auto way = find(tx, sent.supersedes);
    if (!way || way->handover.status != HandoverStatus::Pending || way->handover.box != box ||
        way->schedule.successor != sent.key) {
        if (certainlyNot(error) && !maybeStored) p_.left.notStored(tx, sent);
        return {};
    }
    KeyHandover& handover = way->handover;
    const TimePoint now = p_.clock.now();
    std::string detail(base::clipUtf8(error.text(), kMaxErrorBytes));
    if (handover.box.empty())
        ++handover.attempts;  // it did not come to sending
    else if (certainlyNot(error))
        handover.sent = maybeStored;
    const bool reseal = sealedToOldKey(error) && !handover.box.empty() && !handover.sent;
    if (reseal) {
        // Nobody has it, so another one takes its place.
        p_.rotation.revokePlanned(tx, kHandover, way->schedule.successor);
        way->schedule.successor = {};
        schedules::save(tx, way->schedule);
        handover.box.clear();
        handover.sealedFor.clear();
    } else if (!mayPass(error)) {
        callPerson(tx, *std::move(way), reasonOf(error), std::move(detail));
        return {};
    }
    auto wait = waits_.before(static_cast<std::size_t>(handover.attempts) + 1, p_.random);
    if (wait && error.retryAfter)
        wait = std::max(*wait, std::min<Milliseconds>(*error.retryAfter, kLongestWait));
    const TimePoint since = way->schedule.sentAt.value_or(now);
    if (!wait || now + *wait > since + kPatience) {
        callPerson(tx, *std::move(way), "delivery_failed", std::move(detail));
        return {};
    }
    handover.nextAt = now + *wait;
    handover.lastError = std::move(detail);
    handovers::save(tx, handover);
    // The others would wait in vain as well, one after the other.
    if (letWait(error)) handovers::holdBack(tx, sent.sink.connection, handover.nextAt);
    return {};
}

Result<sdk::SealedSecret> KeyHandovers::seal(OnItsWay& way, const std::stop_token& stop) {
    const auto& id = way.key.view.id;
    auto key = p_.sinks.publicKey(*way.schedule.plan.sink, stop);
    if (!key) return std::move(key).error();
    Successor made = p_.rotation.makeSuccessor();
    auto box = crypto::sealTo(key->bytes, made.raw.reveal());
    made.raw = {};  // from here on only the provider can read it
    if (!box)
        return fail(ErrorKind::ProviderRejected, "The provider's public key is not an X25519 key.");
    sdk::SealedSecret secret{std::move(key->id), *std::move(box)};
    auto written = p_.store.writeAndWait<void>(
        [&](store::WriteTx& tx) { return aboutToSend(tx, id, secret, &made); });
    if (!written) return std::move(written).error();
    way.schedule.successor = made.id;
    return secret;
}

std::optional<KeyHandovers::OnItsWay> KeyHandovers::readyWay(const ApiKeyId& id) {
    bool keyStands = false, successorStands = true, active = false;
    std::string ownerGone;
    auto way = p_.store.read([&](store::ReadTx& tx) {
        auto found = find(tx, id);
        if (!found) return found;
        keyStands = stands(tx, id, p_.clock.now());
        const auto& successor = found->schedule.successor;
        if (!found->handover.box.empty())
            successorStands = !successor.empty() && stands(tx, successor, p_.clock.now());
        ownerGone = ownerMissing(tx, found->key, p_.clock.now());
        const auto standing = p_.sinks.standing(tx, found->schedule.plan.sink->connection);
        active = standing && standing->active;
        return found;
    });
    if (!way) return way;
    if (!keyStands) {
        write(id, [&](store::WriteTx& tx) -> Result<void> {
            const auto now = find(tx, id);
            if (!now || stands(tx, id, p_.clock.now())) return {};
            if (!now->schedule.successor.empty())
                p_.rotation.revokePlanned(tx, kHandover, now->schedule.successor);
            p_.left.calledOff(tx, kHandover, id);
            schedules::remove(tx, id);  // nothing is left to rotate
            return {};
        });
        return std::nullopt;
    }
    if (!successorStands) {
        write(id, [&](store::WriteTx& tx) -> Result<void> {
            p_.left.calledOff(tx, kHandover, id);
            auto now = find(tx, id);
            if (!now) return {};
            now->schedule.successor = {};
            now->handover.box.clear();
            now->handover.sealedFor.clear();
            callPerson(tx, *std::move(now), "successor_ended",
                       "The planned successor was revoked.");
            return {};
        });
        return std::nullopt;
    }
    if (active && ownerGone.empty()) return way;
    write(id, [&](store::WriteTx& tx) -> Result<void> {
        if (auto now = find(tx, id))
            callPerson(tx, *std::move(now), active ? ownerGone : "receiver_not_active",
                       active ? "Who owns the key makes no keys now."
                              : "The connection is paused or gone.");
        return {};
    });
    return std::nullopt;
}

bool KeyHandovers::attempt(const ApiKeyId& id, const std::stop_token& stop) {
    auto way = readyWay(id);
    if (!way || way->handover.status != HandoverStatus::Pending) return true;
    const bool maybeStored = way->handover.sent;
    const KeySink& sink = *way->schedule.plan.sink;
    sdk::SealedSecret secret{way->handover.sealedFor, way->handover.box};
    if (secret.box.empty()) {
        auto sealed = seal(*way, stop);
        if (!sealed) {
            if (stop.stop_requested()) return true;
            write(id, [&](store::WriteTx& tx) {
                return failed(tx, {way->schedule.successor, id, sink}, "", sealed.error(), false);
            });
            return !letWait(sealed.error());
        }
        secret = *std::move(sealed);
    } else if (auto marked = p_.store.writeAndWait<void>(
                   [&](store::WriteTx& tx) { return aboutToSend(tx, id, secret, nullptr); });
               !marked) {
        return true;
    }
    const SentKey sent{way->schedule.successor, id, sink};
    const auto stored = p_.sinks.put(sink, secret, stop);
    if (!stored && stop.stop_requested()) return true;  // the same again after the next start
    write(id, [&](store::WriteTx& tx) {
        return stored ? delivered(tx, sent, secret)
                      : failed(tx, sent, secret.box, stored.error(), maybeStored);
    });
    return stored || !letWait(stored.error());
}

bool KeyHandovers::resumeStopped() {
    const auto changed = [&](store::ReadTx& tx, const ApiKeyId& id) -> std::optional<OnItsWay> {
        auto way = find(tx, id);
        if (!way || way->handover.status != HandoverStatus::Stopped) return std::nullopt;
        const auto standing = p_.sinks.standing(tx, way->schedule.plan.sink->connection);
        if (!standing || !standing->active || standing->changedAt <= way->handover.stoppedAt)
            return std::nullopt;
        return way;
    };
    bool any = false;
    const auto ids = p_.store.read([&](store::ReadTx& tx) {
        auto found = handovers::stopped(tx, kMaxStopped);
        any = !found.empty();
        std::erase_if(found, [&](const ApiKeyId& id) { return !changed(tx, id); });
        return found;
    });
    for (const auto& id : ids)
        write(id, [&](store::WriteTx& tx) -> Result<void> {
            auto way = changed(tx, id);
            if (!way) return {};
            p_.schedules.handOver(tx, way->key, std::move(way->schedule));
            way->handover.status = HandoverStatus::Pending;
            way->handover.attempts = 0;
            way->handover.nextAt = p_.clock.now();
            way->handover.stoppedAt.reset();
            handovers::save(tx, way->handover);
            return {};
        });
    return any;
}

Milliseconds KeyHandovers::runDue(const std::stop_token& stop) {
    const bool anyStopped = resumeStopped();
    const auto due = p_.store.read(
        [&](store::ReadTx& tx) { return handovers::due(tx, p_.clock.now(), kSlice); });
    std::set<std::string, std::less<>> waiting;
    for (const auto& [key, connection] : due) {
        if (stop.stop_requested()) break;
        if (waiting.contains(connection.text)) continue;
        if (!attempt(key, stop)) waiting.insert(connection.text);
    }
    const auto next = p_.store.read([](store::ReadTx& tx) { return handovers::nextDue(tx); });
    const Milliseconds longest = anyStopped ? kWhileStopped : kEvery;
    if (!next) return longest;
    return std::clamp<Milliseconds>(*next - p_.clock.now(), kSoonest, longest);
}

}  // namespace trusthub::access
