#include "outbound/direct_delivery.h"

#include "hub.h"

using namespace trusthub;
using namespace trusthub::outbound;
using test::FakeReceivers;
using test::Hub;
using State = access::KeyDelivery::State;

namespace {

struct Direct {
    Hub hub;
    DirectDelivery direct{hub.events, hub.fanout};

    DeliveryId send(const Endpoint& endpoint) {
        const auto draft = hub.events.draft("api_key.rotated", endpoint.teamId, {{"id", "k"}});
        auto sent = hub.run<DeliveryId>([&](store::WriteTx& tx) -> Result<DeliveryId> {
            return direct.send(tx, hub.person, draft, endpoint.id);
        });
        REQUIRE(sent);
        return *sent;
    }
    State state(const DeliveryId& id) {
        return hub.store.read([&](store::ReadTx& tx) { return direct.state(tx, id); });
    }
};

}  // namespace

TEST_CASE("an event sent directly goes to one endpoint and to no subscriber of its type") {
    Direct d;
    const auto receiver = d.hub.create(d.hub.wanted("https://a.example/hook"));
    d.hub.create(d.hub.wanted("https://b.example/hook", {"*"}));
    const auto id = d.send(receiver);
    CHECK(d.state(id) == State::Pending);
    d.hub.work();
    CHECK(d.hub.receivers.requestsTo("https://a.example/hook") == 1);
    CHECK(d.state(id) == State::Delivered);
    CHECK(d.hub.number("SELECT count(*) FROM deliveries d JOIN events e ON e.id = d.event_id"
                       " WHERE e.type = 'api_key.rotated'") == 1);
}

TEST_CASE("what is sent directly is tried as often as any delivery, and then is stuck") {
    Direct d;
    d.hub.receivers.handler = [](const sdk::HttpRequest&) { return FakeReceivers::answer(500); };
    const auto id = d.send(d.hub.create(d.hub.wanted()));
    d.hub.work();
    CHECK(d.state(id) == State::Pending);
    for (int i = 0; i < 2; ++i) {
        d.hub.clock.advance(std::chrono::minutes(10));
        d.hub.work();
    }
    CHECK(d.hub.receivers.requests.size() == 3);
    CHECK(d.state(id) == State::Stuck);
}

TEST_CASE("a delivery that is held or unknown is stuck") {
    Direct d;
    const auto endpoint = d.hub.create(d.hub.wanted());
    const auto id = d.send(endpoint);
    REQUIRE(d.hub.run(d.hub.endpoints.pause(d.hub.person, endpoint)));
    CHECK(d.state(id) == State::Stuck);
    CHECK(d.state(DeliveryId(std::string("none"))) == State::Stuck);
}

TEST_CASE("an endpoint is known to its own team, and active only while it is") {
    Direct d;
    auto wanted = d.hub.wanted();
    wanted.teamId = d.hub.team("Payments");
    const auto endpoint = d.hub.create(wanted);
    const auto ask = [&](auto question) { return d.hub.store.read(question); };
    CHECK(ask([&](store::ReadTx& tx) { return d.direct.known(tx, endpoint.id, wanted.teamId); }));
    CHECK_FALSE(ask([&](store::ReadTx& tx) { return d.direct.known(tx, endpoint.id, ""); }));
    CHECK(ask([&](store::ReadTx& tx) { return d.direct.active(tx, endpoint.id); }));
    REQUIRE(d.hub.run(d.hub.endpoints.remove(d.hub.person, endpoint)));
    CHECK_FALSE(
        ask([&](store::ReadTx& tx) { return d.direct.known(tx, endpoint.id, wanted.teamId); }));
    CHECK_FALSE(ask([&](store::ReadTx& tx) { return d.direct.active(tx, endpoint.id); }));
}
