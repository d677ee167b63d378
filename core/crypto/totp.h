// One-time codes: HOTP (RFC 4226), the time steps of TOTP (RFC 6238), and the base32 that
// authenticator apps take secrets in.
#pragma once

#include "sdk/time.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace trusthub::crypto {

/// RFC 4226, section 5.3, with HMAC-SHA-1; `digits` is 6 to 8.
std::string hotp(std::string_view key, std::uint64_t counter, int digits);

/// RFC 6238, section 4: the number of the 30-second step that `time` lies in.
std::uint64_t totpStep(TimePoint time);

/// RFC 4648, section 6, without padding.
std::string toBase32(std::string_view bytes);

}  // namespace trusthub::crypto
