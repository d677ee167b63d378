#include "gitlab/webhook.h"
#include "unit/plugins/fixtures.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using sdk::InboundSecretKind;
using test::fixture;

namespace {

struct Vector {
    const char* secret;
    const char* id;
    std::int64_t timestamp;
    const char* body;
    const char* signature;
};

// The first is published with the Standard Webhooks libraries; the second has GitLab's form of
// secret.
constexpr Vector kVectors[] = {
    {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
     R"({"test": 2432232314})", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
    {"whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=", "7bafea1a-a1bf-4948-9a37-3f912777dedc",
     1760000000, R"({"object_kind":"push"})", "v1,cU0QPh7izWjFCLSgkWlbSEQegsDusqXjwpYPJ3Zb7qQ="},
};
constexpr const Vector& kGitLab = kVectors[1];

struct GitLab {
    test::CountingCrypto crypto;
    sdk::testing::FakeHost host{crypto, json::pluginParser()};
    gitlab::Webhook source{host};

    static sdk::Headers headers(std::string event) {
        sdk::Headers headers;
        headers.add("X-Gitlab-Event", std::move(event));
        headers.add("Content-Type", "application/json");
        return headers;
    }
    static sdk::Headers signedAs(const Vector& vector, std::string signature) {
        sdk::Headers headers;
        headers.add("webhook-id", vector.id);
        headers.add("webhook-timestamp", std::to_string(vector.timestamp));
        headers.add("webhook-signature", std::move(signature));
        return headers;
    }
    static sdk::Headers withToken(std::string token) {
        sdk::Headers headers;
        headers.add("X-Gitlab-Token", std::move(token));
        return headers;
    }
    bool verify(const Vector& vector, const sdk::Headers& headers,
                const std::vector<sdk::InboundSecret>& secrets, std::int64_t late = 0) const {
        return source.verify({headers, vector.body, test::unixTime(vector.timestamp + late)},
                             secrets);
    }
    sdk::InboundIdentity identify(const std::string& body, const sdk::Headers& headers) const {
        auto identity = source.identify({headers, body, test::unixTime(0)});
        REQUIRE(identity);
        return *std::move(identity);
    }
    sdk::InboundEvent translate(const std::string& event, const std::string& name) const {
        auto result =
            source.translate(identify(fixture("gitlab/" + name + ".json"), headers(event)));
        REQUIRE(result);
        return *std::move(result);
    }
};

sdk::InboundSecret signing(const std::string& text) {
    return test::secretOf(InboundSecretKind::Signing, text);
}
sdk::InboundSecret token(const std::string& text) {
    return test::secretOf(InboundSecretKind::Token, text);
}

}  // namespace

TEST_CASE("published Standard Webhooks signatures verify with the decoded secret", "[gitlab]") {
    const GitLab gitlab;
    for (const Vector& vector : kVectors) {
        const auto headers = GitLab::signedAs(vector, vector.signature);
        CHECK(gitlab.verify(vector, headers, {signing(vector.secret)}));
        CHECK(gitlab.verify(vector, headers, {signing("whsec_AAAA"), signing(vector.secret)}));
        CHECK_FALSE(gitlab.verify(vector, headers, {signing("whsec_AAAA")}));
        Vector tampered = vector;
        tampered.body = R"({"object_kind":"tag_push"})";
        CHECK_FALSE(gitlab.verify(tampered, headers, {signing(vector.secret)}));
    }
}

TEST_CASE("a signature is good for 300 seconds to both sides and no longer", "[gitlab]") {
    const GitLab gitlab;
    const auto headers = GitLab::signedAs(kGitLab, kGitLab.signature);
    const std::vector<sdk::InboundSecret> secrets{signing(kGitLab.secret)};
    CHECK(gitlab.verify(kGitLab, headers, secrets, 300));
    CHECK(gitlab.verify(kGitLab, headers, secrets, -300));
    CHECK_FALSE(gitlab.verify(kGitLab, headers, secrets, 301));
    CHECK_FALSE(gitlab.verify(kGitLab, headers, secrets, -301));
}

TEST_CASE("a list of signatures verifies by any v1 and skips other versions", "[gitlab]") {
    const GitLab gitlab;
    const std::vector<sdk::InboundSecret> secrets{signing(kGitLab.secret)};
    const std::string good = kGitLab.signature;
    const std::string bad = kVectors[0].signature;
    const auto verify = [&](const std::string& list) {
        return gitlab.verify(kGitLab, GitLab::signedAs(kGitLab, list), secrets);
    };
    CHECK(verify(bad + " " + good));
    CHECK(verify("v1a,AAAA v2,x " + good + " v9"));
    CHECK_FALSE(verify("v2," + good.substr(3)));
    CHECK_FALSE(verify(bad));
    CHECK_FALSE(verify(""));
    CHECK_FALSE(verify("v1,"));
    CHECK_FALSE(verify("v1,!!!"));
}

TEST_CASE("the wrong id, a time that is no number or a second header refuse", "[gitlab]") {
    const GitLab gitlab;
    const std::vector<sdk::InboundSecret> secrets{signing(kGitLab.secret)};
    auto headers = GitLab::signedAs(kGitLab, kGitLab.signature);
    headers.set("webhook-id", "another");
    CHECK_FALSE(gitlab.verify(kGitLab, headers, secrets));
    headers = GitLab::signedAs(kGitLab, kGitLab.signature);
    headers.set("webhook-timestamp", "1760000000 ");
    CHECK_FALSE(gitlab.verify(kGitLab, headers, secrets));
    headers = GitLab::signedAs(kGitLab, kGitLab.signature);
    headers.add("webhook-id", kGitLab.id);
    CHECK_FALSE(gitlab.verify(kGitLab, headers, secrets));
}

TEST_CASE("a token verifies an unsigned delivery", "[gitlab]") {
    const GitLab gitlab;
    const auto headers = GitLab::withToken("s3cret");
    CHECK(gitlab.verify(kGitLab, headers, {token("s3cret")}));
    CHECK(gitlab.verify(kGitLab, headers, {token("new"), token("s3cret")}));
    CHECK_FALSE(gitlab.verify(kGitLab, headers, {token("s3cre")}));
    CHECK_FALSE(gitlab.verify(kGitLab, headers, {token("s3cret1")}));
    CHECK_FALSE(gitlab.verify(kGitLab, headers, {}));
    CHECK_FALSE(gitlab.verify(kGitLab, sdk::Headers{}, {token("")}));
    CHECK_FALSE(gitlab.verify(kGitLab, GitLab::withToken(""), {token("")}));
}

TEST_CASE("a signature that fails is never rescued by the token", "[gitlab]") {
    const GitLab gitlab;
    auto headers = GitLab::signedAs(kGitLab, kVectors[0].signature);
    headers.add("X-Gitlab-Token", "s3cret");
    CHECK_FALSE(gitlab.verify(kGitLab, headers, {token("s3cret")}));
    CHECK_FALSE(gitlab.verify(kGitLab, headers, {signing(kGitLab.secret), token("s3cret")}));
    headers.set("webhook-signature", "");
    CHECK_FALSE(gitlab.verify(kGitLab, headers, {token("s3cret")}));
}

TEST_CASE("once there is a signing secret an unsigned delivery is refused", "[gitlab]") {
    const GitLab gitlab;
    const auto headers = GitLab::withToken("s3cret");
    CHECK_FALSE(gitlab.verify(kGitLab, headers, {token("s3cret"), signing(kGitLab.secret)}));
    // The signing secret itself is no token either.
    CHECK_FALSE(
        gitlab.verify(kGitLab, GitLab::withToken(kGitLab.secret), {signing(kGitLab.secret)}));
    // And a token's text is no key of signatures.
    CHECK_FALSE(gitlab.verify(kGitLab, GitLab::signedAs(kGitLab, kGitLab.signature),
                              {token(kGitLab.secret)}));
}

TEST_CASE("every way to refuse a GitLab delivery takes the same HMACs over the body", "[gitlab]") {
    const GitLab gitlab;
    const auto work = [&](const sdk::Headers& headers,
                          const std::vector<sdk::InboundSecret>& secrets) {
        gitlab.crypto.hmacs = 0;
        gitlab.crypto.hmacBytes = 0;
        static_cast<void>(gitlab.verify(kGitLab, headers, secrets));
        CHECK(gitlab.crypto.hmacBytes >=
              gitlab.crypto.hmacs * std::string_view(kGitLab.body).size());
        return gitlab.crypto.hmacs.load();
    };
    const auto good = GitLab::signedAs(kGitLab, kGitLab.signature);
    CHECK(work(sdk::Headers{}, {}) == 1);
    CHECK(work(good, {}) == 1);
    CHECK(work(good, {signing(kGitLab.secret)}) == 1);
    CHECK(work(sdk::Headers{}, {signing(kGitLab.secret)}) == 1);
    CHECK(work(GitLab::withToken("a"), {token("a")}) == 1);
    CHECK(work(good, {signing("not base64!"), token("b"), signing(kGitLab.secret)}) == 3);
}

TEST_CASE("the delivery id is what GitLab keeps over its retries", "[gitlab]") {
    const GitLab gitlab;
    const std::string body = fixture("gitlab/push.json");
    auto headers = GitLab::headers("Push Hook");
    headers.add("X-Gitlab-Webhook-UUID", "new-each-attempt");
    headers.add("X-Gitlab-Event-UUID", "shared-by-hooks");
    const std::string digest = gitlab.identify(body, headers).deliveryId;
    CHECK(digest.starts_with("sha256:"));
    CHECK(digest.size() == 7 + 64);
    CHECK(gitlab.identify(body, GitLab::headers("Push Hook")).deliveryId == digest);
    CHECK(gitlab.identify(body, GitLab::headers("Tag Push Hook")).deliveryId != digest);
    headers.add("Idempotency-Key", "key-1");
    CHECK(gitlab.identify(body, headers).deliveryId == "key-1");
    headers.add("webhook-id", "id-1");
    CHECK(gitlab.identify(body, headers).deliveryId == "id-1");
}

TEST_CASE("the same commit pushed to two branches gives two delivery ids", "[gitlab]") {
    const GitLab gitlab;
    const auto headers = GitLab::headers("Push Hook");
    CHECK(gitlab.identify(R"({"ref":"refs/heads/a","checkout_sha":"x"})", headers).deliveryId !=
          gitlab.identify(R"({"ref":"refs/heads/b","checkout_sha":"x"})", headers).deliveryId);
}

TEST_CASE("a GitLab delivery names its project in every spelling", "[gitlab]") {
    const GitLab gitlab;
    const auto headers = GitLab::headers("Merge Request Hook");
    const auto identity = gitlab.identify(fixture("gitlab/merge_request_open_fork.json"), headers);
    CHECK(identity.repositoryUrls ==
          std::vector<std::string>{"https://gitlab.example.com/shop/ledger.git",
                                   "git@gitlab.example.com:shop/ledger.git",
                                   "https://gitlab.example.com/shop/ledger"});
    const auto user =
        gitlab.identify(fixture("gitlab/system_user_create.json"), GitLab::headers("System Hook"));
    CHECK(user.repositoryUrls.empty());
}

TEST_CASE("unreadable GitLab deliveries are refused by kind", "[gitlab]") {
    const GitLab gitlab;
    const auto kindOf = [&](const std::string& body, const sdk::Headers& headers) {
        const auto identity = gitlab.source.identify({headers, body, test::unixTime(0)});
        REQUIRE_FALSE(identity);
        return identity.error().kind;
    };
    auto form = GitLab::headers("Push Hook");
    form.set("Content-Type", "application/x-www-form-urlencoded");
    CHECK(kindOf("{}", form) == ErrorKind::UnsupportedMediaType);
    CHECK(kindOf("null", GitLab::headers("Push Hook")) == ErrorKind::BadRequest);
    CHECK(kindOf("{\"a\"", GitLab::headers("Push Hook")) == ErrorKind::BadRequest);
    CHECK(kindOf("{}", sdk::Headers{}) == ErrorKind::InvalidInput);
}

TEST_CASE("GitLab pushes keep their total of commits and deletions are seen", "[gitlab]") {
    const GitLab gitlab;
    const auto push = std::get<sdk::RepositoryPush>(gitlab.translate("Push Hook", "push"));
    CHECK(push.ref == "refs/heads/main");
    CHECK(push.after == "a94d5be7c1320f6e8d7b4c59a0e1f2d3b6c7a812");
    CHECK(push.commitsCount == 23);
    CHECK_FALSE(push.deleted);
    const auto tag = std::get<sdk::RepositoryPush>(gitlab.translate("Tag Push Hook", "tag_push"));
    CHECK(tag.ref == "refs/tags/v2.4.0");
    CHECK_FALSE(tag.deleted);
    CHECK(std::get<sdk::RepositoryPush>(gitlab.translate("Push Hook", "branch_delete")).deleted);
}

TEST_CASE("a merge request scans when its code changed and only then", "[gitlab]") {
    const GitLab gitlab;
    const auto merge = [&](const std::string& name) {
        return std::get<sdk::RepositoryPullRequest>(gitlab.translate("Merge Request Hook", name));
    };
    const auto open = merge("merge_request_open");
    CHECK(open.number == 37);
    CHECK(open.action == "open");
    CHECK(open.ref == "refs/merge-requests/37/head");
    CHECK(open.head == "a94d5be7c1320f6e8d7b4c59a0e1f2d3b6c7a812");
    CHECK(open.base == "main");
    CHECK(open.scans);
    CHECK_FALSE(open.fork);
    CHECK(merge("merge_request_open_fork").fork);
    CHECK(merge("merge_request_update_code").scans);
    CHECK_FALSE(merge("merge_request_update_label").scans);
    CHECK_FALSE(merge("merge_request_merge").scans);
}

TEST_CASE("system hooks mean what their payload says", "[gitlab]") {
    const GitLab gitlab;
    CHECK(std::get<sdk::RepositoryPush>(gitlab.translate("System Hook", "system_push"))
              .commitsCount == 3);
    CHECK(std::get<sdk::RepositoryPullRequest>(
              gitlab.translate("System Hook", "system_merge_request"))
              .scans);
    CHECK(std::get<sdk::Ignored>(gitlab.translate("System Hook", "system_user_create")).reason ==
          "event not used");
}

TEST_CASE("notes and pipelines are accepted and ignored", "[gitlab]") {
    const GitLab gitlab;
    CHECK(std::holds_alternative<sdk::Ignored>(gitlab.translate("Note Hook", "note")));
    CHECK(std::holds_alternative<sdk::Ignored>(gitlab.translate("Pipeline Hook", "pipeline")));
}

TEST_CASE("a GitLab push whose members do not fit names all of them", "[gitlab]") {
    const GitLab gitlab;
    const auto event = gitlab.source.translate(
        gitlab.identify(R"({"object_kind":"push"})", GitLab::headers("Push Hook")));
    REQUIRE_FALSE(event);
    CHECK(event.error().kind == ErrorKind::InvalidInput);
    CHECK(event.error().fields.size() == 3);
}
