#include "crypto/password.h"

#include "base/text.h"

#include <argon2.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace trusthub::crypto {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kMaxTextBytes = 512;

/// True when `$argon2id$v=19$m=M,t=T,p=P$…` asks for a cost that this process is ready to pay.
bool affordable(std::string_view phc) {
    const auto parts = base::split(phc, '$');
    if (parts.size() != 6 || parts[1] != "argon2id" || parts[2] != "v=19") return false;
    const auto costs = base::split(parts[3], ',');
    if (costs.size() != 3) return false;
    constexpr std::array<std::pair<std::string_view, std::int64_t>, 3> kMost{
        {{"m=", 1 << 20}, {"t=", 64}, {"p=", 16}}};
    for (std::size_t i = 0; i < kMost.size(); ++i) {
        if (!costs[i].starts_with(kMost[i].first)) return false;
        const auto value = base::parseInteger(costs[i].substr(2));
        if (!value || *value < 1 || *value > kMost[i].second) return false;
    }
    return true;
}

}  // namespace

std::string hashPassword(const SecretString& password, const Argon2Cost& cost,
                         base::Random& random) {
    const std::string salt = random.bytes(kSaltBytes);
    const std::size_t size = argon2_encodedlen(cost.passes, cost.memoryKiB, cost.lanes, kSaltBytes,
                                               kHashBytes, Argon2_id);
    std::string out(size, '\0');
    const int result = argon2id_hash_encoded(cost.passes, cost.memoryKiB, cost.lanes,
                                             password.reveal().data(), password.size(), salt.data(),
                                             salt.size(), kHashBytes, out.data(), out.size());
    if (result != ARGON2_OK)
        throw std::runtime_error(std::string("argon2: ") + argon2_error_message(result));
    out.resize(std::strlen(out.c_str()));
    return out;
}

bool verifyPassword(const SecretString& password, std::string_view phc) {
    if (phc.size() > kMaxTextBytes || phc.find('\0') != phc.npos || !affordable(phc)) return false;
    return argon2id_verify(std::string(phc).c_str(), password.reveal().data(), password.size()) ==
           ARGON2_OK;
}

}  // namespace trusthub::crypto
