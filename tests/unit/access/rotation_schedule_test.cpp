#include "access/rotation_schedule.h"

#include "base/text.h"
#include "crypto/sealed_box.h"
#include "keys_fixture.h"

using namespace trusthub;
using namespace trusthub::access;
using std::chrono::days;
using std::chrono::hours;
using test::KeysFixture;
using test::textOf;
using State = KeyDelivery::State;

namespace {

RotationPlan byPerson() {
    return {30, hours(48), {}, {}};
}

struct Receiver {
    crypto::BoxKeyPair pair = crypto::makeBoxKeyPair();
    RotationPlan plan() const {
        return {30, hours(48), EndpointId(std::string("e1")), pair.publicKey};
    }
    SecretString open(const json::Object& event) const {
        const auto sealed = base::fromBase64(std::string_view(event.at("sealed_key").as_string()));
        REQUIRE(sealed);
        auto plain = crypto::openSealed(pair, *sealed);
        REQUIRE(plain);
        return *std::move(plain);
    }
};

}  // namespace

TEST_CASE("a due rotation without a receiver waits for a person and says so once") {
    KeysFixture hub;
    const auto key = hub.issue(hub.admin(), {}, byPerson());
    const auto id = key.key.view.id;
    hub.clock.advance(days(30) - Milliseconds(1));
    hub.schedules.runDue();
    CHECK(hub.schedule(id)->status == RotationStatus::Scheduled);
    hub.clock.advance(Milliseconds(1));
    hub.schedules.runDue();
    hub.schedules.runDue();
    CHECK(hub.schedule(id)->status == RotationStatus::WaitingForPerson);
    CHECK(hub.works(key.raw));
    const auto events = hub.eventsOf("api_key.rotation_due");
    REQUIRE(events.size() == 1);
    CHECK(textOf(events[0], "reason") == "no_receiver");
    SECTION("an overlap as long as the period is refused by hand as well") {
        const auto refused = hub.store.writeAndWait<access::KeyRotation::Rotated>(
            hub.rotation.rotate(hub.admin(), id, std::chrono::hours(30 * 24)));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().fields.front().pointer == "/overlap_hours");
        CHECK(hub.schedule(id));
    }
    SECTION("who rotates it by hand starts the next period on the successor") {
        const auto rotated = hub.rotate(id);
        CHECK_FALSE(hub.schedule(id));
        const auto next = hub.schedule(rotated.key.view.id);
        REQUIRE(next);
        CHECK(next->status == RotationStatus::Scheduled);
        CHECK(next->dueAt == hub.clock.now() + days(30));
    }
}

TEST_CASE("a rotation that fell due while the hub was down is made up for after the start") {
    KeysFixture hub;
    const auto key = hub.issue(hub.admin(), {}, byPerson());
    hub.clock.advance(days(300));
    RotationSchedules restarted({hub.store, hub.rotation, hub.delivery, hub.sinks, hub.left,
                                 hub.audit, hub.events, hub.clock, hub.log});
    restarted.runDue();
    CHECK(hub.schedule(key.key.view.id)->status == RotationStatus::WaitingForPerson);
}

TEST_CASE("the overlap begins when the receiver has confirmed the sealed successor") {
    KeysFixture hub;
    const Receiver receiver;
    const auto key = hub.issue(hub.admin(), {}, receiver.plan());
    const auto id = key.key.view.id;
    hub.clock.advance(days(30));
    CHECK(hub.schedules.runDue() < std::chrono::seconds(10));
    REQUIRE(hub.delivery.sent.size() == 1);
    const auto sent = hub.eventsOf("api_key.rotated");
    REQUIRE(sent.size() == 1);
    const SecretString raw = receiver.open(sent[0]);
    CHECK(hub.works(raw));  // the receiver may switch before its answer has come in
    CHECK(hub.schedule(id)->status == RotationStatus::Delivering);
    CHECK(hub.key(id).supersededBy.empty());

    hub.clock.advance(hours(1));
    hub.schedules.runDue();
    CHECK(hub.key(id).supersededBy.empty());
    CHECK_FALSE(hub.key(id).view.expiresAt);
    CHECK(hub.refusal(hub.admin(), hub.schedule(id)->successor) == "rotation_in_progress");

    hub.delivery.now = State::Delivered;
    hub.schedules.runDue();
    const auto old = hub.key(id);
    CHECK(old.supersededBy.text == textOf(sent[0], "id"));
    CHECK(old.view.expiresAt == hub.clock.now() + hours(48));
    CHECK(hub.works(key.raw));
    const auto told = hub.eventsOf("api_key.rotated");
    REQUIRE(told.size() == 2);
    CHECK_FALSE(told[1].contains("sealed_key"));
    CHECK(textOf(told[1], "previous_valid_until") == formatTime(*old.view.expiresAt));
    CHECK(hub.schedule(old.supersededBy)->dueAt == hub.clock.now() + days(30));
    hub.clock.advance(hours(48));
    CHECK_FALSE(hub.works(key.raw));
    CHECK(hub.works(raw));
}

TEST_CASE("a schedule goes on for ever, for the last of a chain of issuing keys too") {
    KeysFixture hub;
    const Receiver receiver;
    auto issuer = hub.issue(hub.admin());
    for (int generation = 1; generation < 16; ++generation)
        issuer = hub.issue(hub.caller(issuer.key));
    ApiKeyId id = hub.issue(hub.caller(issuer.key)).key.view.id;
    REQUIRE(hub.run(hub.schedules.set(hub.admin(), id, receiver.plan())));
    for (std::size_t period = 1; period <= 20; ++period) {
        CAPTURE(period);
        hub.clock.advance(days(30));
        hub.delivery.now = State::Pending;
        hub.schedules.runDue();
        REQUIRE(hub.delivery.sent.size() == period);
        const SecretString raw = receiver.open(hub.eventsOf("api_key.rotated").back());
        CHECK(hub.works(raw));  // planned, and usable already
        hub.delivery.now = State::Delivered;
        hub.schedules.runDue();
        id = hub.key(id).supersededBy;
        REQUIRE_FALSE(id.empty());
        CHECK(hub.works(raw));
    }
}

TEST_CASE("a failed delivery leaves the old key as it is and calls a person") {
    KeysFixture hub;
    const Receiver receiver;
    const auto key = hub.issue(hub.admin(), {}, receiver.plan());
    const auto id = key.key.view.id;
    hub.clock.advance(days(30));
    hub.schedules.runDue();
    hub.delivery.now = State::Stuck;
    hub.schedules.runDue();
    hub.schedules.runDue();
    CHECK(hub.schedule(id)->status == RotationStatus::WaitingForPerson);
    CHECK(hub.schedule(id)->reason == "delivery_failed");
    CHECK(hub.eventsOf("api_key.rotation_due").size() == 1);
    const SecretString raw = receiver.open(hub.eventsOf("api_key.rotated")[0]);
    CHECK(hub.works(key.raw));

    SECTION("a delivery that gets through later is what it waited for") {
        hub.delivery.now = State::Delivered;
        hub.schedules.runDue();
        CHECK_FALSE(hub.key(id).supersededBy.empty());
        CHECK(hub.works(raw));
    }
    SECTION("a rotation by hand revokes the successor that was sent") {
        const auto rotated = hub.rotate(id);
        CHECK_FALSE(hub.works(raw));
        CHECK(hub.works(rotated.raw));
    }
    SECTION("removing the schedule revokes it, too") {
        REQUIRE(hub.run(hub.schedules.remove(hub.admin(), id)));
        CHECK_FALSE(hub.works(raw));
        CHECK(hub.works(key.raw));
        CHECK_FALSE(hub.schedule(id));
    }
    SECTION("when the old key is revoked, the successor that nobody confirmed goes with it") {
        REQUIRE(hub.run(hub.keys.revoke(hub.admin(), key.key)));
        hub.schedules.runDue();
        CHECK_FALSE(hub.works(raw));
        CHECK_FALSE(hub.schedule(id));
    }
}

TEST_CASE("a receiver that does not answer for a day calls a person") {
    KeysFixture hub;
    const Receiver receiver;
    const auto key = hub.issue(hub.admin(), {}, receiver.plan());
    hub.clock.advance(days(30));
    hub.schedules.runDue();
    hub.clock.advance(hours(24));
    hub.schedules.runDue();
    CHECK(hub.schedule(key.key.view.id)->reason == "delivery_pending");
}

TEST_CASE("nothing is sent to an endpoint that is paused") {
    KeysFixture hub;
    const Receiver receiver;
    const auto key = hub.issue(hub.admin(), {}, receiver.plan());
    hub.delivery.isActive = false;
    hub.clock.advance(days(30));
    hub.schedules.runDue();
    CHECK(hub.delivery.sent.empty());
    CHECK(hub.schedule(key.key.view.id)->reason == "receiver_not_active");
    CHECK(hub.number("SELECT count(*) FROM api_keys") == 1);
}

TEST_CASE("a successor that nobody has confirmed dies with the key that is revoked") {
    KeysFixture hub;
    const Receiver receiver;
    const auto key = hub.issue(hub.admin(), {}, receiver.plan());
    const auto child = hub.issue(hub.caller(key.key));
    hub.clock.advance(days(30));
    hub.schedules.runDue();
    const auto successor = receiver.open(hub.eventsOf("api_key.rotated")[0]);
    CHECK(hub.works(successor));
    REQUIRE(hub.run(hub.keys.revoke(hub.admin(), key.key)));
    CHECK_FALSE(hub.works(successor));
    hub.delivery.now = State::Delivered;
    hub.schedules.runDue();
    CHECK_FALSE(hub.works(successor));
    CHECK_FALSE(hub.works(child.raw));
}

TEST_CASE("a key that is narrowed while its successor is on the way has a narrow successor") {
    KeysFixture hub;
    const Receiver receiver;
    const auto key = hub.issue(hub.admin(), {}, receiver.plan());
    hub.clock.advance(days(30));
    hub.schedules.runDue();
    access::KeyChange change;
    change.permissions = access::PermissionSet{}.set(access::bit(access::Permission::ScansRead));
    REQUIRE(hub.run(hub.keys.change(hub.admin(), key.key, change)));
    const auto planned = hub.schedule(key.key.view.id)->successor;
    hub.delivery.now = State::Delivered;
    hub.schedules.runDue();
    const auto successor = hub.key(planned);
    CHECK(successor.view.permissions == *change.permissions);
    CHECK(successor.issuedByKey.empty());
}

TEST_CASE("a schedule makes no key in the name of somebody who was disabled") {
    KeysFixture hub;
    const Receiver receiver;
    const auto key = hub.issue(hub.admin(), {}, receiver.plan());
    hub.sql("UPDATE users SET status = 'disabled'");
    hub.clock.advance(days(30));
    hub.schedules.runDue();
    CHECK(hub.delivery.sent.empty());
    CHECK(hub.schedule(key.key.view.id)->reason == "owner_disabled");
}

TEST_CASE("a person is called once while the owner of a confirmed successor is missing") {
    KeysFixture hub;
    const Receiver receiver;
    const auto key = hub.issue(hub.admin(), {}, receiver.plan());
    const auto id = key.key.view.id;
    hub.clock.advance(days(30));
    hub.schedules.runDue();
    hub.sql("UPDATE users SET status = 'disabled'");
    hub.delivery.now = State::Delivered;
    for (int minute = 0; minute < 5; ++minute) {
        hub.schedules.runDue();
        hub.clock.advance(std::chrono::minutes(1));
    }
    CHECK(hub.schedule(id)->reason == "owner_disabled");
    CHECK(hub.eventsOf("api_key.rotation_due").size() == 1);
    CHECK(hub.number("SELECT count(*) FROM audit_log WHERE details LIKE '%owner_disabled%'") == 1);
    // What it waited for: the owner is back.
    hub.sql("UPDATE users SET status = 'active'");
    hub.schedules.runDue();
    CHECK_FALSE(hub.key(id).supersededBy.empty());
}

TEST_CASE("a schedule hands a key to an endpoint of its own team only") {
    KeysFixture hub;
    hub.delivery.team = "t2";
    const Receiver receiver;
    const auto key = hub.issue(hub.admin());
    const auto set = hub.run(hub.schedules.set(hub.admin(), key.key.view.id, receiver.plan()));
    REQUIRE_FALSE(set);
    CHECK(set.error().fields.front().pointer == "/deliver/endpoint_id");
}

TEST_CASE("a schedule of a key that has a successor, or has ended, is refused") {
    KeysFixture hub;
    const auto key = hub.issue(hub.admin());
    const auto rotated = hub.rotate(key.key.view.id);
    const auto set = [&](const ApiKeyId& id) {
        return hub.run(hub.schedules.set(hub.admin(), id, byPerson()));
    };
    CHECK(set(key.key.view.id).error().code == "already_rotated");
    CHECK(set(rotated.key.view.id));  // also while the old key still works
    REQUIRE(hub.run(hub.keys.revoke(hub.admin(), rotated.key)));
    CHECK(set(rotated.key.view.id).error().code == "key_ended");
}

TEST_CASE("a rotation plan is refused by the member that does not fit") {
    const auto pointerOf = [](std::string_view text) {
        const auto body = json::parse(text);
        json::ObjectReader reader(*body);
        (void)readRotation(reader);
        const auto fits = reader.finish();
        return fits ? std::string("none") : fits.error().fields.front().pointer;
    };
    CHECK(pointerOf(R"({"rotation":{"every_days":90}})") == "none");
    CHECK(pointerOf(R"({"rotation":null})") == "none");
    CHECK(pointerOf(R"({"rotation":{}})") == "/rotation/every_days");
    CHECK(pointerOf(R"({"rotation":{"every_days":0}})") == "/rotation/every_days");
    CHECK(pointerOf(R"({"rotation":{"every_days":1,"overlap_hours":721}})") ==
          "/rotation/overlap_hours");
    // A key would fall due again before the one before it has ended.
    for (const char* longer : {"24", "25", "720"})
        CHECK(pointerOf(R"({"rotation":{"every_days":1,"overlap_hours":)" + std::string(longer) +
                        "}}") == "/rotation/overlap_hours");
    CHECK(pointerOf(R"({"rotation":{"every_days":1,"overlap_hours":23}})") == "none");
    CHECK(pointerOf(R"({"rotation":{"every_days":30,"overlap_hours":720}})") ==
          "/rotation/overlap_hours");
    CHECK(pointerOf(R"({"rotation":{"every_days":31,"overlap_hours":720}})") == "none");
    CHECK(pointerOf(R"({"rotation":{"every_days":1,"deliver":{}}})") ==
          "/rotation/deliver/endpoint_id");
    // Of low order: every box sealed to it could be opened by anybody.
    CHECK(pointerOf(R"({"rotation":{"every_days":1,"deliver":{"endpoint_id":)"
                    R"("019b76da-a800-7000-8000-000000000003","public_key":)"
                    R"("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}})") ==
          "/rotation/deliver/public_key");
}

TEST_CASE("an overlap that nobody names is a day, or half of a shorter period") {
    for (const auto& [every, overlap] : {std::pair{1, 12}, {2, 24}, {90, 24}}) {
        const json::Value body = json::Object{{"every_days", every}};
        json::ObjectReader reader(body);
        CHECK(readRotationPlan(reader).overlap == std::chrono::hours(overlap));
    }
}
