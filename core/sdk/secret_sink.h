// SecretSink: the provider's own store of secrets, which takes them sealed to its public key.
#pragma once

#include "sdk/result.h"

#include <string>
#include <string_view>

namespace trusthub::sdk {

/// Where a secret goes at the provider. What a provider does not have stays empty.
struct SecretTarget {
    std::string repository;    ///< `owner/name`; empty: an organization's secret
    std::string environment;   ///< of the repository; empty: all of it
    std::string organization;  ///< empty: a repository's secret
    std::string visibility;    ///< of an organization's secret: `private` or `all`
    std::string name;
    bool operator==(const SecretTarget&) const = default;
};

struct SinkKey {
    std::string id;     ///< the provider's word for the key
    std::string bytes;  ///< X25519, 32 raw bytes
};

/// A libsodium sealed box (crypto_box_seal), which the provider alone can open.
struct SealedSecret {
    std::string keyId;  ///< of the key that it was sealed to
    std::string box;    ///< raw bytes
};

/// What `put` answers when the provider's key has changed since: seal it anew.
inline constexpr std::string_view kSealedToOldKey = "sealed_to_old_key";

/// The hub seals; a plugin never sees the secret itself.
class SecretSink {
public:
    virtual ~SecretSink() = default;

    /// The secret setting without which it can do nothing. Lives as long as the connector.
    virtual std::string_view credential() const noexcept = 0;

    /// InvalidInput at `/repository`, `/environment`, `/organization`, `/visibility` or
    /// `/secret_name` for what the provider would refuse. Pure. [any thread]
    virtual Result<void> check(const SecretTarget& target) const = 0;

    /// The key to seal to. [worker thread; may block] Errors: those of HttpClient, Unauthenticated,
    /// Forbidden, NotFound, RateLimited with `retryAfter`, ProviderRejected, ProviderUnavailable.
    virtual Result<SinkKey> publicKey(const SecretTarget& target) = 0;

    /// Stores it in place of an older one; the same again does no harm. [worker thread; may block]
    /// Errors as above, and Conflict with the code kSealedToOldKey.
    virtual Result<void> put(const SecretTarget& target, const SealedSecret& secret) = 0;
};

}  // namespace trusthub::sdk
