#include "crypto/ecdsa.h"

#include "crypto/evp.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>

namespace trusthub::crypto {
namespace {

using Bio = std::unique_ptr<BIO, EvpDelete<BIO_free_all>>;

PKey keyOf(std::string_view pem) {
    constexpr std::size_t kMaxPem = 4096;
    if (pem.empty() || pem.size() > kMaxPem) return nullptr;
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    require(bio != nullptr);
    PKey key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_EC) return nullptr;
    std::array<char, 32> group{};
    std::size_t size = 0;
    if (EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), &size) != 1) return nullptr;
    return std::string_view(group.data(), size) == "prime256v1" ? std::move(key) : nullptr;
}

}  // namespace

bool verifyEcdsaP256(std::string_view pem, std::string_view data, std::string_view signature) {
    const PKey key = keyOf(pem);
    if (!key || signature.empty()) return false;
    const DigestCtx context(EVP_MD_CTX_new());
    require(context != nullptr &&
            EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1);
    const bool valid = EVP_DigestVerify(context.get(), bytes(signature), signature.size(),
                                        bytes(data), data.size()) == 1;
    ERR_clear_error();
    return valid;
}

Result<void> checkEcdsaP256Key(std::string_view pem) {
    if (!keyOf(pem)) return fail(ErrorKind::InvalidInput, "It is no public key on P-256 as PEM.");
    return {};
}

}  // namespace trusthub::crypto
