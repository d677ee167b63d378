#include "crypto/sealed_box.h"

#include <catch2/catch.hpp>

using namespace trusthub::crypto;

TEST_CASE("a sealed box opens with the receiver's key pair only") {
    const auto receiver = makeBoxKeyPair();
    const auto sealed = sealTo(receiver.publicKey, "a secret");
    REQUIRE(sealed);
    CHECK(sealed->find("a secret") == std::string::npos);
    const auto opened = openSealed(receiver, *sealed);
    REQUIRE(opened);
    CHECK(opened->reveal() == "a secret");
    CHECK_FALSE(openSealed(makeBoxKeyPair(), *sealed));
}

TEST_CASE("a sealed box that was changed or cut does not open") {
    const auto receiver = makeBoxKeyPair();
    auto sealed = *sealTo(receiver.publicKey, "a secret");
    CHECK_FALSE(openSealed(receiver, std::string_view(sealed).substr(0, 40)));
    sealed.back() = static_cast<char>(sealed.back() ^ 1);
    CHECK_FALSE(openSealed(receiver, sealed));
}

TEST_CASE("what is no public key is refused") {
    CHECK_FALSE(sealTo("short", "a secret"));
    CHECK_FALSE(sealTo(std::string(32, '\0'), "a secret"));  // of low order
}
