#include "outbound/signer.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "json/json.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

using namespace trusthub;
using namespace trusthub::outbound;

namespace {

// Standard Webhooks' own test vector; the second and third body computed with node's crypto.
constexpr const char* kKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const TimePoint kTime{std::chrono::seconds{1614265330}};
const TimePoint kNow{std::chrono::seconds{1736935200}};

SecretString secret(std::string text) {
    return SecretString(std::move(text));
}

Message message(std::string_view data) {
    return {"019b76da-a800-7000-8000-000000000001", "account.created",
            *parseTime("2025-01-15T10:00:00Z"), data};
}

std::string header(const SignedMessage& signedMessage, std::string_view name) {
    return std::string(signedMessage.headers.get(name));
}

/// As a receiver does it: cut the member off the raw text, then recompute.
std::string bodyWithoutSignature(const std::string& body) {
    const auto at = body.rfind(",\"signature\":\"");
    REQUIRE(at != std::string::npos);
    return body.substr(0, at) + "}";
}

}  // namespace

TEST_CASE("Standard Webhooks signatures equal the published vectors") {
    const auto [body, expected] = GENERATE(table<std::string, std::string>({
        {R"({"test": 2432232314})", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
        {"", "v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A="},
        {"{\"name\":\"caf\xC3\xA9 \xE2\x98\x95\",\"n\":1}",
         "v1,lbwV4nMgk1QEm1jLKYjzkym36CoO18in1FyMkGRSHsA="},
    }));
    CHECK(standardWebhooksSignature(secret(kKey), kId, kTime, body) == expected);
}

TEST_CASE("during a rotation both secrets sign, the newer first") {
    const std::string body = R"({"test": 2432232314})";
    const auto fresh = secret("whsec_TmV3U2VjcmV0QmFzZTY0RW5jb2RlZFN0cmluZzEyMw==");
    const auto previous = secret("whsec_T2xkU2VjcmV0QmFzZTY0RW5jb2RlZFN0cmluZzEyMw==");
    CHECK(standardWebhooksSignature(fresh, kId, kTime, body) ==
          "v1,9cxy/eA0c3KqTQTmV0DnaD9r4JGuESloRc3SMXVUpDI=");
    CHECK(standardWebhooksSignature(previous, kId, kTime, body) ==
          "v1,7eiv0gE/vm2W+vT8YgQ+YYY8Mcwa6Isdkd5pyF2RKhw=");

    const auto sent = sign(message("{}"), PayloadForm::Standard, {fresh, previous}, kNow);
    const std::string id(message("{}").id);
    CHECK(header(sent, "webhook-signature") ==
          standardWebhooksSignature(fresh, id, kNow, sent.body) + " " +
              standardWebhooksSignature(previous, id, kNow, sent.body));
}

TEST_CASE("what has room for one signature uses the old secret until the overlap ends") {
    const auto fresh = secret("the new secret, 32 bytes at least");
    const auto previous = secret("the old secret, 32 bytes at least");
    const auto sent = sign(message("{}"), PayloadForm::Standard, {fresh, previous}, kNow);
    const std::string covered = bodyWithoutSignature(sent.body);
    CHECK(sent.body.find(hubSignature(previous, covered)) != std::string::npos);
    CHECK(sent.body.find(hubSignature(fresh, covered)) == std::string::npos);
    CHECK(header(sent, "X-TrustHub-Signature-256") == hubSignature(previous, sent.body));
}

TEST_CASE("the hub's signature equals GitHub's published vector") {
    CHECK(hubSignature(secret("It's a Secret to Everybody"), "Hello, World!") ==
          "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
}

TEST_CASE("the standard payload has event, timestamp, data as it came, and signature last") {
    const std::string data = "{ \"n\":1.50, \"z\":1,\n \"a\":\"\\u00e9\" }";
    const auto key = secret(kKey);
    const auto sent = sign(message(data), PayloadForm::Standard, {key}, kNow);
    const std::string covered =
        R"({"event":"account.created","timestamp":"2025-01-15T10:00:00Z","data":)" + data + "}";
    CHECK(sent.body == covered.substr(0, covered.size() - 1) + ",\"signature\":\"" +
                           hubSignature(key, covered) + "\"}");
    CHECK(json::parse(sent.body));
}

TEST_CASE("the signature member is keyed with the secret as it is shown, not decoded") {
    const auto sent = sign(message("{}"), PayloadForm::Standard, {secret(kKey)}, kNow);
    const std::string expected =
        base::toHex(crypto::hmacSha256(kKey, bodyWithoutSignature(sent.body)));
    CHECK(sent.body.ends_with(",\"signature\":\"sha256=" + expected + "\"}"));
}

TEST_CASE("an endpoint of Standard Webhooks only gets the body without the signature member") {
    const auto sent = sign(message("[1]"), PayloadForm::StandardWebhooks, {secret(kKey)}, kNow);
    CHECK(sent.body ==
          R"({"event":"account.created","timestamp":"2025-01-15T10:00:00Z","data":[1]})");
    CHECK(header(sent, "webhook-signature") ==
          standardWebhooksSignature(secret(kKey), message("").id, kNow, sent.body));
}

TEST_CASE("an attempt carries the event's id and the time of the attempt") {
    const auto sent = sign(message("{}"), PayloadForm::Standard, {secret(kKey)}, kNow);
    CHECK(header(sent, "webhook-id") == message("").id);
    CHECK(header(sent, "webhook-id").find('.') == std::string::npos);
    CHECK(header(sent, "webhook-timestamp") == "1736935200");
    CHECK(header(sent, "Content-Type") == "application/json");
}

TEST_CASE("a secret of another form is used by its bytes") {
    const std::string raw = "an imported secret";
    CHECK(standardWebhooksSignature(secret(raw), "e1", kTime, "{}") ==
          "v1," + base::toBase64(crypto::hmacSha256(raw, "e1.1614265330.{}")));
}

TEST_CASE("a made secret is whsec_ and 32 bytes in base64") {
    base::SystemRandom random;
    const auto made = makeSecret(random);
    REQUIRE(made.reveal().starts_with("whsec_"));
    CHECK(base::fromBase64(made.reveal().substr(6))->size() == 32);
    CHECK(makeSecret(random).reveal() != made.reveal());
    CHECK(checkSecret(made));
}

TEST_CASE("a secret that is too short, too long, unprintable or falsely marked is refused") {
    CHECK(checkSecret(secret(std::string(16, 'x'))));
    CHECK(checkSecret(secret(std::string(256, 'x'))));
    const std::string bad = GENERATE(
        as<std::string>(), "", "fifteen letters", std::string(257, 'x'), "a secret with\n a line",
        "not utf-8 \xFF\xFE at all", "whsec_not*base64*at*all", "whsec_c2hvcnQgb25l");
    const auto checked = checkSecret(secret(bad));
    REQUIRE_FALSE(checked);
    CHECK(checked.error().fields.front().pointer == "/secret");
}
