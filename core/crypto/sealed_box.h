// Sealed boxes (libsodium's crypto_box_seal): for a receiver of whom only the X25519 public key is
// known.
#pragma once

#include "sdk/secret.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace trusthub::crypto {

inline constexpr std::size_t kBoxKeyBytes = 32;

/// Ephemeral public key, tag and ciphertext, as crypto_box_seal_open takes them. Null when
/// `publicKey` is none: not of 32 bytes, or of low order.
std::optional<std::string> sealTo(std::string_view publicKey, std::string_view plain);

struct BoxKeyPair {
    std::string publicKey;
    SecretString secretKey;
};
BoxKeyPair makeBoxKeyPair();
/// Null when the box was not sealed to this pair.
std::optional<SecretString> openSealed(const BoxKeyPair& pair, std::string_view sealed);

}  // namespace trusthub::crypto
