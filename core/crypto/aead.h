// AES-256-GCM: seals bytes with associated data (NIST SP 800-38D).
#pragma once

#include "base/random.h"
#include "sdk/result.h"
#include "sdk/secret.h"

#include <string>
#include <string_view>

namespace trusthub::crypto {

inline constexpr std::size_t kAeadKeyBytes = 32;

/// nonce(12, random) ‖ ciphertext ‖ tag(16). `key` is 32 bytes; a key seals at most 2^32 texts.
std::string seal(const SecretString& key, std::string_view plain, std::string_view associatedData,
                 base::Random& random);
/// Internal ("sealed value does not open") when key, data or associated data are not those of
/// seal().
Result<std::string> open(const SecretString& key, std::string_view sealed,
                         std::string_view associatedData);

}  // namespace trusthub::crypto
