#include "outbound/fanout.h"

#include "hub.h"

using namespace trusthub;
using namespace trusthub::outbound;
using test::Hub;

namespace {

Error rollBack() {
    return fail(ErrorKind::Conflict, "rolled back on purpose");
}

}  // namespace

TEST_CASE("a delivery is planned in the event's own transaction") {
    Hub hub;
    const auto endpoint = hub.create(hub.wanted());
    const auto emitted = hub.publish();
    REQUIRE(emitted.deliveries.size() == 1);
    CHECK(emitted.deliveries.front().endpointId == endpoint.id);
    CHECK(hub.delivery(emitted.deliveries.front().id).status == "pending");
}

TEST_CASE("a unit that is rolled back leaves no delivery and sends nothing") {
    Hub hub;
    hub.create(hub.wanted());
    const auto draft = hub.events.draft("account.created", "", {});
    const auto failed = hub.run<int>([&](store::WriteTx& tx) -> Result<int> {
        hub.events.emit(tx, hub.person, draft);
        return rollBack();
    });
    REQUIRE_FALSE(failed);
    hub.publish();
    hub.work();
    CHECK(hub.number("SELECT COUNT(*) FROM deliveries") == 1);
    CHECK(hub.receivers.requests.size() == 1);
}

TEST_CASE("an endpoint made and rolled back in the unit of an event gets nothing later") {
    Hub hub;
    hub.publish();  // the team's endpoints are known by now
    const auto draft = hub.events.draft("account.created", "", {});
    auto create = hub.endpoints.create(hub.person, hub.wanted());
    const auto failed = hub.run<int>([&](store::WriteTx& tx) -> Result<int> {
        REQUIRE(create(tx));
        CHECK(hub.events.emit(tx, hub.person, draft).deliveries.size() == 1);
        return rollBack();
    });
    REQUIRE_FALSE(failed);
    CHECK(hub.publish().deliveries.empty());
    CHECK(hub.publish().deliveries.empty());
}

TEST_CASE("an endpoint takes part from the unit after its own") {
    Hub hub;
    CHECK(hub.publish().deliveries.empty());
    const auto endpoint = hub.create(hub.wanted());
    CHECK(hub.publish().deliveries.size() == 1);
    Endpoints::Change change;
    change.eventTypes = {{"document.*"}};
    REQUIRE(hub.run(hub.endpoints.update(hub.person, endpoint, change)));
    CHECK(hub.publish().deliveries.empty());
}

TEST_CASE("an event reaches endpoints of its team and of the organization, and no other") {
    Hub hub;
    const auto red = hub.team("red");
    const auto blue = hub.team("blue");
    auto wanted = hub.wanted("https://red.example/");
    wanted.teamId = red;
    const auto ofRed = hub.create(wanted);
    wanted = hub.wanted("https://blue.example/");
    wanted.teamId = blue;
    hub.create(wanted);
    const auto ofAll = hub.create(hub.wanted("https://all.example/"));

    const auto toRed = hub.publish(red);
    REQUIRE(toRed.deliveries.size() == 2);
    CHECK(toRed.deliveries[0].endpointId == ofRed.id);
    CHECK(toRed.deliveries[1].endpointId == ofAll.id);
    const auto toAll = hub.publish();
    REQUIRE(toAll.deliveries.size() == 1);
    CHECK(toAll.deliveries.front().endpointId == ofAll.id);
}

TEST_CASE("an event that nobody wants costs no statement but its own") {
    Hub hub;
    hub.create(hub.wanted("https://a.example/", {"document.*"}));
    hub.publish();
    const auto statementsOf = [&](bool emit) {
        const auto draft = hub.events.draft("account.created", "", {});
        const auto before = hub.store.writer().statements();
        REQUIRE(hub.run<int>([&](store::WriteTx& tx) -> Result<int> {
            if (emit) hub.events.emit(tx, hub.person, draft);
            return 0;
        }));
        return hub.store.writer().statements() - before;
    };
    const auto idle = statementsOf(false);
    CHECK(statementsOf(true) == idle + 1);
}

TEST_CASE("an endpoint is not told of its own creation") {
    Hub hub;
    hub.create(hub.wanted("https://a.example/", {"*"}));
    hub.work();
    CHECK(hub.receivers.requests.empty());
    hub.create(hub.wanted("https://b.example/", {"*"}));
    hub.work();
    CHECK(hub.receivers.requestsTo("https://a.example/") == 1);
    CHECK(hub.receivers.requestsTo("https://b.example/") == 0);
}
