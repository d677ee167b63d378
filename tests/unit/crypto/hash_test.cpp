#include "crypto/hash.h"

#include "base/text.h"
#include "crypto/plugin_crypto.h"

#include <catch2/catch.hpp>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <utility>

using namespace trusthub;

namespace {

std::string hex(std::string_view text) {
    return *base::fromHex(text);
}
std::string hmacHex(std::string_view key, std::string_view data) {
    return base::toHex(crypto::hmacSha256(key, data));
}

}  // namespace

// FIPS 180-4 examples.
TEST_CASE("SHA-256 gives the published digests") {
    CHECK(base::toHex(crypto::sha256("")) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(base::toHex(crypto::sha256("abc")) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(base::toHex(crypto::sha256(std::string(1'000'000, 'a'))) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// RFC 4231, test cases 1 to 4, 6 and 7.
TEST_CASE("HMAC-SHA-256 gives the tags of RFC 4231") {
    CHECK(hmacHex(std::string(20, '\x0b'), "Hi There") ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(hmacHex("Jefe", "what do ya want for nothing?") ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hmacHex(std::string(20, '\xaa'), std::string(50, '\xdd')) ==
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    CHECK(hmacHex(hex("0102030405060708090a0b0c0d0e0f10111213141516171819"),
                  std::string(50, '\xcd')) ==
          "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    CHECK(hmacHex(std::string(131, '\xaa'),
                  "Test Using Larger Than Block-Size Key - Hash Key First") ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    CHECK(hmacHex(std::string(131, '\xaa'),
                  "This is a test using a larger than block-size key and a larger than block-size "
                  "data. The key needs to be hashed before being used by the HMAC algorithm.") ==
          "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

// docs.github.com, "Validating webhook deliveries".
TEST_CASE("GitHub's example signature comes out") {
    CHECK(hmacHex("It's a Secret to Everybody", "Hello, World!") ==
          "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
}

TEST_CASE("an HMAC over parts is that over the whole, also with an empty key after another") {
    const auto whole = crypto::hmacSha256("key", "abcdef");
    CHECK(crypto::hmacSha256("key", {"ab", "", "cdef"}) == whole);
    CHECK(base::toHex(crypto::hmacSha256("", "")) ==
          "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    CHECK(base::toHex(crypto::hmacSha256(std::string_view{}, std::string_view{})) ==
          "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    CHECK(crypto::hmacSha256("key", "abcdef") == whole);
}

// RFC 5869, test cases 1 to 3.
TEST_CASE("HKDF-SHA-256 gives the key material of RFC 5869") {
    CHECK(base::toHex(crypto::hkdfSha256(std::string(22, '\x0b'), hex("f0f1f2f3f4f5f6f7f8f9"), 42,
                                         hex("000102030405060708090a0b0c"))) ==
          "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    std::string secret, salt, info;
    for (int i = 0; i < 80; ++i) {
        secret.push_back(static_cast<char>(i));
        salt.push_back(static_cast<char>(0x60 + i));
        info.push_back(static_cast<char>(0xb0 + i));
    }
    CHECK(base::toHex(crypto::hkdfSha256(secret, info, 82, salt)) ==
          "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
          "5e590e09"
          "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
    CHECK(base::toHex(crypto::hkdfSha256(std::string(22, '\x0b'), "", 42)) ==
          "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
    CHECK_THROWS(crypto::hkdfSha256("s", "i", 8161));
}

TEST_CASE("equal texts are equal, and any difference or other length is not") {
    CHECK(crypto::equalConstantTime("", ""));
    CHECK(crypto::equalConstantTime("abc", "abc"));
    CHECK_FALSE(crypto::equalConstantTime("abc", "abd"));
    CHECK_FALSE(crypto::equalConstantTime("abc", "xbc"));
    CHECK_FALSE(crypto::equalConstantTime("abc", "abcd"));
    CHECK_FALSE(crypto::equalConstantTime("", "a"));
}

TEST_CASE("a plugin gets the same primitives") {
    const sdk::Crypto& plugin = crypto::pluginCrypto();
    CHECK(plugin.hmacSha256("k", "d") == crypto::hmacSha256("k", "d"));
    CHECK(plugin.sha256("d") == crypto::sha256("d"));
    CHECK(plugin.hex("\x01\xff") == "01ff");
    CHECK(plugin.base64("f") == "Zg==");
    CHECK(plugin.decodeBase64("Zg==") == "f");
    CHECK_FALSE(plugin.decodeBase64("Z").has_value());
    CHECK(plugin.equal("a", "a"));
    CHECK_FALSE(plugin.equal("a", "b"));
}

namespace {

/// What OpenSSL holds, so that a test can look for what should not be there.
struct Heap {
    static constexpr std::size_t kHead = 16;
    static inline std::mutex mutex;
    static inline std::set<std::pair<char*, std::size_t>> blocks;
    static inline bool hooked = false;

    static void* allocate(std::size_t size, const char*, int) {
        auto* whole = static_cast<char*>(std::malloc(size + kHead));
        if (!whole) return nullptr;
        std::memcpy(whole, &size, sizeof size);
        const std::lock_guard lock(mutex);
        blocks.emplace(whole + kHead, size);
        return whole + kHead;
    }
    static void release(void* at, const char*, int) {
        if (!at) return;
        char* const block = static_cast<char*>(at);
        std::size_t size = 0;
        std::memcpy(&size, block - kHead, sizeof size);
        {
            const std::lock_guard lock(mutex);
            blocks.erase({block, size});
        }
        std::free(block - kHead);
    }
    static void* resize(void* at, std::size_t size, const char* file, int line) {
        void* const fresh = allocate(size, file, line);
        if (at && fresh) {
            std::size_t before = 0;
            std::memcpy(&before, static_cast<char*>(at) - kHead, sizeof before);
            std::memcpy(fresh, at, std::min(before, size));
            release(at, file, line);
        }
        return fresh;
    }
    static bool holds(std::string_view text) {
        const std::lock_guard lock(mutex);
        return std::ranges::any_of(blocks, [&](const auto& block) {
            return std::string_view(block.first, block.second).find(text) != std::string_view::npos;
        });
    }
};

// Before OpenSSL allocates anything.
const bool kHooked =
    (Heap::hooked = CRYPTO_set_mem_functions(Heap::allocate, Heap::resize, Heap::release) == 1);

}  // namespace

TEST_CASE("of a key that serves once nothing stays in the thread's contexts") {
    REQUIRE(kHooked);
    const std::string pepper = "the pepper, that is kept prepared";
    const std::string once = "a secret that a provider signs with";
    const auto kept = crypto::keptHmacSha256(pepper, {"a", "b"});
    CHECK(kept == crypto::hmacSha256(pepper, "ab"));
    CHECK(Heap::holds(pepper));  // so the test sees what there is
    crypto::hmacSha256(once, "body");
    CHECK_FALSE(Heap::holds(once));
    crypto::hkdfSha256(once, "info", 64, once);
    CHECK_FALSE(Heap::holds(once));
    CHECK(crypto::keptHmacSha256(pepper, {"a", "b"}) == kept);
    CHECK(crypto::keptHmacSha256("", {"ab"}) == crypto::hmacSha256("", "ab"));
    CHECK_FALSE(Heap::holds(pepper));  // another key took its place
}
