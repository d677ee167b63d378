// argon2id password hashes in PHC form (RFC 9106). Slow on purpose: never on an HTTP worker.
#pragma once

#include "base/random.h"
#include "sdk/secret.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace trusthub::crypto {

struct Argon2Cost {
    std::uint32_t memoryKiB = 19 * 1024;  ///< OWASP's minimum set: m=19 MiB, t=2, p=1
    std::uint32_t passes = 2;
    std::uint32_t lanes = 1;
};

std::string hashPassword(const SecretString& password, const Argon2Cost& cost,
                         base::Random& random);
/// False for a wrong password, a text that is no argon2id hash, or one that asks for more than 1
/// GiB of memory, 64 passes or 16 lanes.
bool verifyPassword(const SecretString& password, std::string_view phc);

}  // namespace trusthub::crypto
