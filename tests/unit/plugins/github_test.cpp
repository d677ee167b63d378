#include "github/webhook.h"
#include "unit/plugins/fixtures.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using sdk::InboundSecretKind;
using test::fixture;

namespace {

// Published by GitHub under "Validating webhook deliveries".
constexpr const char* kSecret = "It's a Secret to Everybody";
constexpr const char* kHello = "Hello, World!";
constexpr const char* kHelloMac =
    "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
// The same secret over a body as GitHub's default content type sends it.
constexpr const char* kForm = "payload=%7B%22zen%22%3A%22Design+for+failure.%22%7D";
constexpr const char* kFormMac =
    "sha256=204d797ad96e6bd9be987b4c99a10c252648a20d64bdf6ce12cc0687e3e29ce9";

struct GitHub {
    test::CountingCrypto crypto;
    sdk::testing::FakeHost host{crypto, json::pluginParser()};
    github::Webhook source{host};

    static sdk::Headers headers(std::string event, std::string type = "application/json") {
        sdk::Headers headers;
        headers.add("X-GitHub-Event", std::move(event));
        headers.add("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958");
        headers.add("Content-Type", std::move(type));
        return headers;
    }
    auto identify(const std::string& body, const sdk::Headers& headers) const {
        return source.identify({headers, body, host_now()});
    }
    bool verify(const std::string& body, const std::string& signature,
                const std::vector<std::string>& secrets) const {
        sdk::Headers headers;
        headers.add("X-Hub-Signature-256", signature);
        std::vector<sdk::InboundSecret> list;
        for (const auto& text : secrets)
            list.push_back(test::secretOf(InboundSecretKind::Token, text));
        return source.verify({headers, body, host_now()}, list);
    }
    sdk::Result<sdk::InboundEvent> translate(const std::string& event,
                                             const std::string& body) const {
        auto identity = identify(body, headers(event));
        REQUIRE(identity);
        return source.translate(*identity);
    }
    static sdk::TimePoint host_now() { return test::unixTime(1'736'935'200); }
};

}  // namespace

TEST_CASE("GitHub's published signature verifies over the raw body", "[github]") {
    const GitHub github;
    CHECK(github.verify(kHello, kHelloMac, {kSecret}));
    CHECK_FALSE(github.verify("Hello, World! ", kHelloMac, {kSecret}));
    CHECK_FALSE(github.verify(kHello, kHelloMac, {"It's another secret"}));
}

TEST_CASE("a form's signature covers the encoded body and its payload is decoded once",
          "[github]") {
    const GitHub github;
    CHECK(github.verify(kForm, kFormMac, {kSecret}));
    const auto identity = github.identify(
        kForm, GitHub::headers("ping", "application/x-www-form-urlencoded; charset=utf-8"));
    REQUIRE(identity);
    CHECK(identity->payload.root()["zen"].string() == "Design for failure.");
    CHECK(github::formMember("payload=%2525", "payload") == "%25");
}

TEST_CASE("a form without exactly one readable payload is refused", "[github]") {
    const GitHub github;
    for (const char* body : {"", "payload", "payload=%7", "payload=%zz", "payload={}&payload={}",
                             "other={}", "Payload={}"}) {
        const auto identity =
            github.identify(body, GitHub::headers("push", "application/x-www-form-urlencoded"));
        REQUIRE_FALSE(identity);
        CHECK(identity.error().kind == ErrorKind::BadRequest);
    }
}

TEST_CASE("every secret is tried, so that a rotation loses no delivery", "[github]") {
    const GitHub github;
    CHECK(github.verify(kHello, kHelloMac, {"new", kSecret, "older"}));
    CHECK(github.verify(kHello, kHelloMac, {kSecret, "older"}));
    CHECK_FALSE(github.verify(kHello, kHelloMac, {"new", "older"}));
}

TEST_CASE("malformed signatures and empty secrets never verify", "[github]") {
    const GitHub github;
    const std::string hex = std::string(kHelloMac).substr(7);
    for (const std::string& bad :
         {std::string(), hex, "sha1=" + hex, "SHA256=" + hex, "sha256=" + hex.substr(1),
          "sha256=" + hex + "0", "sha256= " + hex.substr(1), "sha256=" + std::string(64, 'g'),
          "sha256=" + std::string(64, '0')})
        CHECK_FALSE(github.verify(kHello, bad, {kSecret}));
    const std::string underEmpty =
        "sha256=" + github.crypto.hex(github.crypto.hmacSha256("", kHello));
    CHECK_FALSE(github.verify(kHello, underEmpty, {""}));
    const std::string underThrowAway = "sha256=" + github.crypto.hex(github.crypto.hmacSha256(
                                                       "no secret is configured here", kHello));
    CHECK_FALSE(github.verify(kHello, underThrowAway, {""}));
    CHECK_FALSE(github.verify(kHello, underThrowAway, {}));
}

TEST_CASE("two signature headers make a delivery ambiguous and refused", "[github]") {
    const GitHub github;
    sdk::Headers headers;
    headers.add("X-Hub-Signature-256", kHelloMac);
    headers.add("x-hub-signature-256", kHelloMac);
    const std::vector<sdk::InboundSecret> secrets{
        test::secretOf(InboundSecretKind::Token, kSecret)};
    CHECK_FALSE(github.source.verify({headers, kHello, GitHub::host_now()}, secrets));
}

TEST_CASE("a refusal takes as many HMACs over the body as an acceptance", "[github]") {
    const GitHub github;
    const auto work = [&](const std::string& signature, const std::vector<std::string>& secrets) {
        github.crypto.hmacs = 0;
        github.crypto.hmacBytes = 0;
        static_cast<void>(github.verify(kHello, signature, secrets));
        CHECK(github.crypto.hmacBytes == github.crypto.hmacs * std::string(kHello).size());
        return github.crypto.hmacs.load();
    };
    CHECK(work(kHelloMac, {}) == 1);
    CHECK(work("", {}) == 1);
    CHECK(work("nonsense", {kSecret}) == 1);
    CHECK(work(kHelloMac, {kSecret}) == 1);
    CHECK(work(kHelloMac, {kSecret, "b", "c"}) == 3);
    CHECK(work(kHelloMac, {"a", "b", kSecret}) == 3);
}

TEST_CASE("a delivery without X-GitHub-Event is refused by that name", "[github]") {
    const GitHub github;
    sdk::Headers headers;
    headers.add("Content-Type", "application/json");
    const auto identity = github.identify("{}", headers);
    REQUIRE_FALSE(identity);
    CHECK(identity.error().kind == ErrorKind::InvalidInput);
    CHECK(identity.error().detail.find("X-GitHub-Event") != std::string::npos);
}

TEST_CASE("other content types and unreadable bodies are told apart", "[github]") {
    const GitHub github;
    const auto kindOf = [&](const std::string& body, const std::string& type) {
        const auto identity = github.identify(body, GitHub::headers("push", type));
        REQUIRE_FALSE(identity);
        return identity.error().kind;
    };
    CHECK(kindOf("{}", "text/plain") == ErrorKind::UnsupportedMediaType);
    CHECK(kindOf("{}", "") == ErrorKind::UnsupportedMediaType);
    CHECK(kindOf("{", "application/json") == ErrorKind::BadRequest);
    CHECK(kindOf("[]", "application/json") == ErrorKind::BadRequest);
    CHECK(kindOf("{\"a\":1,\"a\":2}", "application/json") == ErrorKind::BadRequest);
}

TEST_CASE("a GitHub delivery names its repository in every spelling but the API's", "[github]") {
    const GitHub github;
    const auto push = github.identify(fixture("github/push.json"), GitHub::headers("push"));
    REQUIRE(push);
    CHECK(push->event == "push");
    CHECK(push->deliveryId == "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    CHECK(push->repositoryUrls == std::vector<std::string>{"https://github.com/shop/ledger.git",
                                                           "https://github.com/shop/ledger",
                                                           "git@github.com:shop/ledger.git",
                                                           "git://github.com/shop/ledger.git"});
    const auto ping =
        github.identify(fixture("github/ping_organization.json"), GitHub::headers("ping"));
    REQUIRE(ping);
    CHECK(ping->repositoryUrls.empty());
}

TEST_CASE("a GitHub push becomes a repository push", "[github]") {
    const GitHub github;
    const auto event = github.translate("push", fixture("github/push.json"));
    REQUIRE(event);
    const auto& push = std::get<sdk::RepositoryPush>(*event);
    CHECK(push.ref == "refs/heads/main");
    CHECK(push.before == "3f1c9a52be0d47a6c8e1f04b7d29a35c6e8b1f07");
    CHECK(push.after == "a94d5be7c1320f6e8d7b4c59a0e1f2d3b6c7a812");
    CHECK_FALSE(push.deleted);
    CHECK(push.commitsCount == 2);
}

TEST_CASE("a deleted branch of GitHub is a push that deletes", "[github]") {
    const GitHub github;
    const auto event = github.translate("push", fixture("github/branch_delete.json"));
    REQUIRE(event);
    CHECK(std::get<sdk::RepositoryPush>(*event).deleted);
    // Without the flag the zeros say it.
    const auto bare =
        github.translate("push", R"({"ref":"refs/heads/x","before":")" + std::string(40, 'a') +
                                     R"(","after":")" + std::string(40, '0') + R"("})");
    REQUIRE(bare);
    CHECK(std::get<sdk::RepositoryPush>(*bare).deleted);
}

TEST_CASE("an opened or pushed-to pull request scans, a labelled one does not", "[github]") {
    const GitHub github;
    const auto pull = [&](const std::string& name) {
        const auto event = github.translate("pull_request", fixture("github/" + name + ".json"));
        REQUIRE(event);
        return std::get<sdk::RepositoryPullRequest>(*event);
    };
    const auto opened = pull("pull_request_opened");
    CHECK(opened.number == 37);
    CHECK(opened.action == "opened");
    CHECK(opened.ref == "refs/pull/37/head");
    CHECK(opened.head == "a94d5be7c1320f6e8d7b4c59a0e1f2d3b6c7a812");
    CHECK(opened.base == "main");
    CHECK_FALSE(opened.fork);
    CHECK(opened.scans);
    const auto pushed = pull("pull_request_synchronize_fork");
    CHECK(pushed.fork);
    CHECK(pushed.scans);
    const auto labeled = pull("pull_request_labeled_fork_gone");
    CHECK(labeled.fork);
    CHECK_FALSE(labeled.scans);
}

TEST_CASE("pings and unused events of GitHub are accepted and ignored", "[github]") {
    const GitHub github;
    const auto ping = github.translate("ping", fixture("github/ping_organization.json"));
    REQUIRE(ping);
    CHECK(std::get<sdk::Ignored>(*ping).reason == "ping");
    const auto star = github.translate("star", "{}");
    REQUIRE(star);
    CHECK(std::get<sdk::Ignored>(*star).reason == "event not used");
}

TEST_CASE("a push whose members are missing or of another kind names all of them", "[github]") {
    const GitHub github;
    const auto event = github.translate(
        "push", R"({"ref":"--upload-pack=x","before":5,"after":"DEADBEEF","repository":{}})");
    REQUIRE_FALSE(event);
    CHECK(event.error().kind == ErrorKind::InvalidInput);
    REQUIRE(event.error().fields.size() == 3);
    CHECK(event.error().fields[0].pointer == "/ref");
    CHECK(event.error().fields[1].pointer == "/before");
    CHECK(event.error().fields[2].pointer == "/after");
    CHECK_FALSE(github.translate("pull_request", "{}"));
}
