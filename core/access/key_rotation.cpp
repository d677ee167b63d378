#include "access/key_rotation.h"

#include "access/api_key_format.h"
#include "access/expiry_notices.h"
#include "access/key_lineage_repo.h"
#include "access/key_record.h"
#include "access/key_usage_repo.h"
#include "access/rotation_schedule_repo.h"
#include "json/or_null.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::access {
namespace {

constexpr std::size_t kShownRelatives = 50;
constexpr std::size_t kShownUses = 50;

Error alreadyRotated(const ApiKeyId& successor) {
    return fail(ErrorKind::Conflict,
                "This key was rotated already; its successor is " + successor.text + ".",
                "already_rotated");
}

/// Who uses a key, from where: the latest first.
json::Array usesOf(store::ReadTx& tx, const ApiKeyId& id) {
    json::Array uses;
    for (const auto& use : key_usage_repo::latest(tx, id, kShownUses))
        uses.emplace_back(json::Object{{"ip", use.ip},
                                       {"user_agent", use.userAgent},
                                       {"route", use.route},
                                       {"last_used_at", formatTime(use.counts.lastAt)},
                                       {"requests", use.counts.requests}});
    return uses;
}

}  // namespace

Result<void> KeyRotation::mayEnd(const Principal& by, const ApiKey& key) {
    const bool itself = by.key() && by.key()->id == key.view.id;
    if (!itself && !ApiKeys::maySee(by, key)) return by.denial(Permission::KeysWrite, true);
    if (!itself && !ApiKeys::mayManage(by, key)) return ApiKeys::notManaged(by, key);
    return {};
}

Result<void> KeyRotation::mayRotate(store::ReadTx& tx, const Principal& by,
                                    const ApiKey& key) const {
    if (auto may = mayEnd(by, key); !may) return may.error();
    const KeyView* own = by.key();
    const bool itself = own && own->id == key.view.id;
    // Another key's successor would outlive the caller, unless it dies with the caller anyway.
    if (own && !itself && key.issuedByKey != own->id)
        return fail(ErrorKind::Forbidden,
                    "A key rotates itself and what it has issued: the successor of another key"
                    " would outlive it. A person may rotate that one.",
                    "insufficient_scope");
    return p_.keys.couldIssue(tx, by, key);
}

Result<void> KeyRotation::rotatable(store::ReadTx& tx, const ApiKey& key) const {
    const TimePoint now = p_.clock.now();
    if (!key.supersededBy.empty()) return alreadyRotated(key.supersededBy);
    if (!stands(tx, key.view.id, now))
        return fail(ErrorKind::Conflict, "The key was revoked or has expired; issue a new one.",
                    "key_ended");
    if (!key.supersedes.empty() && stands(tx, key.supersedes, now))
        return fail(ErrorKind::Conflict,
                    "The key before this one is still valid; end that overlap first.",
                    "rotation_in_progress");
    return {};
}

Successor KeyRotation::makeSuccessor() {
    NewKeyText made = makeKeyText(p_.keys.brand(), p_.random);
    std::string hmac = p_.secrets.fingerprint("api_key", made.whole.reveal());
    return {p_.ids.next<ApiKeyId>(), std::move(made.prefix), std::move(hmac),
            std::move(made.whole)};
}

Result<void> KeyRotation::insert(store::WriteTx& tx, const ApiKey& old, const Successor& successor,
                                 bool planned) {
    if (key_lineage_repo::copy(tx, old.view.id,
                               {successor.id, successor.prefix, successor.hmac,
                                p_.secrets.pepperVersion(), p_.clock.now(), planned})) {
        p_.rights.changed(tx);
        return {};
    }
    // Two keys of four billion drew the same public prefix: the caller simply asks again.
    Error error = fail(ErrorKind::StoreBusy, "The key's prefix is taken; try again.");
    error.retryAfter = Milliseconds{1'000};
    return error;
}

void KeyRotation::settlePlanned(store::WriteTx& tx, const ApiKeyId& old,
                                const ApiKeyId& successor) {
    key_lineage_repo::settlePlanned(tx, old, successor);
    p_.rights.changed(tx);
}

TimePoint KeyRotation::takeOver(store::WriteTx& tx, const Actor& actor, const ApiKey& old,
                                const ApiKey& successor, std::chrono::hours overlap) {
    const TimePoint now = p_.clock.now();
    TimePoint until = now + overlap;
    if (old.view.expiresAt) until = std::min(until, *old.view.expiresAt);
    if (old.revokedAt) until = std::min(until, *old.revokedAt);
    // What died with the old key stays dead.
    if (stands(tx, old.view.id, now))
        key_lineage_repo::adoptChildren(tx, old.view.id, successor.view.id);
    key_lineage_repo::supersede(tx, old.view.id, successor.view.id, until);
    p_.rights.changed(tx);
    p_.audit.append(tx, actor,
                    {"rotate",
                     "api_keys",
                     old.view.id.text,
                     old.view.teamId,
                     {{"key_prefix", old.view.prefix},
                      {"name", old.view.name},
                      {"successor_id", successor.view.id.text},
                      {"successor_prefix", successor.view.prefix},
                      {"previous_valid_until", formatTime(until)}}});
    json::Object data = eventData(successor.view);
    data["supersedes"] = old.view.id.text;
    data["previous_valid_until"] = formatTime(until);
    p_.events.emit(tx, actor, p_.events.draft("api_key.rotated", old.view.teamId, data));
    carryNotice(tx, p_.events, p_.notify, old, successor, now);
    return until;
}

void KeyRotation::revokePlanned(store::WriteTx& tx, const Actor& actor, const ApiKeyId& successor) {
    if (const auto key = ApiKeys::find(tx, successor))
        p_.keys.revokeIn(tx, actor, *key, {{"reason", "planned successor that was not confirmed"}});
}

store::Unit<KeyRotation::Rotated> KeyRotation::rotate(const Principal& by, const ApiKeyId& id,
                                                      std::optional<std::chrono::hours> asked) {
    return [this, by, id, asked,
            made = makeSuccessor()](store::WriteTx& tx) mutable -> Result<Rotated> {
        const auto old = ApiKeys::find(tx, id);
        if (!old) return by.denial(Permission::KeysWrite, true);
        if (auto allowed = mayRotate(tx, by, *old); !allowed) return allowed.error();
        if (auto can = rotatable(tx, *old); !can) return can.error();
        auto schedule = rotation_schedule_repo::find(tx, id);
        const auto overlap = asked.value_or(schedule ? schedule->plan.overlap : kDefaultOverlap);
        // As for the plan itself.
        if (schedule && overlap >= std::chrono::days(schedule->plan.everyDays))
            return invalid("/overlap_hours",
                           "must be shorter than the period of the key's rotation schedule");
        if (schedule && !schedule->successor.empty()) {
            revokePlanned(tx, by.actor(), schedule->successor);
            p_.left.calledOff(tx, by.actor(), id);
        }
        if (auto written = insert(tx, *old, made, false); !written) return written.error();
        const auto successor = ApiKeys::find(tx, made.id);
        const TimePoint until = takeOver(tx, by.actor(), *old, *successor, overlap);
        if (schedule)
            rotation_schedule_repo::begin(tx, id, made.id, std::move(schedule->plan),
                                          p_.clock.now());
        return Rotated{*successor, std::move(made.raw), until};
    };
}

store::Unit<void> KeyRotation::endOverlap(const Principal& by, const ApiKeyId& id) {
    return [this, by, id](store::WriteTx& tx) -> Result<void> {
        const auto named = ApiKeys::find(tx, id);
        if (!named) return by.denial(Permission::KeysWrite, true);
        if (auto allowed = mayEnd(by, *named); !allowed) return allowed.error();
        const auto old = named->supersededBy.empty() ? ApiKeys::find(tx, named->supersedes) : named;
        if (!old || old->supersededBy.empty())
            return fail(ErrorKind::NotFound, "The key was not rotated, so nothing overlaps.",
                        "not_rotated");
        if (!key_lineage_repo::endOverlap(tx, old->view.id, p_.clock.now())) return {};
        p_.rights.changed(tx);
        p_.audit.append(tx, by.actor(),
                        {"update",
                         "api_keys",
                         old->view.id.text,
                         old->view.teamId,
                         {{"key_prefix", old->view.prefix},
                          {"name", old->view.name},
                          {"overlap", "ended"},
                          {"successor_id", old->supersededBy.text}}});
        json::Object data = eventData(old->view);
        data["superseded_by"] = old->supersededBy.text;
        p_.events.emit(tx, by.actor(),
                       p_.events.draft("api_key.overlap_ended", old->view.teamId, data));
        return {};
    };
}

json::Object KeyRotation::report(store::ReadTx& tx, const ApiKey& key) const {
    auto old = key;
    if (key.supersededBy.empty())
        if (auto before = ApiKeys::find(tx, key.supersedes)) old = *std::move(before);
    const bool rotated = !old.supersededBy.empty();
    json::Array family;
    for (const auto& relative : key_lineage_repo::family(tx, key.view.id, kShownRelatives))
        family.emplace_back(json::Object{{"id", relative.id.text},
                                         {"key_prefix", relative.prefix},
                                         {"created_at", formatTime(relative.createdAt)},
                                         {"expires_at", json::timeOrNull(relative.expiresAt)},
                                         {"revoked_at", json::timeOrNull(relative.revokedAt)}});
    return {{"id", key.view.id.text},
            {"supersedes", json::idOrNull(key.supersedes)},
            {"superseded_by", json::idOrNull(key.supersededBy)},
            {"old_key_id", json::textOrNull(rotated ? old.view.id.text : "")},
            {"previous_valid_until", json::timeOrNull(rotated ? old.view.expiresAt : std::nullopt)},
            {"old_key_uses", rotated ? usesOf(tx, old.view.id) : json::Array{}},
            {"family", std::move(family)}};
}

}  // namespace trusthub::access
