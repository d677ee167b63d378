// HubSecrets: the keys of this installation (pepper, token and checkpoint keys), sealed under the
// master key.
#pragma once

#include "base/random.h"
#include "crypto/ed25519.h"
#include "crypto/master_key.h"
#include "sdk/result.h"
#include "store/store.h"

#include <memory>
#include <string>
#include <string_view>

namespace trusthub::store {

/// Loaded once at start, then immutable. [thread-safe]
class HubSecrets {
public:
    /// Makes what is missing, durably, before it returns. Internal when the master key is not the
    /// one that sealed them.
    static Result<HubSecrets> loadOrCreate(Store& store, const crypto::MasterKey& master,
                                           base::Random& random);

    /// HMAC-SHA-256 under the pepper, hex: how API keys, session ids and one-time tokens are
    /// stored. `purpose` keeps the kinds apart.
    std::string fingerprint(std::string_view purpose, std::string_view token) const;
    /// The same as 32 raw bytes.
    std::string fingerprintBytes(std::string_view purpose, std::string_view token) const;
    int pepperVersion() const { return 1; }
    const crypto::Ed25519KeyPair& tokenKey() const { return tokenKey_; }
    const crypto::Ed25519KeyPair& checkpointKey() const { return checkpointKey_; }

private:
    SecretString pepper_;
    crypto::Ed25519KeyPair tokenKey_;
    crypto::Ed25519KeyPair checkpointKey_;
};

}  // namespace trusthub::store
