// The text of an API key: `tos_<8 hex>_<26 base62><6 base62>`; the last six are CRC-32 of all
// before them.
#pragma once

#include "base/random.h"
#include "sdk/secret.h"

#include <cstdint>
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

/// What stands behind the prefix of a key that was made elsewhere.
inline constexpr std::size_t kShortestSecret = 20;
inline constexpr std::size_t kLongestSecret = 200;
bool isUrlSafe(char c) noexcept;  ///< letters, digits, `-` and `_`

/// What a text says of itself. Keys that were made elsewhere have the older shape
/// `tos_<8 hex>_<20 to 200 URL-safe characters>` and no checksum.
struct KeyShape {
    std::string_view prefix;
    std::uint32_t number = 0;  ///< the eight hex digits
    bool checksum = false;     ///< it is of the present shape, and its checksum holds
};
/// Null when the text can be no key of this hub.
std::optional<KeyShape> keyShape(std::string_view text, std::string_view brand);
/// The number in `tos_a1b2c3d4`; null when it is no prefix of this brand.
std::optional<std::uint32_t> prefixNumber(std::string_view prefix, std::string_view brand);

/// CRC-32 (ISO-HDLC, as zlib's) in base62, six digits; GitHub's token checksum.
std::string checksum62(std::string_view text);

}  // namespace trusthub::access
