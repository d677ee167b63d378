// Ed25519 (RFC 8032): session tokens, checkpoints, v1a webhook signatures.
#pragma once

#include "base/random.h"
#include "sdk/secret.h"

#include <optional>
#include <string>
#include <string_view>

namespace trusthub::crypto {

struct Ed25519KeyPair {
    SecretString seed;      ///< 32 bytes
    std::string publicKey;  ///< 32 bytes
};

Ed25519KeyPair makeEd25519(base::Random& random);
Ed25519KeyPair ed25519FromSeed(const SecretString& seed);
std::string signEd25519(const SecretString& seed, std::string_view data);  ///< 64 bytes
bool verifyEd25519(std::string_view publicKey, std::string_view data, std::string_view signature);

}  // namespace trusthub::crypto
