#include "crypto/aead.h"

#include "crypto/evp.h"

#include <openssl/crypto.h>

#include <climits>
#include <stdexcept>

namespace trusthub::crypto {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

const EVP_CIPHER* fetchedGcm() {
    static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    require(kCipher != nullptr);
    return kCipher;
}

int length(std::string_view text) {
    if (text.size() > INT_MAX) throw std::length_error("too long to seal");
    return static_cast<int>(text.size());
}

void checkKey(const SecretString& key) {
    if (key.size() != kAeadKeyBytes) throw std::invalid_argument("an AEAD key has 32 bytes");
}

Error doesNotOpen() {
    return fail(ErrorKind::Internal, "sealed value does not open");
}

}  // namespace

std::string seal(const SecretString& key, std::string_view plain, std::string_view associatedData,
                 base::Random& random) {
    checkKey(key);
    std::string out = random.bytes(kNonceBytes);
    out.resize(kNonceBytes + plain.size() + kTagBytes);
    const CipherCtx context(EVP_CIPHER_CTX_new());
    int n = 0;
    require(context != nullptr &&
            EVP_EncryptInit_ex2(context.get(), fetchedGcm(), bytes(key.reveal()), bytes(out),
                                nullptr) == 1);
    if (!associatedData.empty())
        require(EVP_EncryptUpdate(context.get(), nullptr, &n, bytes(associatedData),
                                  length(associatedData)) == 1);
    if (!plain.empty())
        require(EVP_EncryptUpdate(context.get(), bytes(out) + kNonceBytes, &n, bytes(plain),
                                  length(plain)) == 1);
    unsigned char* const tag = bytes(out) + kNonceBytes + plain.size();
    require(EVP_EncryptFinal_ex(context.get(), tag, &n) == 1 &&
            EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag) == 1);
    return out;
}

Result<std::string> open(const SecretString& key, std::string_view sealed,
                         std::string_view associatedData) {
    checkKey(key);
    if (sealed.size() < kNonceBytes + kTagBytes) return doesNotOpen();
    const std::string_view text =
        sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
    std::string tag(sealed.substr(sealed.size() - kTagBytes));
    const CipherCtx context(EVP_CIPHER_CTX_new());
    int n = 0;
    require(context != nullptr &&
            EVP_DecryptInit_ex2(context.get(), fetchedGcm(), bytes(key.reveal()), bytes(sealed),
                                nullptr) == 1);
    if (!associatedData.empty())
        require(EVP_DecryptUpdate(context.get(), nullptr, &n, bytes(associatedData),
                                  length(associatedData)) == 1);
    std::string out(text.size(), '\0');
    if (!text.empty())
        require(EVP_DecryptUpdate(context.get(), bytes(out), &n, bytes(text), length(text)) == 1);
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
    if (EVP_DecryptFinal_ex(context.get(), bytes(tag), &n) != 1) {
        OPENSSL_cleanse(out.data(), out.size());
        return doesNotOpen();
    }
    return out;
}

}  // namespace trusthub::crypto
