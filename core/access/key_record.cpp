#include "access/key_record.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace trusthub::access {
namespace {

void endNoLaterThan(std::optional<TimePoint>& end, const std::optional<TimePoint>& other) {
    if (other && (!end || *other < *end)) end = other;
}

struct Ancestors {
    std::vector<ApiKey> keys;  ///< nearest first
    int generations = 0;
    bool whole = true;  ///< false: one is gone, or they are more than there may be
};

/// The keys that a key hangs on. A successor that nobody has confirmed hangs on the key that it is
/// to follow, which is no issue; two such steps never follow one another.
Ancestors ancestorsOf(const ApiKey& key, const FindKey& find) {
    Ancestors found;
    ApiKeyId parent = key.issuedByKey;
    bool planned = parent == key.supersedes;
    while (!parent.empty()) {
        if (!planned && ++found.generations > kMaxGenerations) break;
        auto next = find(parent);
        if (!next) break;
        parent = next->issuedByKey;
        planned = !planned && parent == next->supersedes;
        found.keys.push_back(*std::move(next));
    }
    found.whole = parent.empty();
    return found;
}

/// A key is bounded by those that it descends from as they are now: they may have been narrowed
/// since, and their owners may have lost rights.
void boundByAncestors(store::ReadTx& tx, KeyRecord& record, const ApiKey& bounded,
                      const FindKey& find, const FindOwner& owner) {
    const auto found = ancestorsOf(bounded, find);
    std::vector<std::string_view> known{bounded.ownedBy};
    for (const ApiKey& key : found.keys) {
        if (key.revokedAt) record.ancestorsEnd = TimePoint::min();
        endNoLaterThan(record.ancestorsEnd, key.view.expiresAt);
        record.view.permissions &= ownPermissions(key.view);
        if (!key.view.allowedIps.empty() && !record.view.allowedIps.within(key.view.allowedIps))
            record.ancestorsAllowedIps.push_back(key.view.allowedIps);
        if (const auto& limit = key.view.rateLimit;
            limit && (!record.view.rateLimit || !within(*record.view.rateLimit, *limit)))
            record.view.rateLimit = limit;
        if (std::ranges::find(known, key.ownedBy) != known.end()) continue;
        known.push_back(key.ownedBy);
        record.issuers.push_back(owner(tx, UserId(key.ownedBy)));
    }
    if (!found.whole) record.ancestorsEnd = TimePoint::min();
}

FindKey findIn(store::ReadTx& tx) {
    return [&tx](const ApiKeyId& id) { return ApiKeys::find(tx, id); };
}

/// All but the HMAC.
KeyRecord recordOf(store::ReadTx& tx, const ApiKey& key, const FindKey& find,
                   const FindOwner& owner) {
    KeyRecord record;
    record.view = key.view;
    record.id = key.view.id.text;
    record.revokedAt = key.revokedAt;
    record.imported = key.imported;
    record.canary = key.canary;
    record.owner = owner(tx, UserId(key.ownedBy));
    if (!key.issuedByKey.empty()) boundByAncestors(tx, record, key, find, owner);
    return record;
}

PermissionSet effectiveOf(KeyRecord record, TimePoint now) {
    return principalOf(std::make_shared<const KeyRecord>(std::move(record)), now, {}).effective();
}

bool active(const std::shared_ptr<const people::User>& user) {
    return user && user->status == "active";
}

/// The user with the roles that are in force; one without any when there is none.
std::shared_ptr<const people::User> userAt(const std::shared_ptr<const people::User>& user,
                                           TimePoint at) {
    static const auto kNobody = std::make_shared<const people::User>();
    if (!user) return kNobody;
    const auto ended = [&](const people::RoleGrant& grant) {
        return grant.expiresAt && *grant.expiresAt <= at;
    };
    if (std::ranges::none_of(user->roles, ended)) return user;
    auto now = std::make_shared<people::User>(*user);
    std::erase_if(now->roles, ended);
    return now;
}

}  // namespace

std::string_view text(KeyRefusal refusal) {
    static constexpr std::array<std::string_view, 8> kNames{
        "none",    "unknown",           "revoked",         "canary",
        "expired", "issuing_key_ended", "issuer_disabled", "address_not_allowed"};
    return kNames[static_cast<std::size_t>(refusal)];
}

bool refuses(KeyRefusal reason, const KeyRecord& key, TimePoint at, std::string_view ip) {
    const auto allows = [&](const AddressList& list) { return list.allows(ip); };
    switch (reason) {
        case KeyRefusal::None:
            return false;
        case KeyRefusal::Unknown:
            return false;
        case KeyRefusal::Revoked:
            return key.revokedAt.has_value();
        case KeyRefusal::Canary:
            return key.canary;
        case KeyRefusal::Expired:
            return key.view.expiresAt && *key.view.expiresAt <= at;
        case KeyRefusal::IssuingKeyEnded:
            return key.ancestorsEnd && *key.ancestorsEnd <= at;
        case KeyRefusal::IssuerDisabled:
            return !active(key.owner) || !std::ranges::all_of(key.issuers, active);
        case KeyRefusal::AddressNotAllowed:
            return !allows(key.view.allowedIps) ||
                   !std::ranges::all_of(key.ancestorsAllowedIps, allows);
    }
    return true;
}

KeyRefusal refusalOf(const KeyRecord& key, TimePoint at, std::string_view ip) {
    for (const KeyRefusal reason : kKeyChecks)
        if (refuses(reason, key, at, ip)) return reason;
    return KeyRefusal::None;
}

Principal principalOf(std::shared_ptr<const KeyRecord> key, TimePoint at, Actor&& actor) {
    Issuers issuers;
    for (const auto& issuer : key->issuers) issuers.push_back(userAt(issuer, at));
    auto owner = userAt(key->owner, at);
    const KeyView* const view = &key->view;
    return {std::shared_ptr<const KeyView>(std::move(key), view), std::move(owner),
            std::move(actor), std::move(issuers)};
}

Result<void> mayIssueFurther(store::ReadTx& tx, const ApiKeyId& issuer) {
    const auto key = ApiKeys::find(tx, issuer);
    if (key && ancestorsOf(*key, findIn(tx)).generations < kMaxGenerations) return {};
    return fail(ErrorKind::Conflict,
                "Keys issue keys that issue keys at most " + std::to_string(kMaxGenerations) +
                    " times, and this one is the last; let one before it, or a person, issue.",
                "issuing_chain_full");
}

std::shared_ptr<const people::User> findOwner(store::ReadTx& tx, const UserId& id, TimePoint now) {
    auto user = people::Users::find(tx, id, now);
    return user ? std::make_shared<const people::User>(*std::move(user)) : nullptr;
}

std::optional<KeyRecord> readRecord(store::ReadTx& tx, std::string_view prefix,
                                    const FindOwner& owner) {
    const auto stored = ApiKeys::findStored(tx, prefix);
    if (!stored) return std::nullopt;
    // What is no HMAC equals none that a text may have.
    const auto mac = base::fromHex(stored->hmac);
    if (!mac || mac->size() != KeyRecord{}.mac.size()) return std::nullopt;
    auto record = recordOf(tx, stored->key, findIn(tx), owner);
    std::ranges::copy(*mac, record.mac.begin());
    return record;
}

bool stands(store::ReadTx& tx, const ApiKeyId& id, TimePoint now) {
    const auto key = ApiKeys::find(tx, id);
    if (!key) return false;
    const auto record = readRecord(tx, key->view.prefix, [](store::ReadTx&, const UserId&) {
        return FindOwner::result_type{};
    });
    return record && !refuses(KeyRefusal::Revoked, *record, now, {}) &&
           !refuses(KeyRefusal::Expired, *record, now, {}) &&
           !refuses(KeyRefusal::IssuingKeyEnded, *record, now, {});
}

std::string_view standing(store::ReadTx& tx, const ApiKey& key, TimePoint now) {
    auto record = recordOf(tx, key, findIn(tx), [now](store::ReadTx& in, const UserId& id) {
        return findOwner(in, id, now);
    });
    const bool rotated = !key.supersededBy.empty();
    if (refuses(KeyRefusal::Revoked, record, now, {})) return "revoked";
    if (refuses(KeyRefusal::Expired, record, now, {})) return rotated ? "superseded" : "expired";
    if (refuses(KeyRefusal::IssuingKeyEnded, record, now, {})) return "issuing_key_ended";
    if (refuses(KeyRefusal::IssuerDisabled, record, now, {})) return "owner_disabled";
    if (key.canary) return "decoy";
    const auto own = ownPermissions(key.view) & withinReach(key.view.scope);
    if (own.any() && effectiveOf(std::move(record), now).none()) return "without_rights";
    return rotated ? "overlap" : "active";
}

PermissionSet ownPermissions(const KeyView& key) {
    return key.permissions & ceiling(key.type);
}

PermissionSet effectivePermissions(store::ReadTx& tx, const ApiKey& key, const FindKey& find,
                                   const FindOwner& owner, TimePoint now) {
    auto record = recordOf(tx, key, find, owner);
    for (const KeyRefusal reason : kKeyChecks)
        if (reason != KeyRefusal::AddressNotAllowed && refuses(reason, record, now, {})) return {};
    return effectiveOf(std::move(record), now);
}

}  // namespace trusthub::access
