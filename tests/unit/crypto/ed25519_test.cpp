#include "crypto/ed25519.h"

#include "base/text.h"

#include <catch2/catch.hpp>

using namespace trusthub;

namespace {

std::string hex(std::string_view text) {
    return *base::fromHex(text);
}

}  // namespace

// RFC 8032, section 7.1, tests 1 to 3.
TEST_CASE("Ed25519 gives the keys and signatures of RFC 8032") {
    struct Vector {
        const char *seed, *publicKey, *message, *signature;
    };
    for (const Vector& v : std::initializer_list<Vector>{
             {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
              "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
              "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
              "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
             {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
              "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
              "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
              "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
             {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
              "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
              "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
              "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"}}) {
        const auto pair = crypto::ed25519FromSeed(SecretString(hex(v.seed)));
        CHECK(base::toHex(pair.publicKey) == v.publicKey);
        CHECK(base::toHex(crypto::signEd25519(pair.seed, hex(v.message))) == v.signature);
        CHECK(crypto::verifyEd25519(hex(v.publicKey), hex(v.message), hex(v.signature)));
    }
}

TEST_CASE("a signature holds for its text and key only") {
    base::SeededRandom random(7);
    const auto pair = crypto::makeEd25519(random), other = crypto::makeEd25519(random);
    const std::string signature = crypto::signEd25519(pair.seed, "text");
    CHECK(crypto::verifyEd25519(pair.publicKey, "text", signature));
    CHECK_FALSE(crypto::verifyEd25519(pair.publicKey, "texu", signature));
    CHECK_FALSE(crypto::verifyEd25519(other.publicKey, "text", signature));
    for (std::size_t i = 0; i < signature.size(); ++i) {
        std::string broken = signature;
        broken[i] = static_cast<char>(broken[i] ^ 1);
        CHECK_FALSE(crypto::verifyEd25519(pair.publicKey, "text", broken));
    }
}

TEST_CASE("signatures and keys of a wrong length do not hold and do not throw") {
    base::SeededRandom random(8);
    const auto pair = crypto::makeEd25519(random);
    const std::string signature = crypto::signEd25519(pair.seed, "t");
    CHECK_FALSE(crypto::verifyEd25519(pair.publicKey, "t", ""));
    CHECK_FALSE(crypto::verifyEd25519(pair.publicKey, "t", signature + "x"));
    CHECK_FALSE(crypto::verifyEd25519("short", "t", signature));
    CHECK_FALSE(crypto::verifyEd25519("", "t", signature));
}

// RFC 8032, section 5.1.7: S must be below the group order, else a second signature exists for each
// text.
TEST_CASE("a signature whose S has the group order added is refused") {
    base::SeededRandom random(9);
    const auto pair = crypto::makeEd25519(random);
    std::string signature = crypto::signEd25519(pair.seed, "t");
    const std::string order =
        hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        const unsigned sum = static_cast<unsigned char>(signature[32 + i]) +
                             static_cast<unsigned char>(order[i]) + carry;
        signature[32 + i] = static_cast<char>(sum & 0xFF);
        carry = sum >> 8;
    }
    CHECK_FALSE(crypto::verifyEd25519(pair.publicKey, "t", signature));
}
