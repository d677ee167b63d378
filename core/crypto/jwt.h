// Compact JWS with EdDSA (RFC 7515, RFC 8037): the short access token. One algorithm, fixed; `alg`
// is checked.
#pragma once

#include "crypto/ed25519.h"
#include "sdk/time.h"

#include <optional>
#include <string>
#include <string_view>

namespace trusthub::crypto {

struct TokenClaims {
    std::string subject;    ///< user id
    std::string sessionId;  ///< `sid`: read again on every request
    TimePoint issuedAt;
    TimePoint expiresAt;
};

std::string signToken(const TokenClaims& claims, const Ed25519KeyPair& key);
/// Null when form, algorithm, signature or time do not hold.
std::optional<TokenClaims> verifyToken(std::string_view token, std::string_view publicKey,
                                       TimePoint now);

}  // namespace trusthub::crypto
