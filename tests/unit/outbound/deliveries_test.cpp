#include "outbound/deliveries.h"

#include "hub.h"

using namespace trusthub;
using namespace trusthub::outbound;
using test::FakeReceivers;
using test::Hub;

namespace {

auto answering(int status) {
    return [=](const sdk::HttpRequest&) { return FakeReceivers::answer(status); };
}

}  // namespace

TEST_CASE(
    "a delivery that has failed for good is tried again by hand, with the same id and audited") {
    Hub hub;
    hub.receivers.handler = answering(500);
    hub.create(hub.wanted());
    const auto id = hub.publish().deliveries.front().id;
    for (int i = 0; i < 4; ++i) {
        hub.work();
        hub.clock.advance(std::chrono::hours{1});
    }
    REQUIRE(hub.delivery(id).status == "failed");
    hub.receivers.handler = answering(204);
    REQUIRE(hub.run(hub.deliveries.retry(hub.person, id)));
    hub.work();
    CHECK(hub.delivery(id).status == "delivered");
    const auto attempts = hub.attempts(id);
    REQUIRE(attempts.size() == 4);
    CHECK(attempts.back().trigger == "manual");
    CHECK(attempts.back().number == 4);
    const auto& requests = hub.receivers.requests;
    CHECK(requests.front().headers.get("webhook-id") == requests.back().headers.get("webhook-id"));
    CHECK(hub.number("SELECT COUNT(*) FROM audit_log WHERE action = 'retry' AND target_table = "
                     "'deliveries'") == 1);
}

TEST_CASE("a delivered one is sent again by hand") {
    Hub hub;
    hub.create(hub.wanted());
    const auto id = hub.publish().deliveries.front().id;
    hub.work();
    REQUIRE(hub.run(hub.deliveries.retry(hub.person, id)));
    hub.work();
    CHECK(hub.receivers.requests.size() == 2);
    CHECK(hub.delivery(id).attempts == 2);
}

TEST_CASE("a manual retry that fails goes on by the schedule from its start") {
    Hub hub;
    hub.receivers.handler = answering(500);
    hub.create(hub.wanted());
    const auto id = hub.publish().deliveries.front().id;
    for (int i = 0; i < 4; ++i) {
        hub.work();
        hub.clock.advance(std::chrono::hours{1});
    }
    REQUIRE(hub.run(hub.deliveries.retry(hub.person, id)));
    hub.work();
    CHECK(hub.delivery(id).nextAttemptAt == hub.clock.now() + std::chrono::seconds{5});
    hub.clock.advance(std::chrono::seconds{5});
    hub.work();
    CHECK(hub.attempts(id).back().trigger == "schedule");
}

TEST_CASE(
    "a manual retry is a conflict while an attempt is under way or when the endpoint takes none") {
    Hub hub;
    hub.receivers.handler = [](const sdk::HttpRequest&) -> std::optional<http::Exchange> {
        return std::nullopt;
    };
    auto endpoint = hub.create(hub.wanted());
    const auto id = hub.publish().deliveries.front().id;
    hub.work();
    const auto codeOf = [&] {
        const auto again = hub.run(hub.deliveries.retry(hub.person, id));
        REQUIRE_FALSE(again);
        CHECK(again.error().kind == ErrorKind::Conflict);
        return std::string(again.error().codeText());
    };
    CHECK(codeOf() == "in_flight");
    hub.receivers.release(FakeReceivers::answer(204));
    hub.work();
    endpoint = *hub.run(hub.endpoints.pause(hub.person, endpoint));
    CHECK(codeOf() == "endpoint_not_active");
    REQUIRE(hub.run(hub.endpoints.remove(hub.person, endpoint)));
    CHECK(codeOf() == "endpoint_deleted");
    CHECK(hub.run(hub.deliveries.retry(hub.person, DeliveryId(std::string("none")))).error().kind ==
          ErrorKind::NotFound);
}

TEST_CASE("deliveries are listed newest first, page by page, and by status") {
    Hub hub;
    const auto endpoint = hub.create(hub.wanted());
    std::vector<DeliveryId> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(hub.publish().deliveries.front().id);
    const auto list = [&](const Deliveries::Query& query) {
        return hub.store.read([&](store::ReadTx& tx) { return Deliveries::list(tx, query); });
    };
    const auto first = list({endpoint.id, "", "", 2});
    REQUIRE(first.size() == 2);
    CHECK(first[0].id == ids[4]);
    const auto second = list({endpoint.id, "", first[1].id.text, 2});
    REQUIRE(second.size() == 2);
    CHECK(second[0].id == ids[2]);
    CHECK(list({endpoint.id, "pending", "", 10}).size() == 5);
    CHECK(list({endpoint.id, "failed", "", 10}).empty());
    hub.store.read([&](store::ReadTx& tx) {
        CHECK(Deliveries::count(tx, {endpoint.id, "", ids[2].text, 1}) == 5);
        CHECK(Deliveries::count(tx, {endpoint.id, "", "", 1}, 3) == 3);
    });
}

TEST_CASE(
    "an attempt is shown with null where there was nothing, and bytes that are no text as base64") {
    AttemptRecord attempt;
    attempt.failure = "timeout";
    auto shown = toJson(attempt);
    CHECK(shown.at("status_code").is_null());
    CHECK(shown.at("response").is_null());
    CHECK(shown.at("failure") == "timeout");
    attempt.statusCode = 200;
    attempt.failure.clear();
    attempt.response = "\xFF\xFE";
    shown = toJson(attempt);
    CHECK(shown.at("failure").is_null());
    CHECK(shown.at("response_base64") == "//4=");
}
