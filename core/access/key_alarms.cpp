#include "access/key_alarms.h"

#include "base/text.h"

#include <array>
#include <utility>

namespace trusthub::access {
namespace {

constexpr std::string_view kExpiring = "api_key_expiring";
constexpr int kLastDays = 7;  // from here on an end is no mere warning

using Words = std::pair<std::string_view, std::string_view>;

constexpr std::array<Words, 11> kReasons{{
    {"no_receiver", "nobody is named who would take the new one"},
    {"receiver_not_active", "the endpoint or connection that takes the new one is not active"},
    {"delivery_failed", "the new one could not be delivered"},
    {"delivery_pending", "the new one could not be delivered within a day"},
    {"successor_ended", "the new one ended before its receiver confirmed it"},
    {"receiver_unauthorized", "the provider refused the connection's token; set a new one"},
    {"receiver_forbidden", "the connection's token may not write secrets there"},
    {"receiver_not_found", "the provider knows no such place for the new one"},
    {"receiver_refused", "the provider refused the new one"},
    {"owner_disabled", "its owner is disabled"},
    {"no_steward", "its service account has no active steward"},
}};
constexpr std::array<Words, 5> kPlaces{{
    {"inbound_body", "the body of an inbound webhook"},
    {"request_url", "the URL of a request"},
    {"outbound_payload", "an outgoing payload"},
    {"log", "the hub's log"},
    {"github", "a place on GitHub"},
}};

template <std::size_t N>
std::string inWords(const std::array<Words, N>& table, std::string_view word) {
    for (const auto& [name, words] : table)
        if (name == word) return std::string(words);
    return std::string(word);
}

std::string inWords(const sdk::SecretTarget& target) {
    std::string words = "secret " + target.name;
    if (!target.organization.empty()) return words + " of organization " + target.organization;
    if (!target.environment.empty()) words += " of environment " + target.environment;
    return words + " of repository " + target.repository;
}

base::Alarm alarmOf(const ApiKey& key, std::string_view kind, base::Severity severity) {
    base::Alarm alarm;
    alarm.kind = kind;
    alarm.severity = severity;
    alarm.teamId = key.view.teamId;
    alarm.targetTable = "api_keys";
    alarm.targetId = key.view.id.text;
    alarm.targetLabel = base::oneLine(key.view.prefix + " (" + key.view.name + ")");
    alarm.responsibleId = responsibleFor(key);
    return alarm;
}

}  // namespace

void raiseExpiring(store::WriteTx& tx, base::Notify& notify, const ApiKeyId& id,
                   std::int64_t daysLeft, int threshold) {
    const auto key = ApiKeys::find(tx, id);
    if (!key) return;
    auto alarm =
        alarmOf(*key, kExpiring,
                threshold <= kLastDays ? base::Severity::Critical : base::Severity::Warning);
    alarm.stage = std::to_string(threshold);
    alarm.summary = "API key " + alarm.targetLabel + " ends in " + std::to_string(daysLeft) +
                    (daysLeft == 1 ? " day." : " days.");
    alarm.action =
        "Rotation renews the secret, not the end: to go on after " +
        (key->view.expiresAt ? formatTime(*key->view.expiresAt) : "that") +
        ", create a new key with a later end (POST /v1/api-keys with expires_in_days) and put it in"
        " place of this one, or let it end if nobody needs it; its usage shows who calls with it.";
    notify.raise(tx, alarm);
}

void settleExpiring(store::WriteTx& tx, base::Notify& notify, const ApiKeyId& id) {
    notify.resolve(tx, kExpiring, id.text, "key_rotated");
}

void raiseRotationDue(store::WriteTx& tx, base::Notify& notify, const ApiKey& key,
                      std::string_view reason) {
    auto alarm = alarmOf(key, kRotationDue, base::Severity::Warning);
    alarm.summary = "The rotation of API key " + alarm.targetLabel +
                    " is due and waits for a person: " + inWords(kReasons, reason) + ".";
    alarm.action = "Rotate the key by hand, or set its rotation schedule anew.";
    notify.raise(tx, alarm);
}

void settleRotationDue(store::WriteTx& tx, base::Notify& notify, const ApiKeyId& id) {
    notify.resolve(tx, kRotationDue, id.text, "schedule_changed");
}

void raiseLeftBehind(store::WriteTx& tx, base::Notify& notify, const ApiKey& key,
                     const LeftPlace& place) {
    auto alarm = alarmOf(key, kLeftBehind, base::Severity::Critical);
    alarm.stage = place.stage;
    const std::string where = base::oneLine(inWords(place.target));
    alarm.summary = "API key " + alarm.targetLabel + " is in force no more and " +
                    (place.certain ? "lies" : "may lie") + " in " + where + ", where connection " +
                    base::oneLine(place.connection) +
                    " has put it: whoever takes it from there is"
                    " refused.";
    alarm.action = "Look at " + where +
                   " at the provider: when it was set after the key was made,"
                   " put a key there that is in force, or delete it.";
    notify.raise(tx, alarm);
}

void settleLeftBehind(store::WriteTx& tx, base::Notify& notify, const ApiKeyId& id) {
    notify.resolve(tx, kLeftBehind, id.text, "not_stored");
}

void settleLeftBehind(store::WriteTx& tx, base::Notify& notify, std::string_view stage) {
    notify.resolveStage(tx, kLeftBehind, stage, "replaced");
}

void raiseCanaryUsed(store::WriteTx& tx, base::Notify& notify, const ApiKeyId& id,
                     const Actor& caller) {
    const auto key = ApiKeys::find(tx, id);
    if (!key) return;
    auto alarm = alarmOf(*key, "api_key_canary_used", base::Severity::Critical);
    alarm.summary =
        "Somebody used the decoy API key " + alarm.targetLabel + " from " + caller.ip + ".";
    alarm.action =
        "Whoever did has read the place where the decoy lies: find out how, replace every secret"
        " that lies there, then revoke the decoy.";
    notify.raise(tx, alarm);
}

void raiseLeaked(store::WriteTx& tx, base::Notify& notify, const ApiKey& key,
                 std::string_view place, const std::string& seen, bool revoked) {
    auto alarm = alarmOf(key, kLeaked, base::Severity::Critical);
    if (revoked) alarm.stage = kRevokedAtOnce;
    alarm.summary = "API key " + alarm.targetLabel + " turned up in " + inWords(kPlaces, place) +
                    (revoked ? " and was revoked." : ".");
    alarm.action =
        key.canary ? "It is a decoy: whoever put it there has read the place where it lies. Replace"
                     " every secret that lies there with it"
        : revoked
            ? "Issue a new key for who used it"
            : "Revoke the key, or rotate it with \"overlap_hours\":0: an overlap would leave the"
              " leaked one in force";
    alarm.action += seen.empty()
                        ? ". Remove it from that place"
                        : ". Remove it from where it was seen (" + base::oneLine(seen) + ")";
    alarm.action += ", and look at its usage for calls that are not yours.";
    notify.raise(tx, alarm);
}

}  // namespace trusthub::access
