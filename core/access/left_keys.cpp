#include "access/left_keys.h"

#include "access/key_alarms.h"
#include "access/key_handover_repo.h"
#include "access/rotation_schedule_repo.h"
#include "base/letter_case.h"

#include <boost/json.hpp>

namespace trusthub::access {
namespace {

/// The same for the same place, whatever was sent there and for whomever. GitHub tells no names of
/// owners, repositories, environments and secrets apart by letter case.
std::string stageOf(KeySink sink) {
    sdk::SecretTarget& target = sink.target;
    target.visibility.clear();
    for (auto* name : {&target.repository, &target.environment, &target.organization, &target.name})
        *name = base::lowerCase(*name);
    return json::serialize(toJson(sink));
}

}  // namespace

void LeftKeys::calledOff(store::WriteTx& tx, const Actor& actor, const ApiKeyId& old) const {
    auto handover = key_handover_repo::find(tx, old);
    if (!handover || !handover->sent) return;
    handover->sent = false;
    key_handover_repo::save(tx, *handover);
    const auto schedule = rotation_schedule_repo::find(tx, old);
    if (!schedule || !schedule->plan.sink || schedule->successor.empty()) return;
    tell(tx, actor, {schedule->successor, old, *schedule->plan.sink},
         handover->status == HandoverStatus::Delivered);
}

void LeftKeys::stored(store::WriteTx& tx, const Actor& actor, const SentKey& sent) const {
    tell(tx, actor, sent, true);
}

void LeftKeys::notStored(store::WriteTx& tx, const SentKey& sent) const {
    if (p_.notify) settleLeftBehind(tx, *p_.notify, sent.key);
}

void LeftKeys::replaced(store::WriteTx& tx, const KeySink& sink) const {
    if (p_.notify) settleLeftBehind(tx, *p_.notify, stageOf(sink));
}

void LeftKeys::tell(store::WriteTx& tx, const Actor& actor, const SentKey& sent,
                    bool certain) const {
    const auto key = ApiKeys::find(tx, sent.key);
    if (!key) return;
    const std::string_view stored = certain ? "yes" : "maybe";
    const json::Value place = toJson(sent.sink);
    p_.audit.append(tx, actor,
                    {"update",
                     "api_keys",
                     sent.key.text,
                     key->view.teamId,
                     {{"key_prefix", key->view.prefix},
                      {"name", key->view.name},
                      {"left_at", place},
                      {"stored", stored}}});
    json::Object data = eventData(key->view);
    data["supersedes"] = sent.supersedes.text;
    data["left_at"] = place;
    data["stored"] = stored;
    p_.events.emit(tx, actor, p_.events.draft("api_key.left_behind", key->view.teamId, data));
    if (!p_.notify) return;
    const auto standing = p_.sinks.standing(tx, sent.sink.connection);
    raiseLeftBehind(tx, *p_.notify, *key,
                    {standing ? standing->name : sent.sink.connection.text, sent.sink.target,
                     stageOf(sent.sink), certain});
}

}  // namespace trusthub::access
