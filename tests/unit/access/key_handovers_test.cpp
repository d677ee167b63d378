#include "access/key_handovers.h"

#include "due_hub.h"

using namespace trusthub;
using namespace trusthub::access;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::KeysFixture;
using test::textOf;
using test::toConnection;

namespace {

struct HandoverHub : test::DueHub {
    std::optional<KeyHandover> handover() {
        return store.read([&](store::ReadTx& tx) { return key_handover_repo::find(tx, id); });
    }
    std::string reason() { return schedule(id)->reason; }
    RotationStatus status() { return schedule(id)->status; }
    bool rotated() { return !key(id).supersededBy.empty(); }
    std::int64_t keyCount() { return number("SELECT count(*) FROM api_keys"); }
};

}  // namespace

TEST_CASE("the successor is stored sealed at the provider, and the overlap begins then") {
    HandoverHub hub;
    CHECK(hub.status() == RotationStatus::Delivering);
    CHECK(hub.keyCount() == 1);
    hub.handOver();
    REQUIRE(hub.sinks.stored.size() == 1);
    const SecretString raw = hub.sinks.opened();
    CHECK(hub.works(raw));
    CHECK(hub.works(hub.old.raw));
    REQUIRE(hub.rotated());
    const auto old = hub.key(hub.id);
    CHECK(old.view.expiresAt == hub.clock.now() + hours(48));
    const auto next = hub.schedule(old.supersededBy);
    REQUIRE(next);
    CHECK(next->status == RotationStatus::Scheduled);
    CHECK(next->dueAt == hub.clock.now() + days(30));
    CHECK(next->plan.sink == toConnection().sink);
    CHECK_FALSE(hub.schedule(hub.id));
    CHECK_FALSE(hub.handover());

    const auto told = hub.eventsOf("api_key.delivered");
    REQUIRE(told.size() == 1);
    CHECK(textOf(told[0], "id") == old.supersededBy.text);
    CHECK(textOf(told[0].at("delivered_to"), "repository") == "shop/ledger");
    CHECK(hub.eventsOf("api_key.rotated").size() == 1);
    CHECK(hub.number("SELECT count(*) FROM audit_log WHERE details LIKE '%delivered_to%'") == 1);
    hub.clock.advance(hours(48));
    CHECK_FALSE(hub.works(hub.old.raw));
    CHECK(hub.works(raw));
}

TEST_CASE("what has been sealed is sent again after a crash, and nothing else is made") {
    HandoverHub hub;
    hub.sinks.putError = fail(ErrorKind::Timeout);  // as if the hub had ended before the answer
    hub.handOver();
    REQUIRE(hub.handover());
    CHECK(hub.handover()->sent);
    CHECK(hub.keyCount() == 2);
    const std::string box = hub.handover()->box;
    hub.sinks.putError.reset();
    KeyHandovers restarted({hub.store, hub.rotation, hub.schedules, hub.sinks, hub.left, hub.audit,
                            hub.events, hub.clock, hub.random, hub.log},
                           {{seconds(0), seconds(10)}, 0.0});
    hub.clock.advance(seconds(10));
    restarted.runDue({});
    REQUIRE(hub.sinks.stored.size() == 1);
    CHECK(hub.sinks.stored[0].box == box);
    CHECK(hub.keyCount() == 2);
    CHECK(hub.rotated());
    CHECK(hub.works(hub.sinks.opened()));
}

TEST_CASE("a planned successor works before the provider's answer has come in") {
    HandoverHub hub;
    bool worked = false;
    hub.sinks.whilePutting = [&] {
        worked = hub.number("SELECT count(*) FROM api_keys WHERE revoked_at IS NULL") == 2;
    };
    hub.handOver();
    CHECK(worked);
}

TEST_CASE("what may pass is tried again after the schedule's waits, then a person is called") {
    HandoverHub hub;
    hub.sinks.keyError = fail(ErrorKind::ProviderUnavailable, "GitHub answers 500.");
    CHECK(hub.handOver() == seconds(10));
    CHECK(hub.handover()->lastError == "GitHub answers 500.");
    CHECK(hub.status() == RotationStatus::Delivering);
    CHECK(hub.handOver() == seconds(10));  // not before its time
    CHECK(hub.sinks.keysAsked == 1);
    hub.clock.advance(seconds(10));
    CHECK(hub.handOver() == minutes(1));
    hub.clock.advance(minutes(1));
    hub.handOver();
    hub.clock.advance(hours(1));
    hub.handOver();
    CHECK(hub.sinks.keysAsked == 4);
    CHECK(hub.status() == RotationStatus::WaitingForPerson);
    CHECK(hub.reason() == "delivery_failed");
    CHECK(hub.keyCount() == 1);
    CHECK(hub.eventsOf("api_key.rotation_due").size() == 1);
    CHECK(hub.works(hub.old.raw));
}

TEST_CASE("the provider's own wait is kept, up to an hour") {
    HandoverHub hub;
    Error limited = fail(ErrorKind::RateLimited);
    limited.retryAfter = minutes(20);
    hub.sinks.putError = limited;
    hub.handOver();
    CHECK(hub.handover()->nextAt == hub.clock.now() + minutes(20));
    CHECK_FALSE(hub.handover()->sent);  // it has answered that it did not store it
    limited.retryAfter = hours(30);
    hub.sinks.putError = limited;
    hub.clock.advance(minutes(20));
    hub.handOver();
    CHECK(hub.handover()->nextAt == hub.clock.now() + hours(1));
    hub.sinks.putError.reset();
    hub.clock.advance(hours(1));
    hub.handOver();
    CHECK(hub.rotated());
}

TEST_CASE(
    "what fails for good calls a person with the reason, and goes on when the connection "
    "is changed") {
    struct Case {
        ErrorKind kind;
        const char* reason;
    };
    for (const auto& [kind, reason] : {Case{ErrorKind::Unauthenticated, "receiver_unauthorized"},
                                       Case{ErrorKind::Forbidden, "receiver_forbidden"},
                                       Case{ErrorKind::NotFound, "receiver_not_found"},
                                       Case{ErrorKind::ProviderRejected, "receiver_refused"},
                                       Case{ErrorKind::EgressDenied, "receiver_refused"}}) {
        CAPTURE(reason);
        HandoverHub hub;
        hub.sinks.putError = fail(kind);
        hub.handOver();
        hub.handOver();
        CHECK(hub.sinks.puts == 1);
        CHECK(hub.reason() == reason);
        CHECK(hub.status() == RotationStatus::WaitingForPerson);
        CHECK(hub.eventsOf("api_key.rotation_due").size() == 1);
        CHECK_FALSE(hub.rotated());
        CHECK(hub.works(hub.old.raw));
        hub.schedules.runDue();
        CHECK(hub.status() == RotationStatus::WaitingForPerson);

        hub.sinks.putError.reset();
        hub.clock.advance(hours(50));
        hub.sinks.now = KeySinks::Standing{true, hub.clock.now() - minutes(1)};
        hub.handOver();
        CHECK(hub.rotated());
        CHECK(hub.keyCount() == 2);
        CHECK(hub.works(hub.sinks.opened()));
    }
}

TEST_CASE("a successor that is sealed to a key of yesterday is replaced, as nobody has it") {
    HandoverHub hub;
    Error limited = fail(ErrorKind::RateLimited);
    hub.sinks.putError = limited;
    hub.handOver();
    const auto first = hub.schedule(hub.id)->successor;
    hub.sinks.putError.reset();
    hub.sinks.keyId = "k2";
    hub.clock.advance(seconds(10));
    hub.handOver();
    CHECK(hub.schedule(hub.id)->successor.empty());
    CHECK(hub.key(first).revokedAt);
    hub.clock.advance(minutes(1));
    hub.handOver();
    REQUIRE(hub.sinks.stored.size() == 1);
    CHECK(hub.sinks.stored[0].keyId == "k2");
    CHECK(hub.rotated());
    CHECK(hub.key(hub.id).supersededBy != first);
    CHECK(hub.works(hub.sinks.opened()));
}

TEST_CASE("a successor that may have arrived is not taken back by itself") {
    HandoverHub hub;
    hub.sinks.putError = fail(ErrorKind::Timeout);
    hub.handOver();
    const auto first = hub.schedule(hub.id)->successor;
    hub.sinks.keyId = "k2";
    hub.clock.advance(seconds(10));
    hub.handOver();
    CHECK(hub.status() == RotationStatus::WaitingForPerson);
    CHECK(hub.schedule(hub.id)->successor == first);
    CHECK_FALSE(hub.key(first).revokedAt);
    SECTION("a rotation by hand does it") {
        const auto byHand = hub.rotate(hub.id);
        CHECK(hub.key(first).revokedAt);
        CHECK_FALSE(hub.handover());
        CHECK(hub.schedule(byHand.key.view.id)->plan.sink);
    }
}

TEST_CASE("nothing is made for a connection that is paused or gone") {
    HandoverHub hub;
    SECTION("paused") {
        hub.sinks.now->active = false;
    }
    SECTION("gone") {
        hub.sinks.now.reset();
    }
    hub.handOver();
    CHECK(hub.sinks.keysAsked == 0);
    CHECK(hub.keyCount() == 1);
    CHECK(hub.reason() == "receiver_not_active");
    CHECK(hub.eventsOf("api_key.rotation_due").size() == 1);
    hub.clock.advance(minutes(1));
    hub.sinks.now = KeySinks::Standing{true, hub.clock.now()};
    hub.handOver();
    CHECK(hub.rotated());
}

TEST_CASE("nothing is made in the name of somebody who was disabled while the provider was away") {
    HandoverHub hub;
    hub.sql("UPDATE users SET status = 'disabled'");
    hub.handOver();
    CHECK(hub.keyCount() == 1);
    CHECK(hub.reason() == "owner_disabled");
}

TEST_CASE("a planned successor that was revoked is not sent, and a person is called once") {
    HandoverHub hub;
    hub.sinks.putError = fail(ErrorKind::Timeout);
    hub.handOver();
    const auto planned = hub.schedule(hub.id)->successor;
    REQUIRE(hub.run<void>(hub.keys.revoke(hub.admin(), hub.key(planned))));
    SECTION("seen by the handover first") {}
    SECTION("seen by the schedule first") {
        hub.schedules.runDue();
    }
    hub.clock.advance(minutes(1));
    hub.handOver();
    hub.schedules.runDue();
    CHECK(hub.sinks.puts == 1);
    CHECK(hub.reason() == "successor_ended");
    CHECK(hub.eventsOf("api_key.rotation_due").size() == 1);
    hub.sinks.putError.reset();
    hub.clock.advance(minutes(1));
    hub.sinks.now = KeySinks::Standing{true, hub.clock.now()};
    hub.handOver();
    CHECK(hub.rotated());
    CHECK(hub.works(hub.sinks.opened()));
}

TEST_CASE("a handover ends with the key that is revoked, and with its schedule") {
    HandoverHub hub;
    hub.sinks.putError = fail(ErrorKind::Timeout);
    hub.handOver();
    const auto planned = hub.schedule(hub.id)->successor;
    SECTION("the key") {
        REQUIRE(hub.run<void>(hub.keys.revoke(hub.admin(), hub.old.key)));
        hub.clock.advance(minutes(1));
        hub.handOver();
    }
    SECTION("the schedule") {
        REQUIRE(hub.run<void>(hub.schedules.remove(hub.admin(), hub.id)));
    }
    CHECK_FALSE(hub.schedule(hub.id));
    CHECK_FALSE(hub.handover());
    CHECK(hub.key(planned).revokedAt);
    CHECK(hub.sinks.puts == 1);
}

TEST_CASE("a schedule that is removed while the provider answers starts no overlap") {
    HandoverHub hub;
    hub.sinks.whilePutting = [&] {
        REQUIRE(hub.run<void>(hub.schedules.remove(hub.admin(), hub.id)));
    };
    hub.handOver();
    CHECK_FALSE(hub.rotated());
    CHECK(hub.works(hub.old.raw));
    CHECK_FALSE(hub.works(hub.sinks.opened()));
}

TEST_CASE("once asked to stop, no further handover begins") {
    HandoverHub hub;
    std::stop_source stop;
    stop.request_stop();
    hub.handovers.runDue(stop.get_token());
    CHECK(hub.sinks.keysAsked == 0);
    CHECK(hub.status() == RotationStatus::Delivering);
}

TEST_CASE("a schedule names a connection of the key's own team, for those who may manage it") {
    KeysFixture hub;
    const auto key = hub.issue(hub.admin());
    const auto pointerOf = [&](const Principal& by) {
        const auto set = hub.run(hub.schedules.set(by, key.key.view.id, toConnection()));
        return set ? std::string("none") : set.error().fields.front().pointer;
    };
    CHECK(pointerOf(hub.admin()) == "none");
    hub.sinks.team = "t2";
    CHECK(pointerOf(hub.admin()) == "/deliver/connection_id");
    hub.sinks.team = "t1";
    // The key may rotate itself, and manages no connections.
    CHECK(pointerOf(hub.caller(key.key)) == "/deliver/connection_id");
}

TEST_CASE("a plan with a connection is refused by the member that does not fit") {
    const auto pointerOf = [](const std::string& deliver) {
        const auto body =
            json::parse(R"({"rotation":{"every_days":1,"deliver":{)" + deliver + "}}}");
        json::ObjectReader reader(*body);
        const auto plan = readRotation(reader);
        const auto fits = reader.finish();
        if (!fits) return fits.error().fields.front().pointer;
        // What was read is what is written.
        const json::Object written = toJson(*plan->sink);
        CHECK(targetOf(written) == plan->sink->target);
        return std::string("none ") + plan->sink->target.visibility;
    };
    const std::string connection =
        R"("connection_id":"019b76da-a800-7000-8000-000000000003","secret_name":"A")";
    CHECK(pointerOf(connection + R"(,"repository":"a/b")") == "none ");
    CHECK(pointerOf(connection + R"(,"repository":"a/b","environment":"live")") == "none ");
    CHECK(pointerOf(connection + R"(,"organization":"a")") == "none private");
    CHECK(pointerOf(connection + R"(,"organization":"a","visibility":"all")") == "none all");
    CHECK(pointerOf(connection) == "/rotation/deliver/repository");
    CHECK(pointerOf(connection + R"(,"repository":"a/b","organization":"c")") ==
          "/rotation/deliver/repository");
    CHECK(pointerOf(connection + R"(,"repository":"a/b","public_key":"x")") ==
          "/rotation/deliver/public_key");
    CHECK(pointerOf(R"("connection_id":"x","secret_name":"A","repository":"a/b")") ==
          "/rotation/deliver/connection_id");
    CHECK(pointerOf(R"("connection_id":"019b76da-a800-7000-8000-000000000003",)"
                    R"("repository":"a/b")") == "/rotation/deliver/secret_name");
}
