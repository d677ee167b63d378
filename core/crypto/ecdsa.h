// ECDSA on P-256 with SHA-256: checks what GitHub's secret scanning signs.
#pragma once

#include "sdk/result.h"

#include <string_view>

namespace trusthub::crypto {

/// Whether `signature` (DER) is the owner's over `data`. False as well for anything malformed.
/// `pem` is a SubjectPublicKeyInfo.
bool verifyEcdsaP256(std::string_view pem, std::string_view data, std::string_view signature);
/// InvalidInput unless `pem` is a public key on P-256.
Result<void> checkEcdsaP256Key(std::string_view pem);

}  // namespace trusthub::crypto
