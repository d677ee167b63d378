#include "crypto/password.h"

#include <catch2/catch.hpp>

using namespace trusthub;

namespace {

constexpr crypto::Argon2Cost kCheap{.memoryKiB = 64, .passes = 1, .lanes = 1};

}  // namespace

TEST_CASE("a password holds against its own hash only") {
    base::SeededRandom random(1);
    const std::string hash = crypto::hashPassword(SecretString("correct horse"), kCheap, random);
    CHECK(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
    CHECK(crypto::verifyPassword(SecretString("correct horse"), hash));
    CHECK_FALSE(crypto::verifyPassword(SecretString("correct horsf"), hash));
    CHECK_FALSE(crypto::verifyPassword(SecretString(""), hash));
}

TEST_CASE("equal passwords have different hashes") {
    base::SeededRandom random(2);
    CHECK(crypto::hashPassword(SecretString("x"), kCheap, random) !=
          crypto::hashPassword(SecretString("x"), kCheap, random));
}

// From the reference implementation's test.c (phc-winner-argon2), Argon2id version 19.
TEST_CASE("a hash of the reference implementation holds") {
    const char* hash =
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    CHECK(crypto::verifyPassword(SecretString("password"), hash));
    CHECK_FALSE(crypto::verifyPassword(SecretString("passwore"), hash));
}

TEST_CASE("the default cost is OWASP's minimum") {
    base::SeededRandom random(3);
    CHECK(crypto::hashPassword(SecretString("x"), {}, random)
              .starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

TEST_CASE("a text that is no hash, or asks for too much, does not hold") {
    for (const char* text :
         {"", "plain", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=64,t=1,p=1$",
          "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
          "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
          "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$"
          "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
          "$argon2id$v=19$m=64,t=4000000000,p=1$c29tZXNhbHQ$"
          "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
          "$argon2id$v=19$m=64,t=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"}) {
        INFO(text);
        CHECK_FALSE(crypto::verifyPassword(SecretString("password"), text));
    }
    CHECK_FALSE(crypto::verifyPassword(SecretString("p"), std::string(100'000, '$')));
}
