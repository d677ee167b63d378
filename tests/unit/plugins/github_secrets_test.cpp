#include "github/secrets.h"
#include "unit/plugins/fixtures.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using sdk::HttpResponse;
using sdk::SecretTarget;

namespace {

// The example key of GitHub's documentation.
constexpr const char* kKey = "hBT5WZEj8ZoOv6TYJsfWq7MxTEQopZO5/IT3ZCVQPzs=";
constexpr const char* kToken = "github_pat_0123456789";
const SecretTarget kRepository{"octocat/hello-world", {}, {}, {}, "TRUSTHUB_API_KEY"};
const SecretTarget kOrganization{{}, {}, "octo-org", "private", "TRUSTHUB_API_KEY"};

sdk::Settings settings(std::string api = "https://api.github.com") {
    return sdk::Settings({{"api_url", std::move(api)}});
}

std::string keyAnswer(const std::string& id = "012345678912345678") {
    return R"({"key_id":")" + id + R"(","key":")" + kKey + R"("})";
}

struct GitHub {
    sdk::testing::FakeHost host;
    github::ActionsSecrets secrets{host};

    explicit GitHub(sdk::Settings with = settings())
        : host(crypto::pluginCrypto(), json::pluginParser(), std::move(with)) {
        host.secrets().set("token", kToken);
    }
    std::string place(const SecretTarget& target) {
        const auto before = host.http().requests().size();
        host.http().answer(200, keyAnswer());
        REQUIRE(secrets.publicKey(target));
        return host.http().requests().at(before).url;
    }
    Error refusal(int status, std::string body = "{}",
                  std::vector<sdk::Headers::Field> headers = {}) {
        sdk::Headers list;
        for (auto& [name, value] : headers) list.add(name, value);
        host.http().answer(status, std::move(body), std::move(list));
        const auto put = secrets.put(kRepository, {"1", "box"});
        REQUIRE_FALSE(put);
        CHECK(put.error().providerStatus == status);
        return put.error();
    }
};

std::string faultOf(const SecretTarget& target) {
    GitHub github;
    const auto checked = github.secrets.check(target);
    CHECK(github.host.http().requests().empty());
    return checked ? std::string("none") : checked.error().fields.front().pointer;
}

}  // namespace

TEST_CASE("a repository's key is asked for as GitHub documents it", "[github]") {
    GitHub github;
    github.host.http().answer(200, keyAnswer());
    const auto key = github.secrets.publicKey(kRepository);
    REQUIRE(key);
    CHECK(key->id == "012345678912345678");
    CHECK(crypto::pluginCrypto().base64(key->bytes) == kKey);
    const auto request = github.host.http().requests().at(0);
    CHECK(request.method == "GET");
    CHECK(request.url ==
          "https://api.github.com/repos/octocat/hello-world/actions/secrets/public-key");
    CHECK(request.headers.get("Accept") == "application/vnd.github+json");
    CHECK(request.headers.get("X-GitHub-Api-Version") == "2022-11-28");
    CHECK(request.headers.get("Authorization") == std::string("Bearer ") + kToken);
    CHECK(request.body.empty());
    CHECK(request.timeout <= std::chrono::seconds(10));
    CHECK(request.maxResponseBytes <= 64 << 10);
}

TEST_CASE("secrets of environments, organizations and Enterprise Servers have their own places",
          "[github]") {
    GitHub github(settings("https://github.example.com/api/v3/"));
    const std::string base = "https://github.example.com/api/v3";
    CHECK(github.place(kOrganization) == base + "/orgs/octo-org/actions/secrets/public-key");
    SecretTarget environment = kRepository;
    environment.environment = "live / \xC3\xA9u?#..";
    CHECK(github.place(environment) ==
          base +
              "/repos/octocat/hello-world/environments/live%20%2F%20%C3%A9u%3F%23../secrets/"
              "public-key");
}

TEST_CASE("a sealed secret is put with the key's id, an organization's with its visibility",
          "[github]") {
    GitHub github;
    github.host.http().answer(201);
    github.host.http().answer(204);
    REQUIRE(github.secrets.put(kRepository, {"7", std::string("\x00\xFF", 2)}));
    REQUIRE(github.secrets.put(kOrganization, {"7", "b"}));
    const auto requests = github.host.http().requests();
    CHECK(requests[0].method == "PUT");
    CHECK(requests[0].url ==
          "https://api.github.com/repos/octocat/hello-world/actions/secrets/TRUSTHUB_API_KEY");
    CHECK(requests[0].headers.get("Content-Type") == "application/json");
    CHECK(requests[0].body == R"({"encrypted_value":"AP8=","key_id":"7"})");
    CHECK(requests[1].body == R"({"encrypted_value":"Yg==","key_id":"7","visibility":"private"})");
}

TEST_CASE("without a token GitHub is not called", "[github]") {
    sdk::testing::FakeHost host(crypto::pluginCrypto(), json::pluginParser(), settings());
    github::ActionsSecrets secrets(host);
    CHECK(secrets.publicKey(kRepository).error().kind == ErrorKind::Unauthenticated);
    CHECK_FALSE(secrets.probe());
    CHECK(host.http().requests().empty());
    CHECK(secrets.credential() == "token");
}

TEST_CASE("each of GitHub's refusals says whether to wait or to mend something", "[github]") {
    GitHub github;
    CHECK(github.refusal(401).kind == ErrorKind::Unauthenticated);
    CHECK(github.refusal(403, R"({"message":"Resource not accessible by personal access token"})")
              .kind == ErrorKind::Forbidden);
    CHECK(github.refusal(404).kind == ErrorKind::NotFound);
    CHECK(github.refusal(301).kind == ErrorKind::ProviderRejected);
    CHECK(github.refusal(400).kind == ErrorKind::ProviderRejected);
    CHECK(github.refusal(500).kind == ErrorKind::ProviderUnavailable);
    CHECK(github.refusal(503).kind == ErrorKind::ProviderUnavailable);
}

TEST_CASE("GitHub's limits are told from missing permissions, with the wait that they ask for",
          "[github]") {
    using std::chrono::seconds;
    GitHub github;
    const auto waitOf = [&](int status, std::string body,
                            std::vector<sdk::Headers::Field> headers) {
        const Error error = github.refusal(status, std::move(body), std::move(headers));
        CHECK(error.kind == ErrorKind::RateLimited);
        return error.retryAfter;
    };
    const std::int64_t now = github.host.clock().now().time_since_epoch() / seconds(1);
    CHECK(waitOf(429, "{}", {{"Retry-After", "17"}}) == seconds(17));
    CHECK(waitOf(403, "{}", {{"retry-after", "90"}}) == seconds(90));
    CHECK(waitOf(403, "{}",
                 {{"x-ratelimit-remaining", "0"},
                  {"x-ratelimit-reset", std::to_string(now + 600)}}) == seconds(601));
    CHECK(waitOf(403, R"({"message":"You have exceeded a secondary rate limit."})", {}) ==
          seconds(60));
    CHECK(waitOf(429, "{}", {}) == seconds(60));
    CHECK(waitOf(429, "{}", {{"Retry-After", "-1"}}) == seconds(60));
    CHECK(waitOf(429, "{}", {{"Retry-After", "99999999999999999999"}}) == seconds(60));
    CHECK(waitOf(403, "{}", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1"}}) ==
          seconds(60));
}

TEST_CASE("a 422 is one for the old key only when GitHub has another one now", "[github]") {
    GitHub github;
    github.host.http().answer(422, R"({"message":"Validation Failed"})");
    github.host.http().answer(200, keyAnswer("2"));
    const auto changed = github.secrets.put(kRepository, {"1", "box"});
    REQUIRE_FALSE(changed);
    CHECK(changed.error().code == sdk::kSealedToOldKey);

    github.host.http().answer(422);
    github.host.http().answer(200, keyAnswer("1"));
    const auto refused = github.secrets.put(kRepository, {"1", "box"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::ProviderRejected);

    github.host.http().answer(422);
    github.host.http().answer(fail(ErrorKind::Timeout));
    CHECK(github.secrets.put(kRepository, {"1", "box"}).error().kind == ErrorKind::Timeout);
}

TEST_CASE("what is no public key of GitHub's is not sealed to", "[github]") {
    GitHub github;
    for (const char* body :
         {"", "no json", "[]", "{}", R"({"key_id":"1"})", R"({"key_id":"1","key":"AAAA"})",
          R"({"key_id":1,"key":"hBT5WZEj8ZoOv6TYJsfWq7MxTEQopZO5/IT3ZCVQPzs="})",
          R"({"key_id":"1","key":"not base64!"})"}) {
        CAPTURE(body);
        github.host.http().answer(200, body);
        CHECK(github.secrets.publicKey(kRepository).error().kind == ErrorKind::ProviderUnavailable);
    }
}

TEST_CASE("a target that GitHub would refuse is named before anything is sent", "[github]") {
    const auto repository = [](std::string text) {
        SecretTarget target = kRepository;
        target.repository = std::move(text);
        return faultOf(target);
    };
    const auto name = [](std::string text) {
        SecretTarget target = kRepository;
        target.name = std::move(text);
        return faultOf(target);
    };
    CHECK(faultOf(kRepository) == "none");
    CHECK(faultOf(kOrganization) == "none");
    CHECK(repository("octo_managed/a.b-c_d") == "none");
    for (const char* bad : {"", "octocat", "octocat/", "/hello", "a/b/c", "a/..", "a/.", "a b/c",
                            "a/b?x", "a/b#x", "a/%2e%2e", "https://github.com/a/b"})
        CHECK(repository(bad) == "/repository");
    CHECK(repository("a/" + std::string(101, 'b')) == "/repository");
    CHECK(name("_a1") == "none");
    for (const char* bad : {"", "1A", "A-B", "A B", "A/B", "GITHUB_TOKEN", "github_x", "\xC3\xA9"})
        CHECK(name(bad) == "/secret_name");
    CHECK(name(std::string(101, 'A')) == "/secret_name");
    SecretTarget target = kOrganization;
    target.visibility = "selected";
    CHECK(faultOf(target) == "/visibility");
    target = kOrganization;
    target.organization = "octo/org";
    CHECK(faultOf(target) == "/organization");
    target = kOrganization;
    target.environment = "live";
    CHECK(faultOf(target) == "/environment");
    target = kRepository;
    target.visibility = "all";
    CHECK(faultOf(target) == "/visibility");
}

TEST_CASE("the probe tells a good token from a bad one, also where there are no limits",
          "[github]") {
    GitHub github;
    github.host.http().answer(200);
    CHECK(*github.secrets.probe());
    github.host.http().answer(404);
    CHECK(*github.secrets.probe());
    github.host.http().answer(401);
    CHECK(github.secrets.probe()->error().kind == ErrorKind::Unauthenticated);
    CHECK(github.host.http().requests().at(0).url == "https://api.github.com/rate_limit");
}
