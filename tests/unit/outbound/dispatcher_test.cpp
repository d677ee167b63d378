#include "outbound/dispatcher.h"

#include "hub.h"

using namespace trusthub;
using namespace trusthub::outbound;
using std::chrono::hours;
using std::chrono::seconds;
using test::FakeReceivers;
using test::Hub;

namespace {

auto hanging() {
    return [](const sdk::HttpRequest&) -> std::optional<http::Exchange> { return std::nullopt; };
}
auto answering(int status, sdk::Headers headers = {}) {
    return [=](const sdk::HttpRequest&) { return FakeReceivers::answer(status, "said", headers); };
}

}  // namespace

TEST_CASE("a delivery is sent once, signed, and recorded with its answer") {
    Hub hub;
    hub.receivers.handler = answering(200);
    hub.create(hub.wanted());
    const auto emitted = hub.publish();
    hub.work();
    REQUIRE(hub.receivers.requests.size() == 1);
    const auto& request = hub.receivers.requests.front();
    CHECK(request.method == "POST");
    CHECK(request.headers.get("webhook-id") == emitted.id.text);
    CHECK(request.timeout == Milliseconds{15'000});
    const auto delivery = hub.delivery(emitted.deliveries.front().id);
    CHECK(delivery.status == "delivered");
    CHECK(delivery.attempts == 1);
    CHECK_FALSE(delivery.inFlight);
    const auto attempts = hub.attempts(delivery.id);
    REQUIRE(attempts.size() == 1);
    CHECK(attempts.front().statusCode == 200);
    CHECK(attempts.front().failure.empty());
    CHECK(attempts.front().address == "192.0.2.7");
    CHECK(attempts.front().response == "said");
}

TEST_CASE(
    "failures are tried again by the schedule, with the same id and a fresh time, until it ends") {
    Hub hub;
    hub.receivers.handler = answering(500);
    hub.create(hub.wanted());
    const auto id = hub.publish().deliveries.front().id;
    hub.work();
    CHECK(hub.receivers.requests.size() == 1);
    hub.clock.advance(seconds{4});
    hub.work();
    CHECK(hub.receivers.requests.size() == 1);
    hub.clock.advance(seconds{1});
    hub.work();
    CHECK(hub.receivers.requests.size() == 2);
    CHECK(hub.delivery(id).nextAttemptAt == hub.clock.now() + seconds{300});
    hub.clock.advance(seconds{300});
    hub.work();
    REQUIRE(hub.receivers.requests.size() == 3);
    CHECK(hub.delivery(id).status == "failed");
    CHECK(hub.attempts(id).size() == 3);
    hub.clock.advance(hours{100});
    hub.work();
    CHECK(hub.receivers.requests.size() == 3);

    const auto& first = hub.receivers.requests.front();
    const auto& last = hub.receivers.requests.back();
    CHECK(first.headers.get("webhook-id") == last.headers.get("webhook-id"));
    CHECK(first.headers.get("webhook-timestamp") != last.headers.get("webhook-timestamp"));
    CHECK(first.body == last.body);
}

TEST_CASE("an endpoint's own schedule and timeout are used") {
    Hub hub;
    hub.receivers.handler = answering(500);
    auto wanted = hub.wanted();
    wanted.retry = base::BackoffSchedule{{seconds{10}, seconds{20}}, 0.0};
    wanted.timeout = Milliseconds{2'000};
    hub.create(wanted);
    hub.publish();
    hub.work();
    CHECK(hub.receivers.requests.empty());
    hub.clock.advance(seconds{10});
    hub.work();
    REQUIRE(hub.receivers.requests.size() == 1);
    CHECK(hub.receivers.requests.front().timeout == Milliseconds{2'000});
    hub.clock.advance(seconds{20});
    hub.work();
    CHECK(hub.receivers.requests.size() == 2);
}

TEST_CASE("a redirect is a failure and is not followed") {
    Hub hub;
    hub.receivers.handler = answering(302);
    hub.create(hub.wanted());
    const auto id = hub.publish().deliveries.front().id;
    hub.work();
    CHECK(hub.receivers.requests.size() == 1);
    CHECK(hub.attempts(id).front().failure == "redirect");
}

TEST_CASE("a receiver's Retry-After puts the next attempt off") {
    Hub hub;
    sdk::Headers headers;
    headers.add("Retry-After", "60");
    hub.receivers.handler = answering(429, headers);
    hub.create(hub.wanted());
    const auto id = hub.publish().deliveries.front().id;
    hub.work();
    CHECK(hub.delivery(id).nextAttemptAt == hub.clock.now() + seconds{60});
}

TEST_CASE("410 disables the endpoint with audit row and event, and holds what waits") {
    Hub hub;
    hub.create(hub.wanted("https://watcher.example/", {"endpoint.disabled"}));
    const auto endpoint = hub.create(hub.wanted());
    hub.receivers.handler = [](const sdk::HttpRequest& request) {
        return FakeReceivers::answer(request.url == "https://a.example/hook" ? 410 : 204);
    };
    const auto id = hub.publish().deliveries.front().id;
    hub.work();
    const auto now = hub.endpoint(endpoint.id);
    CHECK(now.status == EndpointStatus::Disabled);
    CHECK(now.statusReason.find("410") != std::string::npos);
    CHECK(hub.delivery(id).status == "failed");
    CHECK(hub.receivers.requestsTo("https://watcher.example/") == 1);
    CHECK(
        hub.number(
            "SELECT COUNT(*) FROM audit_log WHERE action = 'disable' AND actor_kind = 'system'") ==
        1);
    CHECK(hub.publish().deliveries.empty());
}

TEST_CASE("while one endpoint hangs, the others get everything") {
    Hub hub;
    hub.create(hub.wanted("https://hangs.example/"));
    hub.create(hub.wanted("https://well.example/"));
    hub.receivers.handler = [](const sdk::HttpRequest& request) -> std::optional<http::Exchange> {
        if (request.url == "https://hangs.example/") return std::nullopt;
        return FakeReceivers::answer(204);
    };
    for (int i = 0; i < 60; ++i) hub.publish();
    hub.work();
    CHECK(hub.receivers.requestsTo("https://well.example/") == 60);
    CHECK(hub.receivers.hanging.size() <= 16);
    CHECK(hub.receivers.hanging.size() >= 1);
}

TEST_CASE("what a crashed process had claimed is sent by the next one at once") {
    Hub hub;
    hub.receivers.handler = hanging();
    hub.create(hub.wanted());
    const auto id = hub.publish().deliveries.front().id;
    hub.work();
    CHECK(hub.delivery(id).inFlight);
    hub.restart();
    hub.receivers.handler = answering(204);
    hub.work();
    CHECK(hub.delivery(id).status == "delivered");
    CHECK(hub.attempts(id).size() == 1);
}

TEST_CASE("a result that comes after its lease was lost is dropped") {
    Hub hub;
    hub.receivers.handler = hanging();
    hub.create(hub.wanted());
    const auto id = hub.publish().deliveries.front().id;
    hub.work();
    auto late = std::move(hub.receivers.hanging);
    hub.receivers.hanging.clear();
    hub.receivers.handler = answering(204);
    hub.clock.advance(seconds{60});  // the lease
    hub.work();
    CHECK(hub.delivery(id).status == "delivered");
    late.front().second(FakeReceivers::answer(500));
    hub.work();
    CHECK(hub.delivery(id).status == "delivered");
    CHECK(hub.attempts(id).size() == 1);
}

TEST_CASE("a lease holds as long as an exchange can take") {
    Hub hub;
    hub.receivers.handler = hanging();
    hub.create(hub.wanted());
    hub.publish();
    hub.work();
    hub.clock.advance(seconds{59});
    hub.work();
    CHECK(hub.receivers.requests.size() == 1);
}

TEST_CASE("what waited for its time before a restart is still sent after it") {
    Hub hub;
    hub.receivers.handler = answering(500);
    hub.create(hub.wanted());
    const auto id = hub.publish().deliveries.front().id;
    hub.work();
    hub.restart();
    hub.receivers.handler = answering(204);
    hub.work();
    CHECK(hub.delivery(id).status == "pending");
    hub.clock.advance(seconds{5});
    hub.work();
    CHECK(hub.delivery(id).status == "delivered");
}

TEST_CASE("a failure under way while its endpoint is paused is held, not tried again") {
    Hub hub;
    hub.receivers.handler = hanging();
    auto endpoint = hub.create(hub.wanted());
    const auto id = hub.publish().deliveries.front().id;
    hub.work();
    endpoint = *hub.run(hub.endpoints.pause(hub.person, endpoint));
    hub.receivers.release(FakeReceivers::failure(ErrorKind::Timeout, "timeout"));
    hub.work();
    CHECK(hub.delivery(id).status == "pending");
    CHECK_FALSE(hub.delivery(id).nextAttemptAt);
    hub.receivers.handler = answering(204);
    REQUIRE(hub.run(hub.endpoints.resume(hub.person, endpoint)));
    hub.work();
    CHECK(hub.delivery(id).status == "delivered");
}

TEST_CASE("an attempt under way while its endpoint is removed is recorded, and is the last") {
    Hub hub;
    hub.receivers.handler = hanging();
    const auto endpoint = hub.create(hub.wanted());
    const auto id = hub.publish().deliveries.front().id;
    hub.work();
    REQUIRE(hub.run(hub.endpoints.remove(hub.person, endpoint)));
    hub.receivers.release(FakeReceivers::answer(500));
    hub.work();
    CHECK(hub.delivery(id).status == "cancelled");
    CHECK_FALSE(hub.delivery(id).nextAttemptAt);
    CHECK(hub.attempts(id).size() == 1);
}

TEST_CASE("the answer is kept up to 16 KiB, sealed") {
    Hub hub;
    hub.receivers.handler = [](const sdk::HttpRequest&) {
        return FakeReceivers::answer(200, std::string(40'000, 'z'));
    };
    hub.create(hub.wanted());
    const auto id = hub.publish().deliveries.front().id;
    hub.work();
    CHECK(hub.attempts(id).front().response->size() == 16 * 1024);
    CHECK(hub.number("SELECT COUNT(*) FROM attempts WHERE instr(response_sealed, 'zzzz') > 0") ==
          0);
}

TEST_CASE("after stop nothing new is claimed, and what was under way is recorded") {
    Hub hub;
    hub.receivers.handler = hanging();
    hub.create(hub.wanted());
    const auto id = hub.publish().deliveries.front().id;
    hub.work();
    hub.dispatcher->stop(Milliseconds{0});
    hub.receivers.release(FakeReceivers::answer(204));
    hub.publish();
    hub.work();
    CHECK(hub.delivery(id).status == "delivered");
    CHECK(hub.receivers.requests.size() == 1);
}
