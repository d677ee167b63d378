// The text of an API key: `tos_<8 hex>_<26 base62><6 base62>`; the last six are CRC-32 of all
// before them.
#pragma once

#include "base/random.h"
#include "sdk/secret.h"

#include <optional>
#include <string>
#include <string_view>

namespace trusthub::access {

struct NewKeyText {
    SecretString whole;
    std::string prefix;  ///< `tos_a1b2c3d4`: public, unique
};

NewKeyText makeKeyText(std::string_view brand, base::Random& random);

/// The prefix, when form and checksum hold; null otherwise, without any look-up.
std::optional<std::string_view> keyPrefix(std::string_view text, std::string_view brand);

/// CRC-32 (ISO-HDLC, as zlib's) in base62, six digits; GitHub's token checksum.
std::string checksum62(std::string_view text);

}  // namespace trusthub::access
