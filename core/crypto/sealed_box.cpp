#include "crypto/sealed_box.h"

#include "crypto/evp.h"

#include <sodium.h>

#include <stdexcept>

namespace trusthub::crypto {
namespace {

void ready() {
    static const bool kReady = sodium_init() >= 0;
    if (!kReady) throw std::runtime_error("libsodium failed to start");
}

}  // namespace

std::optional<std::string> sealTo(std::string_view publicKey, std::string_view plain) {
    static_assert(kBoxKeyBytes == crypto_box_PUBLICKEYBYTES);
    ready();
    if (publicKey.size() != kBoxKeyBytes) return std::nullopt;
    std::string sealed(plain.size() + crypto_box_SEALBYTES, '\0');
    if (crypto_box_seal(bytes(sealed), bytes(plain), plain.size(), bytes(publicKey)) != 0)
        return std::nullopt;
    return sealed;
}

BoxKeyPair makeBoxKeyPair() {
    ready();
    std::string publicKey(crypto_box_PUBLICKEYBYTES, '\0');
    std::string secretKey(crypto_box_SECRETKEYBYTES, '\0');
    crypto_box_keypair(bytes(publicKey), bytes(secretKey));
    return {std::move(publicKey), SecretString(std::move(secretKey))};
}

std::optional<SecretString> openSealed(const BoxKeyPair& pair, std::string_view sealed) {
    ready();
    if (sealed.size() < crypto_box_SEALBYTES || pair.publicKey.size() != kBoxKeyBytes ||
        pair.secretKey.size() != crypto_box_SECRETKEYBYTES)
        return std::nullopt;
    std::string plain(sealed.size() - crypto_box_SEALBYTES, '\0');
    if (crypto_box_seal_open(bytes(plain), bytes(sealed), sealed.size(), bytes(pair.publicKey),
                             bytes(pair.secretKey.reveal())) != 0)
        return std::nullopt;
    return SecretString(std::move(plain));
}

}  // namespace trusthub::crypto
