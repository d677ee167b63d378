#include "access/key_record.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace trusthub::access {
namespace {

constexpr int kMaxGenerations = 16;  // keys issued by keys issued by keys …

void endNoLaterThan(std::optional<TimePoint>& end, const std::optional<TimePoint>& other) {
    if (other && (!end || *other < *end)) end = other;
}

/// A key is bounded by those that it descends from as they are now: they may have been narrowed
/// since.
void boundByAncestors(store::ReadTx& tx, KeyRecord& record, ApiKeyId parent) {
    for (int generation = 0; !parent.empty(); ++generation) {
        const auto key = ApiKeys::find(tx, parent);
        if (!key || key->revokedAt || generation == kMaxGenerations) {
            record.ancestorsEnd = TimePoint::min();
            return;
        }
        endNoLaterThan(record.ancestorsEnd, key->view.expiresAt);
        record.view.permissions &= key->view.permissions & ceiling(key->view.type);
        if (!key->view.allowedIps.empty() && !record.view.allowedIps.within(key->view.allowedIps))
            record.ancestorsAllowedIps.push_back(key->view.allowedIps);
        if (const auto& limit = key->view.rateLimit;
            limit && (!record.view.rateLimit || !within(*record.view.rateLimit, *limit)))
            record.view.rateLimit = limit;
        parent = key->issuedByKey;
    }
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
            return !key.owner || key.owner->status != "active";
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

std::shared_ptr<const people::User> ownerAt(const KeyRecord& key, TimePoint at) {
    const auto ended = [&](const people::RoleGrant& grant) {
        return grant.expiresAt && *grant.expiresAt <= at;
    };
    if (std::ranges::none_of(key.owner->roles, ended)) return key.owner;
    auto now = std::make_shared<people::User>(*key.owner);
    std::erase_if(now->roles, ended);
    return now;
}

std::shared_ptr<const people::User> findOwner(store::ReadTx& tx, const UserId& id, TimePoint now) {
    auto user = people::Users::find(tx, id, now);
    return user ? std::make_shared<const people::User>(*std::move(user)) : nullptr;
}

std::shared_ptr<const KeyRecord> readRecord(store::ReadTx& tx, std::string_view prefix,
                                            const FindOwner& owner) {
    auto stored = ApiKeys::findStored(tx, prefix);
    if (!stored) return nullptr;
    auto record = std::make_shared<KeyRecord>();
    ApiKey& key = stored->key;
    record->view = std::move(key.view);
    // What is no HMAC equals none that a text may have.
    const auto mac = base::fromHex(stored->hmac);
    if (!mac || mac->size() != record->mac.size()) return nullptr;
    std::ranges::copy(*mac, record->mac.begin());
    record->revokedAt = key.revokedAt;
    record->imported = key.imported;
    record->canary = key.canary;
    boundByAncestors(tx, *record, key.issuedByKey);
    record->owner = owner(tx, UserId(key.ownedBy));
    return record;
}

}  // namespace trusthub::access
