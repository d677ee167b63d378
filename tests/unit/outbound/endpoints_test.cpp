#include "outbound/endpoints.h"

#include "hub.h"
#include "outbound/endpoint_rules.h"

using namespace trusthub;
using namespace trusthub::outbound;
using std::chrono::hours;
using test::Hub;

namespace {

std::string pointerOf(const Error& error) {
    return error.fields.empty() ? "" : error.fields.front().pointer;
}

}  // namespace

TEST_CASE("an endpoint is made with its audit row, its event and a secret that is shown once") {
    Hub hub;
    const auto made = hub.run(hub.endpoints.create(hub.person, hub.wanted()));
    REQUIRE(made);
    CHECK(made->secret.reveal().starts_with("whsec_"));
    CHECK(hub.number("SELECT COUNT(*) FROM audit_log WHERE target_table = 'endpoints' AND action = "
                     "'create'") == 1);
    CHECK(hub.number("SELECT COUNT(*) FROM events WHERE type = 'endpoint.created'") == 1);
    const auto shown = toJson(hub.endpoint(made->endpoint.id));
    CHECK(shown.at("status") == "active");
    CHECK(shown.at("url") == "https://a.example/hook");
    CHECK_FALSE(shown.contains("secret"));
}

TEST_CASE("an endpoint is refused by the member that does not fit") {
    Hub hub;
    auto wanted = hub.wanted();
    const auto pointerFor = [&](Endpoints::New bad) {
        const auto made = hub.run(hub.endpoints.create(hub.person, std::move(bad)));
        REQUIRE_FALSE(made);
        CHECK(made.error().kind == ErrorKind::InvalidInput);
        return pointerOf(made.error());
    };
    SECTION("a scheme that is not http") {
        wanted.url = "ftp://a.example/";
        CHECK(pointerFor(wanted) == "/url");
    }
    SECTION("credentials in the URL") {
        wanted.url = "https://u:p@a.example/";
        CHECK(pointerFor(wanted) == "/url");
    }
    SECTION("a private address") {
        wanted.url = "https://10.0.0.1/";
        CHECK(pointerFor(wanted) == "/url");
    }
    SECTION("loopback in disguise") {
        wanted.url = "http://2130706433/";
        CHECK(pointerFor(wanted) == "/url");
    }
    SECTION("an unknown event type") {
        wanted.eventTypes = {"account.created", "no.such"};
        CHECK(pointerFor(wanted) == "/event_types/1");
    }
    SECTION("no event type") {
        wanted.eventTypes.clear();
        CHECK(pointerFor(wanted) == "/event_types");
    }
    SECTION("a timeout out of bounds") {
        wanted.timeout = Milliseconds{999};
        CHECK(pointerFor(wanted) == "/timeout_ms");
    }
    SECTION("a schedule out of bounds") {
        wanted.retry = base::BackoffSchedule{{}, 0.1};
        CHECK(pointerFor(wanted) == "/retry/schedule_s");
    }
    SECTION("a short secret") {
        wanted.secret = SecretString("short");
        CHECK(pointerFor(wanted) == "/secret");
    }
    SECTION("a team that is not there") {
        wanted.teamId = "nobody";
        CHECK(pointerFor(wanted) == "/team_id");
    }
    CHECK(hub.number("SELECT COUNT(*) FROM endpoints") == 0);
}

TEST_CASE("wildcards name event types, and plain http is left to the egress guard") {
    Hub hub;
    CHECK(hub.run(hub.endpoints.create(hub.person, hub.wanted("http://a.example/", {"*"}))));
    CHECK(
        hub.run(hub.endpoints.create(hub.person, hub.wanted("https://a.example/", {"account.*"}))));
    CHECK(hub.run(hub.endpoints.create(hub.person, hub.wanted("https://192.88.98.1:8443/x?y=1"))));
}

TEST_CASE("headers that the hub sets itself or that break the request are refused") {
    const std::string name =
        GENERATE(as<std::string>(), "Host", "content-length", "Transfer-Encoding", "connection",
                 "webhook-id", "Webhook-Anything", "X-TrustHub-Signature-256",
                 "Proxy-Authorization", "", "two words", "line\r\nbreak", "colon:");
    CHECK_FALSE(checkHeaders({{name, "v"}}));
    CHECK_FALSE(checkHeaders({{"X-Ok", "a\r\nInjected: yes"}}));
    CHECK_FALSE(checkHeaders({{"X-Ok", std::string(4097, 'x')}}));
    CHECK(checkHeaders({{"Authorization", "Bearer abc"}, {"X-Tenant", "7"}}));
}

TEST_CASE("custom headers are sent, kept sealed and shown redacted") {
    Hub hub;
    auto wanted = hub.wanted();
    wanted.headers = {{"Authorization", "Bearer hush-hush"}};
    const auto endpoint = hub.create(wanted);
    const auto shown = json::serialize(toJson(hub.endpoint(endpoint.id)));
    CHECK(shown.find("hush-hush") == std::string::npos);
    CHECK(shown.find(R"("Authorization":"[redacted]")") != std::string::npos);
    CHECK(hub.number(
              "SELECT COUNT(*) FROM endpoints WHERE instr(headers_sealed, 'hush-hush') > 0") == 0);
    CHECK(hub.number("SELECT COUNT(*) FROM audit_log WHERE instr(details, 'hush-hush') > 0") == 0);
    hub.publish();
    hub.work();
    REQUIRE(hub.receivers.requests.size() == 1);
    CHECK(hub.receivers.requests.front().headers.get("authorization") == "Bearer hush-hush");
}

TEST_CASE("a URL of another origin drops the custom headers") {
    Hub hub;
    auto wanted = hub.wanted();
    wanted.headers = {{"Authorization", "Bearer hush-hush"}};
    const auto endpoint = hub.create(wanted);
    const std::string url = GENERATE(as<std::string>(), "https://b.example/hook",
                                     "http://a.example/hook", "https://a.example:444/hook");
    Endpoints::Change change;
    change.url = url;
    REQUIRE(hub.run(hub.endpoints.update(hub.person, endpoint, change)));
    CHECK(hub.endpoint(endpoint.id).headerNames.empty());
    hub.publish();
    hub.work();
    REQUIRE(hub.receivers.requestsTo(url) == 1);
    CHECK_FALSE(hub.receivers.requests.front().headers.find("authorization"));
}

TEST_CASE("a URL of the same origin keeps the custom headers") {
    Hub hub;
    auto wanted = hub.wanted();
    wanted.headers = {{"Authorization", "Bearer hush-hush"}};
    const auto endpoint = hub.create(wanted);
    Endpoints::Change change;
    change.url = "https://A.example:443/other";
    REQUIRE(hub.run(hub.endpoints.update(hub.person, endpoint, change)));
    CHECK(hub.endpoint(endpoint.id).headerNames == std::vector<std::string>{"Authorization"});
}

TEST_CASE("a change of what somebody else has changed is a conflict") {
    Hub hub;
    const auto endpoint = hub.create(hub.wanted());
    Endpoints::Change change;
    change.description = "mine";
    REQUIRE(hub.run(hub.endpoints.update(hub.person, endpoint, change)));
    const auto late = hub.run(hub.endpoints.pause(hub.person, endpoint));
    REQUIRE_FALSE(late);
    CHECK(late.error().kind == ErrorKind::Conflict);
    CHECK(hub.number("SELECT COUNT(*) FROM events WHERE type = 'endpoint.paused'") == 0);
}

TEST_CASE("a paused endpoint's deliveries are held and go out when it is resumed") {
    Hub hub;
    auto endpoint = hub.create(hub.wanted());
    const auto before = hub.publish();
    endpoint = *hub.run(hub.endpoints.pause(hub.person, endpoint));
    const auto during = hub.publish();
    hub.work();
    CHECK(hub.receivers.requests.empty());
    CHECK(hub.delivery(during.deliveries.front().id).status == "pending");
    REQUIRE(hub.run(hub.endpoints.resume(hub.person, endpoint)));
    hub.work();
    CHECK(hub.receivers.requests.size() == 2);
    CHECK(hub.delivery(before.deliveries.front().id).status == "delivered");
    CHECK(hub.delivery(during.deliveries.front().id).status == "delivered");
}

TEST_CASE("a removed endpoint's waiting deliveries are cancelled and its secrets are gone") {
    Hub hub;
    const auto endpoint = hub.create(hub.wanted());
    const auto emitted = hub.publish();
    REQUIRE(hub.run(hub.endpoints.remove(hub.person, endpoint)));
    hub.publish();
    hub.work();
    CHECK(hub.receivers.requests.empty());
    CHECK(hub.delivery(emitted.deliveries.front().id).status == "cancelled");
    CHECK(hub.number("SELECT COUNT(*) FROM endpoint_secrets") == 0);
    CHECK_FALSE(
        hub.store.read([&](store::ReadTx& tx) { return hub.endpoints.find(tx, endpoint.id); }));
    CHECK(hub.run(hub.endpoints.remove(hub.person, endpoint)).error().kind == ErrorKind::NotFound);
    CHECK(hub.number("SELECT COUNT(*) FROM events WHERE type = 'endpoint.deleted'") == 1);
}

TEST_CASE("both secrets are in force until the overlap ends") {
    Hub hub;
    auto wanted = hub.wanted();
    wanted.secret = SecretString("the very first secret");
    auto endpoint = hub.create(wanted);
    const auto rotated = hub.run(hub.endpoints.rotateSecret(
        hub.person, endpoint, SecretString("the second secret"), hours{24}));
    REQUIRE(rotated);
    CHECK(rotated->previousValidUntil == hub.clock.now() + hours{24});
    const auto secretsNow = [&] {
        const auto target = hub.store.read(
            [&](store::ReadTx& tx) { return hub.endpoints.target(tx, endpoint.id); });
        REQUIRE(target);
        std::vector<std::string> texts;
        for (const auto& secret : target->secrets) texts.emplace_back(secret.reveal());
        return texts;
    };
    CHECK(secretsNow() == std::vector<std::string>{"the second secret", "the very first secret"});
    hub.clock.advance(hours{24});
    CHECK(secretsNow() == std::vector<std::string>{"the second secret"});
    CHECK(hub.number("SELECT COUNT(*) FROM audit_log WHERE action = 'rotate' AND target_table = "
                     "'endpoints'") == 1);
}

TEST_CASE("a rotation without overlap ends every secret before it") {
    Hub hub;
    auto endpoint = hub.create(hub.wanted());
    endpoint = hub.run(hub.endpoints.rotateSecret(hub.person, endpoint, std::nullopt, hours{24}))
                   ->endpoint;
    const auto last =
        hub.run(hub.endpoints.rotateSecret(hub.person, endpoint, std::nullopt, hours{0}));
    REQUIRE(last);
    CHECK_FALSE(last->previousValidUntil);
    CHECK(hub.number("SELECT COUNT(*) FROM endpoint_secrets") == 1);
}

TEST_CASE("the owner can end the overlap") {
    Hub hub;
    auto endpoint = hub.create(hub.wanted());
    endpoint = hub.run(hub.endpoints.rotateSecret(hub.person, endpoint, std::nullopt))->endpoint;
    CHECK(*hub.run(hub.endpoints.endPrevious(hub.person, endpoint)) == 1);
    CHECK(hub.number("SELECT COUNT(*) FROM endpoint_secrets") == 1);
}

TEST_CASE("a test send reaches this endpoint only, once, and never disables it") {
    Hub hub;
    hub.receivers.handler = [](const sdk::HttpRequest&) {
        return test::FakeReceivers::answer(410);
    };
    hub.create(hub.wanted("https://other.example/", {"*"}));
    hub.work();
    hub.receivers.requests.clear();
    const auto endpoint = hub.create(hub.wanted("https://a.example/hook", {"account.*"}));
    hub.work();
    hub.receivers.requests.clear();
    const auto sent = hub.run(hub.endpoints.test(hub.person, endpoint));
    REQUIRE(sent);
    hub.work();
    hub.clock.advance(hours{1});
    hub.work();
    CHECK(hub.receivers.requestsTo("https://a.example/hook") == 1);
    CHECK(hub.receivers.requestsTo("https://other.example/") == 0);
    CHECK(hub.receivers.requests.front().headers.get("x-trusthub-test") == "true");
    CHECK(hub.receivers.requests.front().body.find("acc_123") != std::string::npos);
    CHECK(hub.attempts(sent->deliveryId).front().trigger == "test");
    CHECK(hub.endpoint(endpoint.id).status == EndpointStatus::Active);
}
