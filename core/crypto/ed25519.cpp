#include "crypto/ed25519.h"

#include "crypto/evp.h"

#include <stdexcept>

namespace trusthub::crypto {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;

PKey privateKey(const SecretString& seed) {
    if (seed.size() != kKeyBytes) throw std::invalid_argument("an Ed25519 seed has 32 bytes");
    PKey key(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, bytes(seed.reveal()),
                                             kKeyBytes));
    require(key != nullptr);
    return key;
}

}  // namespace

Ed25519KeyPair makeEd25519(base::Random& random) {
    return ed25519FromSeed(SecretString(random.bytes(kKeyBytes)));
}

Ed25519KeyPair ed25519FromSeed(const SecretString& seed) {
    const PKey key = privateKey(seed);
    Ed25519KeyPair pair{seed, std::string(kKeyBytes, '\0')};
    std::size_t size = kKeyBytes;
    require(EVP_PKEY_get_raw_public_key(key.get(), bytes(pair.publicKey), &size) == 1);
    return pair;
}

std::string signEd25519(const SecretString& seed, std::string_view data) {
    const PKey key = privateKey(seed);
    const DigestCtx context(EVP_MD_CTX_new());
    std::string out(kSignatureBytes, '\0');
    std::size_t size = out.size();
    require(context != nullptr &&
            EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(),
                                  nullptr) == 1 &&
            EVP_DigestSign(context.get(), bytes(out), &size, bytes(data), data.size()) == 1 &&
            size == kSignatureBytes);
    return out;
}

bool verifyEd25519(std::string_view publicKey, std::string_view data, std::string_view signature) {
    if (publicKey.size() != kKeyBytes || signature.size() != kSignatureBytes) return false;
    const PKey key(
        EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, bytes(publicKey), kKeyBytes));
    const DigestCtx context(EVP_MD_CTX_new());
    if (!key || !context ||
        EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(),
                                nullptr) != 1)
        return false;
    return EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(data),
                            data.size()) == 1;
}

}  // namespace trusthub::crypto
