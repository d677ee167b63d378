// KeyVerifier: from the text of an API key to the record behind it and the caller that it makes.
#pragma once

#include "access/imported_keys.h"
#include "access/key_cache.h"
#include "access/key_refusals.h"

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace trusthub::access {

struct KeyVerdict {
    std::shared_ptr<const KeyRecord> record;  ///< null with Unknown
    KeyRefusal refusal = KeyRefusal::Unknown;
    TimePoint at = {};  ///< when it was judged
    bool passes() const { return refusal == KeyRefusal::None; }
};

/// A key that was verified before costs no SQL: its record is kept as long as nobody's rights
/// change. Text with a wrong checksum is refused without a look-up, unless its prefix is that of an
/// imported key. [HTTP workers; thread-safe]
class KeyVerifier {
public:
    KeyVerifier(std::string brand, store::Store& store, const store::HubSecrets& secrets,
                people::Rights& rights, KeyRefusals& refusals, const base::Clock& clock,
                std::size_t cacheCapacity = KeyCache::kCapacity);

    /// Compares the secret in constant time; whoever does not have it learns Unknown. No side
    /// effect.
    KeyVerdict judge(std::string_view text, std::string_view ip);
    /// The caller of the API that the key makes, with the rights of its owner right now. `caller`
    /// carries address, user agent and request id. Unauthenticated, without a reason, for webhook
    /// keys too; the reason is audited.
    Result<Principal> authenticate(std::string_view text, Actor caller);
    /// The same for a key of type webhook and no other: may(Permission::WebhooksReceive, place)
    /// says for which deliveries it stands.
    Result<Principal> verifyWebhookKey(std::string_view text, Actor caller);

    const std::string& brand() const { return brand_; }
    KeyCache& cache() { return cache_; }

private:
    Result<Principal> principal(std::string_view text, Actor&& caller, bool webhook);
    std::shared_ptr<const KeyRecord> recordOf(std::string_view prefix, std::uint32_t number);
    std::shared_ptr<const people::User> ownerOf(store::ReadTx& tx, const UserId& id,
                                                std::uint64_t revision);

    const std::string brand_;
    store::Store& store_;
    const store::HubSecrets& secrets_;
    people::Rights& rights_;
    KeyRefusals& refusals_;
    const base::Clock& clock_;
    KeyCache cache_;
    ImportedKeys imported_;
    std::mutex mutex_;
    std::uint64_t ownersRevision_ = 0;
    std::map<std::string, std::shared_ptr<const people::User>> owners_;  ///< shared by their keys
};

}  // namespace trusthub::access
