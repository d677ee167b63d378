#include "crypto/ecdsa.h"

#include "base/text.h"

#include <catch2/catch.hpp>

#include <string>

using namespace trusthub;

namespace {

// The sample of GitHub's documentation of its secret scanning partner programme, and the key that
// https://api.github.com/meta/public_keys/secret_scanning answers for the identifier in it
// (f9525bf080f75b3506ca1ead061add62b8633a346606dc5fe544e29231c6ee0d).
const std::string kKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsz9ugWDj5jK5ELBK42ynytbo38gP\n"
    "HzZFI03Exwz8Lh/tCfL3YxwMdLjB+bMznsanlhK0RwcGP3IDb34kQDIo3Q==\n"
    "-----END PUBLIC KEY-----";
const std::string kBody =
    R"([{"token":"some_token","type":"some_type","url":"some_url","source":"some_source"}])";
const std::string kSignature = *base::fromBase64(
    "MEUCIFLZzeK++IhS+y276SRk2Pe5LfDrfvTXu6iwKKcFGCrvAiEAhHN2kDOhy2I6eGkOFmxNkOJ+L2y8oQ9A2T9GGJo6"
    "WJY=");

}  // namespace

TEST_CASE("GitHub's published sample verifies") {
    CHECK(crypto::verifyEcdsaP256(kKey, kBody, kSignature));
    CHECK(crypto::checkEcdsaP256Key(kKey));
}

TEST_CASE("another body, signature or key does not verify") {
    CHECK_FALSE(crypto::verifyEcdsaP256(kKey, kBody + "\n", kSignature));
    CHECK_FALSE(crypto::verifyEcdsaP256(kKey, kBody, ""));
    CHECK_FALSE(crypto::verifyEcdsaP256(kKey, kBody, kSignature.substr(1)));
    CHECK_FALSE(crypto::verifyEcdsaP256("", kBody, kSignature));
    CHECK_FALSE(crypto::verifyEcdsaP256("-----BEGIN PUBLIC KEY-----\nAA==\n", kBody, kSignature));
    for (std::size_t i = 0; i < kSignature.size(); ++i) {
        std::string changed = kSignature;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        CHECK_FALSE(crypto::verifyEcdsaP256(kKey, kBody, changed));
    }
}

TEST_CASE("a key of another kind is refused") {
    const std::string ed25519 =
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
        "-----END PUBLIC KEY-----\n";
    CHECK_FALSE(crypto::checkEcdsaP256Key(ed25519));
    CHECK_FALSE(crypto::verifyEcdsaP256(ed25519, kBody, kSignature));
}
