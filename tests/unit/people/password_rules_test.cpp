#include "people/password_rules.h"

#include <catch2/catch.hpp>

#include <string>

using namespace trusthub;

namespace {

/// Why it is refused; empty when it is taken.
std::string reason(const std::string& password, std::string_view email = "ada@example.com",
                   std::string_view name = "Ada Lovelace") {
    return people::faultOf(SecretString(password), email, name).value_or("");
}

bool says(const std::string& password, std::string_view part) {
    INFO(password);
    return reason(password).find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a password that nobody would guess is taken, whatever it is made of") {
    for (const char* password :
         {"correct horse battery staple", "a staple that no horse has seen", "a long password",
          "the smtp password", "tR7#kq!mZ2vx", "kzhwpvtnqxrb", "8305719264817",
          "\u043F\u0440\u0438\u0432\u0435\u0442 \u043C\u0438\u0440", "vier Fische im Teich",
          "ada was here today", "sunshine dragon football cheese"})
        CHECK(reason(password) == "");
}

TEST_CASE("a password has 12 to 1024 bytes of UTF-8") {
    CHECK(says("tR7#kq!mZ2v", "12 to 1024"));
    CHECK(says(std::string(1025, 'x'), "12 to 1024"));
    CHECK(says("tR7#kq!mZ2v\xFF", "UTF-8"));
}

TEST_CASE("a password of fewer than five different characters is refused") {
    CHECK(says("aaaaaaaaaaaa", "five different"));
    CHECK(says("AaAbBbCcCdDdAaDd", "five different"));
    CHECK(says("\u00E4\u00F6\u00FC\u00DF\u00E4\u00F6\u00FC\u00DF", "five different"));
}

TEST_CASE("a password that holds who it belongs to is refused") {
    const auto holds = [](const char* password, const char* email, const char* name) {
        return reason(password, email, name).starts_with("holds the ");
    };
    CHECK(holds("xk!Grace.Hopper/97", "grace.hopper@example.com", "G"));
    CHECK(holds("GRACE@example.com-kq7", "grace@example.com", "G"));
    CHECK(holds("zq admiral hopper zq", "g@example.com", "Admiral Hopper"));
    CHECK(holds("zq ZO\u00CB MAYER zq", "g@example.com", "Zo\u00EB Mayer"));
    CHECK_FALSE(holds("the ada in the zoo", "ada@example.com", "Ada"));
    CHECK_FALSE(holds("zq hopper alone zq", "g@example.com", "Admiral Hopper"));
}

TEST_CASE("the commonest passwords are refused, and what they are made longer by does not help") {
    for (const char* password :
         {"password1234",  "Password2026!",      "P@ssw0rd1234",     "passwordpassword1",
          "123456789012",  "qwertyuiop12",       "qwertyuiopasdf",   "1qaz2wsx3edc",
          "1q2w3e4r5t6y",  "zaq12wsxcde3",       "0987654321qwerty", "abcdefghijkl",
          "iloveyou1234",  "Welcome12345",       "letmein12345!",    "administrator1",
          "adminadmin123", "changeme2025!!",     "trusthub-2026",    "Summer2026!!!",
          "mypasswordis1", "Sunshine-Princess1", "qwertzuiop123",    "azertyuiop123"})
        CHECK(says(password, "commonest"));
    CHECK(says("kq!x7kq!x7kq!x7", "repeated"));
}
