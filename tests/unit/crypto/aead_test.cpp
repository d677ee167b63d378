#include "crypto/aead.h"

#include "base/text.h"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace trusthub;

namespace {

std::string hex(std::string_view text) {
    return *base::fromHex(text);
}

/// Gives the bytes that it was made with, so that a published nonce can be used.
class FixedRandom final : public base::Random {
public:
    explicit FixedRandom(std::string bytes) : bytes_(std::move(bytes)) {}
    void fill(std::span<std::byte> out) override {
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(bytes_.at(i));
    }

private:
    std::string bytes_;
};

}  // namespace

// The GCM specification (McGrew and Viega), AES-256 test cases 13, 14 and 16.
TEST_CASE("AES-256-GCM gives the ciphertexts and tags of the GCM specification") {
    struct Vector {
        std::string key, nonce, plain, aad, sealed;
    };
    const std::string zeroKey(64, '0'), zeroNonce(24, '0');
    const Vector vectors[] = {{zeroKey, zeroNonce, "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
                              {zeroKey, zeroNonce, std::string(32, '0'), "",
                               "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
                              {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
                               "cafebabefacedbaddecaf888",
                               "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                               "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
                               "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                               "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                               "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                               "76fc6ece0f4e1768cddf8853bb2d551b"}};
    for (const Vector& v : vectors) {
        const SecretString key(hex(v.key));
        FixedRandom nonce(hex(v.nonce));
        const std::string sealed = crypto::seal(key, hex(v.plain), hex(v.aad), nonce);
        CHECK(base::toHex(sealed) == v.nonce + v.sealed);
        const auto opened = crypto::open(key, sealed, hex(v.aad));
        REQUIRE(opened);
        CHECK(base::toHex(*opened) == v.plain);
    }
}

TEST_CASE("every flipped bit of what was sealed or of its associated data refuses") {
    base::SeededRandom random(1);
    const SecretString key(random.bytes(32));
    const std::string sealed = crypto::seal(key, "the payload", "table/column/7", random);
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        std::string broken = sealed;
        broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << (bit % 8)));
        const auto opened = crypto::open(key, broken, "table/column/7");
        REQUIRE_FALSE(opened);
        CHECK(opened.error().detail == "sealed value does not open");
    }
    const std::string aad = "table/column/7";
    for (std::size_t bit = 0; bit < aad.size() * 8; ++bit) {
        std::string broken = aad;
        broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << (bit % 8)));
        REQUIRE_FALSE(crypto::open(key, sealed, broken));
    }
    CHECK(crypto::open(key, sealed, aad).value() == "the payload");
}

TEST_CASE("a cut, extended or foreign text does not open") {
    base::SeededRandom random(2);
    const SecretString key(random.bytes(32)), other(random.bytes(32));
    const std::string sealed = crypto::seal(key, "x", "", random);
    for (std::size_t size = 0; size < sealed.size(); ++size)
        REQUIRE_FALSE(crypto::open(key, std::string_view(sealed).substr(0, size), ""));
    CHECK_FALSE(crypto::open(key, sealed + "y", ""));
    CHECK_FALSE(crypto::open(other, sealed, ""));
}

TEST_CASE("the same text is sealed differently each time") {
    base::SeededRandom random(3);
    const SecretString key(random.bytes(32));
    CHECK(crypto::seal(key, "x", "a", random) != crypto::seal(key, "x", "a", random));
}

TEST_CASE("a key of another length is a broken invariant") {
    base::SeededRandom random(4);
    CHECK_THROWS(crypto::seal(SecretString("short"), "x", "", random));
    CHECK_THROWS((void)crypto::open(SecretString("short"), std::string(40, 'x'), ""));
}

TEST_CASE("any text opens to itself") {
    base::SystemRandom random;
    const SecretString key(random.bytes(32));
    CHECK(rc::check("open(seal(x)) == x", [&](const std::string& plain, const std::string& aad) {
        const auto opened = crypto::open(key, crypto::seal(key, plain, aad, random), aad);
        RC_ASSERT(opened.has_value());
        RC_ASSERT(*opened == plain);
    }));
}
