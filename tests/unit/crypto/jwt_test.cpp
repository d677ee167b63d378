#include "crypto/jwt.h"

#include "base/text.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using namespace std::chrono_literals;

namespace {

const TimePoint kNow = *parseTime("2026-01-15T10:00:00Z");

crypto::Ed25519KeyPair key() {
    return crypto::ed25519FromSeed(SecretString(std::string(32, 'k')));
}

crypto::TokenClaims claims() {
    return {"user-1", "session-1", kNow, kNow + 15min};
}

/// A token with any header and payload, signed properly.
std::string signedToken(std::string_view header, std::string_view payload) {
    const std::string input = base::toBase64Url(header) + "." + base::toBase64Url(payload);
    return input + "." + base::toBase64Url(crypto::signEd25519(key().seed, input));
}

bool accepted(std::string_view token, TimePoint now = kNow) {
    return crypto::verifyToken(token, key().publicKey, now).has_value();
}

constexpr std::string_view kHeader = R"({"alg":"EdDSA","typ":"JWT"})";
constexpr std::string_view kPayload =
    R"({"sub":"u","sid":"s","iat":1768471200,"exp":1768472100})";  // 10:00:00 to 10:15:00

}  // namespace

TEST_CASE("a token gives back its claims") {
    const std::string token = crypto::signToken(claims(), key());
    const auto read = crypto::verifyToken(token, key().publicKey, kNow + 1min);
    REQUIRE(read);
    CHECK(read->subject == "user-1");
    CHECK(read->sessionId == "session-1");
    CHECK(read->issuedAt == kNow);
    CHECK(read->expiresAt == kNow + 15min);
    CHECK(token.find('=') == std::string::npos);
}

TEST_CASE("a token ends at the second that it names") {
    CHECK(accepted(signedToken(kHeader, kPayload), kNow + 15min - 1ms));
    CHECK_FALSE(accepted(signedToken(kHeader, kPayload), kNow + 15min));
}

TEST_CASE("a token from the future is refused beyond a minute of clock difference") {
    CHECK(accepted(signedToken(kHeader, kPayload), kNow - 1min));
    CHECK_FALSE(accepted(signedToken(kHeader, kPayload), kNow - 1min - 1ms));
}

TEST_CASE("only EdDSA is taken, whatever the header asks for") {
    CHECK(accepted(signedToken(kHeader, kPayload)));
    for (const char* header :
         {R"({"alg":"none"})", R"({"alg":"HS256"})", R"({"typ":"JWT"})", R"({"alg":["EdDSA"]})",
          R"({"alg":"eddsa"})", R"({"alg":"EdDSA","crit":["exp"]})",
          R"({"alg":"EdDSA","alg":"none"})", "[]", "x", ""}) {
        INFO(header);
        CHECK_FALSE(accepted(signedToken(header, kPayload)));
    }
}

TEST_CASE("a token without one of its claims, or with one of another type, is refused") {
    for (const char* payload :
         {R"({"sid":"s","iat":1768471200,"exp":1768472100})",
          R"({"sub":"u","iat":1768471200,"exp":1768472100})",
          R"({"sub":"u","sid":"s","exp":1768472100})", R"({"sub":"u","sid":"s","iat":1768471200})",
          R"({"sub":"","sid":"s","iat":1768471200,"exp":1768472100})",
          R"({"sub":7,"sid":"s","iat":1768471200,"exp":1768472100})",
          R"({"sub":"u","sid":"s","iat":1768471200,"exp":"1768472100"})",
          R"({"sub":"u","sid":"s","iat":1768471200,"exp":9223372036854775807})",
          R"({"sub":"u","sid":"s","iat":-1,"exp":1768472100})",
          R"({"sub":"u","sid":"s","iat":1768471200,"exp":1e300})"}) {
        INFO(payload);
        CHECK_FALSE(accepted(signedToken(kHeader, payload)));
    }
}

TEST_CASE("a token with any changed character is refused") {
    const std::string token = crypto::signToken(claims(), key());
    for (std::size_t i = 0; i < token.size(); ++i) {
        std::string broken = token;
        broken[i] = broken[i] == 'A' ? 'B' : 'A';
        INFO(i);
        CHECK_FALSE(accepted(broken));
    }
}

TEST_CASE("what has not the form of a token is refused") {
    const std::string token = crypto::signToken(claims(), key());
    const std::string unsignedPart = token.substr(0, token.rfind('.'));
    for (const std::string& text :
         {std::string(), std::string("."), std::string(".."), unsignedPart, unsignedPart + ".",
          token + ".", token + "=", token + "." + token, std::string(100'000, 'a'), " " + token,
          std::string("a.b.") + std::string(86, 'A')}) {
        CHECK_FALSE(accepted(text));
    }
    CHECK_FALSE(
        crypto::verifyToken(
            token, crypto::ed25519FromSeed(SecretString(std::string(32, 'o'))).publicKey, kNow)
            .has_value());
}
