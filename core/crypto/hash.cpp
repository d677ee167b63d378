#include "crypto/hash.h"

#include "crypto/evp.h"
#include "sdk/secret.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include <array>
#include <stdexcept>

namespace trusthub::crypto {
namespace {

constexpr std::size_t kDigestBytes = 32;

// Fetching an algorithm costs more than hashing a short text with it, hence once for the process.
const EVP_MD* fetchedSha256() {
    static const EVP_MD* const kDigest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    require(kDigest != nullptr);
    return kDigest;
}

EVP_MAC* fetchedHmac() {
    static EVP_MAC* const kMac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    require(kMac != nullptr);
    return kMac;
}

MacCtx newHmacContext() {
    MacCtx context(EVP_MAC_CTX_new(fetchedHmac()));
    char name[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end()};
    require(context != nullptr && EVP_MAC_CTX_set_params(context.get(), parameters) == 1);
    return context;
}

bool initWith(EVP_MAC_CTX* context, std::string_view key) {
    // A null key would mean "the key of last time".
    const std::string_view nonNull = key.empty() ? std::string_view("") : key;
    return EVP_MAC_init(context, bytes(nonNull), nonNull.size(), nullptr) == 1;
}

std::string tagOf(EVP_MAC_CTX* context, std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts)
        require(part.empty() || EVP_MAC_update(context, bytes(part), part.size()) == 1);
    std::string out(kDigestBytes, '\0');
    std::size_t size = 0;
    require(EVP_MAC_final(context, bytes(out), &size, out.size()) == 1 && size == kDigestBytes);
    return out;
}

/// One context a thread, in which the digest stays looked up and the key stays prepared until
/// another one is used; nothing of it is cleansed before.
class KeptKey {
public:
    EVP_MAC_CTX* begin(std::string_view key) {
        if (used_ && key_.reveal() == key) {
            require(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1);
        } else {
            used_ = false;
            require(initWith(context_.get(), key));
            key_ = SecretString(std::string(key));
            used_ = true;
        }
        return context_.get();
    }

private:
    const MacCtx context_ = newHmacContext();
    SecretString key_;
    bool used_ = false;
};

/// A thread's context for the time of one HMAC. Nothing of the key stays in it: OpenSSL cleanses
/// its copy and overwrites what it has prepared when the next key comes, which is one of zeros.
class BorrowedContext {
public:
    explicit BorrowedContext(std::string_view key) : context_(ofThread()) {
        require(initWith(context_, key));
    }
    ~BorrowedContext() {
        static constexpr std::array<char, kDigestBytes> kZeros{};
        initWith(context_, {kZeros.data(), kZeros.size()});
    }
    BorrowedContext(const BorrowedContext&) = delete;
    BorrowedContext& operator=(const BorrowedContext&) = delete;

    EVP_MAC_CTX* get() const { return context_; }

private:
    static EVP_MAC_CTX* ofThread() {
        thread_local const MacCtx context = newHmacContext();
        return context.get();
    }

    EVP_MAC_CTX* const context_;
};

}  // namespace

std::string sha256(std::string_view data) {
    std::string out(kDigestBytes, '\0');
    unsigned int size = 0;
    require(EVP_Digest(data.data(), data.size(), bytes(out), &size, fetchedSha256(), nullptr) == 1);
    return out;
}

std::string hmacSha1(std::string_view key, std::string_view data) {
    std::string out(20, '\0');
    std::size_t size = 0;
    require(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA1", nullptr, bytes(key), key.size(),
                      bytes(data), data.size(), bytes(out), out.size(), &size) != nullptr &&
            size == out.size());
    return out;
}

std::string hmacSha256(std::string_view key, std::initializer_list<std::string_view> parts) {
    const BorrowedContext context(key);
    return tagOf(context.get(), parts);
}

std::string keptHmacSha256(std::string_view key, std::initializer_list<std::string_view> parts) {
    thread_local KeptKey kept;
    return tagOf(kept.begin(key), parts);
}

std::string hmacSha256(std::string_view key, std::string_view data) {
    return hmacSha256(key, {data});
}

std::string hkdfSha256(std::string_view secret, std::string_view info, std::size_t length,
                       std::string_view salt) {
    if (length > 255 * kDigestBytes) throw std::invalid_argument("HKDF gives at most 8160 bytes");
    std::string pseudoRandomKey = hmacSha256(salt, secret);
    std::string out, block;
    for (unsigned char counter = 1; out.size() < length; ++counter) {
        const char number = static_cast<char>(counter);
        block = hmacSha256(pseudoRandomKey, {block, info, std::string_view(&number, 1)});
        out += block;
    }
    OPENSSL_cleanse(pseudoRandomKey.data(), pseudoRandomKey.size());
    OPENSSL_cleanse(block.data(), block.size());
    out.resize(length);
    return out;
}

bool equalConstantTime(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace trusthub::crypto
