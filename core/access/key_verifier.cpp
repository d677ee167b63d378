#include "access/key_verifier.h"

#include "access/api_key_format.h"
#include "crypto/hash.h"

namespace trusthub::access {
namespace {

constexpr std::size_t kOwners = 10'000;
constexpr std::size_t kPrefixRest = 9;  // an underscore and eight hex digits

}  // namespace

KeyVerifier::KeyVerifier(std::string brand, store::Store& store, const store::HubSecrets& secrets,
                         people::Rights& rights, KeyRefusals& refusals, const base::Clock& clock,
                         std::size_t cacheCapacity)
    : brand_(std::move(brand)),
      store_(store),
      secrets_(secrets),
      rights_(rights),
      refusals_(refusals),
      clock_(clock),
      cache_(cacheCapacity),
      imported_(brand_, store, rights) {}

std::shared_ptr<const people::User> KeyVerifier::ownerOf(store::ReadTx& tx, const UserId& id,
                                                         std::uint64_t revision) {
    {
        const std::lock_guard lock(mutex_);
        if (ownersRevision_ == revision) {
            const auto known = owners_.find(id.text);
            if (known != owners_.end()) return known->second;
        }
    }
    auto owner = findOwner(tx, id, clock_.now());
    const std::lock_guard lock(mutex_);
    if (ownersRevision_ > revision) return owner;
    if (ownersRevision_ < revision || owners_.size() >= kOwners) owners_.clear();
    ownersRevision_ = revision;
    owners_.emplace(id.text, owner);
    return owner;
}

std::shared_ptr<const KeyRecord> KeyVerifier::recordOf(std::string_view prefix,
                                                       std::uint32_t number) {
    // Noted before the read: a change during it makes what was read count as old.
    const std::uint64_t revision = rights_.now();
    if (auto known = cache_.find(number, revision)) return known;
    auto record = store_.read([&](store::ReadTx& tx) {
        return readRecord(tx, prefix, [&](store::ReadTx& inner, const UserId& id) {
            return ownerOf(inner, id, revision);
        });
    });
    return record ? cache_.keep(number, revision, *std::move(record)) : nullptr;
}

KeyVerdict KeyVerifier::judge(std::string_view text, std::string_view ip) {
    // Among a million keys memory is what takes time. Each piece that leads to the next is asked
    // for before work that does not need it: the entry before the HMAC, the record before the
    // checksum.
    const auto number = prefixNumber(text.substr(0, brand_.size() + kPrefixRest), brand_);
    if (!number || text.size() > brand_.size() + kPrefixRest + 1 + kLongestSecret) return {};
    cache_.fetchEntry(*number);
    const std::string mac = secrets_.fingerprintBytes("api_key", text);
    cache_.fetchRecord(*number);
    const auto shape = keyShape(text, brand_);
    rights_.lookAround(store_, clock_.steadyNow());
    const TimePoint now = clock_.now();
    if (!shape || (!shape->checksum && !imported_.contains(*number))) return {};
    auto record = recordOf(shape->prefix, *number);
    if (!record) return {};
    if (!crypto::equalConstantTime({record->mac.data(), record->mac.size()}, mac)) return {};
    const KeyRefusal refusal = refusalOf(*record, now, ip);
    return {std::move(record), refusal, now};
}

Result<Principal> KeyVerifier::principal(std::string_view text, Actor&& caller, bool webhook) {
    KeyVerdict verdict = judge(text, caller.ip);
    if (!verdict.passes()) {
        if (verdict.record) refusals_.record(*verdict.record, verdict.refusal, std::move(caller));
        return fail(ErrorKind::Unauthenticated);
    }
    const KeyView& view = verdict.record->view;
    if ((view.type == KeyType::Webhook) != webhook) return fail(ErrorKind::Unauthenticated);
    caller.kind = ActorKind::ApiKey;
    caller.id.assign(verdict.record->id.data(), verdict.record->id.size());
    caller.label = view.prefix;
    return principalOf(std::move(verdict.record), verdict.at, std::move(caller));
}

Result<Principal> KeyVerifier::authenticate(std::string_view text, Actor caller) {
    return principal(text, std::move(caller), false);
}

Result<Principal> KeyVerifier::verifyWebhookKey(std::string_view text, Actor caller) {
    return principal(text, std::move(caller), true);
}

}  // namespace trusthub::access
