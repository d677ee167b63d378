#include "access/left_keys.h"

#include "access/key_alarms.h"
#include "due_hub.h"

#include <algorithm>

using namespace trusthub;
using namespace trusthub::access;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using test::KeysFixture;
using test::textOf;
using test::toConnection;

namespace {

struct LeftHub : test::DueHub {
    LeftHub() : DueHub(toConnection("c1", "live")) {}

    /// The provider is called and does not answer; the successor may have arrived.
    ApiKeyId sendIntoSilence() {
        sinks.putError = fail(ErrorKind::Timeout);
        handOver();
        sinks.putError.reset();
        return schedule(id)->successor;
    }
    void removeSchedule() { REQUIRE(run<void>(schedules.remove(admin(), id))); }
    void revoke(const ApiKeyId& which) { REQUIRE(run<void>(keys.revoke(admin(), key(which)))); }
    std::vector<base::Alarm> alarms() {
        std::vector<base::Alarm> found;
        std::ranges::copy_if(notify.raised, std::back_inserter(found),
                             [](const auto& alarm) { return alarm.kind == kLeftBehind; });
        return found;
    }
    bool resolved(const std::string& because) {
        return std::ranges::any_of(notify.resolved, [&](const std::string& text) {
            return text.starts_with(kLeftBehind) && text.ends_with(because);
        });
    }
    std::int64_t rows() {
        return number("SELECT count(*) FROM audit_log WHERE details LIKE '%left_at%'");
    }
};

/// Told once, in all three ways.
void requireTold(LeftHub& hub, const ApiKeyId& successor, const std::string& stored) {
    const auto events = hub.eventsOf("api_key.left_behind");
    REQUIRE(events.size() == 1);
    CHECK(textOf(events[0], "id") == successor.text);
    CHECK(textOf(events[0], "supersedes") == hub.id.text);
    CHECK(textOf(events[0], "stored") == stored);
    CHECK(textOf(events[0].at("left_at"), "repository") == "shop/ledger");
    CHECK(hub.rows() == 1);
    const auto alarms = hub.alarms();
    REQUIRE(alarms.size() == 1);
    CHECK(alarms[0].severity == base::Severity::Critical);
    CHECK(alarms[0].targetId == successor.text);
    CHECK(alarms[0].teamId == "t1");
    CHECK(alarms[0].summary.find("may lie in secret TRUSTHUB_API_KEY of environment live of "
                                 "repository shop/ledger, where connection GitHub") !=
          std::string::npos);
    CHECK(alarms[0].action.find("secret TRUSTHUB_API_KEY") != std::string::npos);
}

}  // namespace

TEST_CASE("a schedule that is removed tells where its successor may lie, in the same commit") {
    LeftHub hub;
    const auto successor = hub.sendIntoSilence();
    hub.removeSchedule();
    requireTold(hub, successor, "maybe");
    CHECK(hub.key(successor).revokedAt);
    hub.schedules.runDue();
    hub.handOver();
    CHECK(hub.alarms().size() == 1);
}

TEST_CASE("so does a key that is revoked") {
    LeftHub hub;
    const auto successor = hub.sendIntoSilence();
    hub.revoke(hub.id);
    SECTION("seen by the schedule first") {
        hub.schedules.runDue();
    }
    SECTION("seen by the handover first") {
        hub.clock.advance(minutes(1));
        hub.handOver();
        hub.schedules.runDue();
    }
    requireTold(hub, successor, "maybe");
}

TEST_CASE("so does a planned successor that is revoked") {
    LeftHub hub;
    const auto successor = hub.sendIntoSilence();
    hub.revoke(successor);
    SECTION("seen by the schedule first") {
        hub.schedules.runDue();
    }
    SECTION("seen by the handover first") {}
    hub.clock.advance(minutes(1));
    hub.handOver();
    hub.schedules.runDue();
    requireTold(hub, successor, "maybe");
}

TEST_CASE("so does a rotation by hand") {
    LeftHub hub;
    const auto successor = hub.sendIntoSilence();
    hub.rotate(hub.id);
    requireTold(hub, successor, "maybe");
}

TEST_CASE("what is called off while the provider answers is told with the provider's answer") {
    LeftHub hub;
    ApiKeyId successor;
    hub.sinks.whilePutting = [&] {
        successor = hub.schedule(hub.id)->successor;
        hub.removeSchedule();
        requireTold(hub, successor, "maybe");
    };
    SECTION("stored") {
        hub.handOver();
        const auto events = hub.eventsOf("api_key.left_behind");
        REQUIRE(events.size() == 2);
        CHECK(textOf(events[1], "stored") == "yes");
        REQUIRE(hub.alarms().size() == 2);
        CHECK(hub.alarms()[0].stage == hub.alarms()[1].stage);  // one matter, mailed once
        CHECK(hub.alarms()[1].summary.find(" lies in secret ") != std::string::npos);
        CHECK(hub.rows() == 2);
        CHECK(hub.eventsOf("api_key.delivered").empty());
    }
    SECTION("refused") {
        hub.sinks.putError = fail(ErrorKind::Forbidden);
        hub.handOver();
        CHECK(hub.alarms().size() == 1);
        CHECK(hub.resolved(successor.text + " not_stored"));
    }
    SECTION("not answered") {
        hub.sinks.putError = fail(ErrorKind::Timeout);
        hub.handOver();
        CHECK(hub.alarms().size() == 1);
        CHECK_FALSE(hub.resolved("not_stored"));
    }
}

TEST_CASE("nothing is told of a successor that has certainly not arrived") {
    LeftHub hub;
    SECTION("none was made") {
        hub.sinks.keyError = fail(ErrorKind::ProviderUnavailable);
    }
    SECTION("the provider refused it") {
        hub.sinks.putError = fail(ErrorKind::RateLimited);
    }
    hub.handOver();
    hub.removeSchedule();
    CHECK(hub.alarms().empty());
    CHECK(hub.eventsOf("api_key.left_behind").empty());
}

TEST_CASE("the next successor that is stored at the same place ends the matter") {
    LeftHub hub;
    hub.revoke(hub.sendIntoSilence());
    hub.clock.advance(minutes(1));
    hub.handOver();
    REQUIRE(hub.alarms().size() == 1);
    CHECK_FALSE(hub.resolved("replaced"));
    hub.clock.advance(minutes(1));
    hub.sinks.now = KeySinks::Standing{true, hub.clock.now(), "GitHub"};
    hub.handOver();
    CHECK_FALSE(hub.key(hub.id).supersededBy.empty());
    CHECK(hub.resolved(hub.alarms()[0].stage + " replaced"));
}

TEST_CASE("the same place in other letter case, or for other repositories, is the same matter") {
    LeftHub hub;
    hub.revoke(hub.sendIntoSilence());
    hub.clock.advance(minutes(1));
    hub.handOver();
    REQUIRE(hub.alarms().size() == 1);
    auto plan = toConnection("c1", "Live");
    plan.sink->target.repository = "Shop/Ledger";
    plan.sink->target.name = "trusthub_api_key";
    REQUIRE(hub.run(hub.schedules.set(hub.admin(), hub.id, plan)));
    hub.clock.advance(days(30));
    hub.schedules.runDue();
    hub.handOver();
    CHECK_FALSE(hub.key(hub.id).supersededBy.empty());
    CHECK(hub.resolved(hub.alarms()[0].stage + " replaced"));

    const auto stageFor = [&](const char* visibility) {
        LeftHub other;
        auto everywhere = toConnection("c1");
        everywhere.sink->target = {{}, {}, "Shop", visibility, "TRUSTHUB_API_KEY"};
        REQUIRE(other.run(other.schedules.set(other.admin(), other.id, everywhere)));
        other.clock.advance(days(30));
        other.schedules.runDue();
        other.sendIntoSilence();
        other.removeSchedule();
        REQUIRE(other.alarms().size() == 1);
        return other.alarms()[0].stage;
    };
    CHECK(stageFor("private") == stageFor("all"));
}

TEST_CASE("a successor that was stored, and whose overlap never begins, is told as stored") {
    LeftHub hub;
    hub.sinks.whilePutting = [&] { hub.sql("UPDATE users SET status = 'disabled'"); };
    hub.handOver();
    CHECK(hub.schedule(hub.id)->reason == "owner_disabled");
    CHECK(hub.alarms().empty());  // it is in force again when its owner is
    hub.removeSchedule();
    const auto events = hub.eventsOf("api_key.left_behind");
    REQUIRE(events.size() == 1);
    CHECK(textOf(events[0], "stored") == "yes");
}

TEST_CASE("connections take turns, and one that keeps silent holds up its own handovers only") {
    KeysFixture hub;
    std::vector<ApiKeyId> quiet, lively;
    for (int i = 0; i < 3; ++i)
        quiet.push_back(hub.issue(hub.admin(), {}, toConnection("quiet")).key.view.id);
    for (int i = 0; i < 3; ++i)
        lively.push_back(hub.issue(hub.admin(), {}, toConnection("lively")).key.view.id);
    hub.clock.advance(days(30));
    hub.schedules.runDue();
    hub.sinks.silent = {"quiet"};
    CHECK(hub.handovers.runDue({}) == std::chrono::seconds(10));
    CHECK(std::ranges::count(hub.sinks.asked, "quiet") == 1);
    CHECK(std::ranges::find(hub.sinks.asked, "lively") - hub.sinks.asked.begin() <= 1);
    for (const auto& id : lively) CHECK_FALSE(hub.key(id).supersededBy.empty());

    // The rest waits as long as the first, and then another one is tried.
    hub.sinks.asked.clear();
    hub.handovers.runDue({});
    CHECK(hub.sinks.asked.empty());
    hub.clock.advance(std::chrono::seconds(10));
    hub.handovers.runDue({});
    CHECK(hub.sinks.asked.size() == 1);
    CHECK(hub.number("SELECT max(attempts) FROM api_key_handovers") == 1);
    hub.sinks.silent.clear();
    hub.clock.advance(minutes(1));
    hub.handovers.runDue({});
    for (const auto& id : quiet) CHECK_FALSE(hub.key(id).supersededBy.empty());
}

TEST_CASE("a hundred handovers of one connection do not push another's out of the round") {
    KeysFixture hub;
    for (int i = 0; i < 120; ++i) hub.issue(hub.admin(), {}, toConnection("crowd"));
    hub.clock.advance(minutes(1));
    const auto single = hub.issue(hub.admin(), {}, toConnection("single")).key.view.id;
    hub.clock.advance(days(30));
    for (int i = 0; i < 2; ++i) hub.schedules.runDue();
    hub.handovers.runDue({});
    CHECK_FALSE(hub.key(single).supersededBy.empty());
}

TEST_CASE("a connection that is paused right before the call calls a person") {
    LeftHub hub;
    SECTION("before its key is asked for") {
        hub.sinks.keyError = fail(ErrorKind::Conflict, "paused", std::string(kSinkNotActive));
    }
    SECTION("before the secret is sent") {
        hub.sinks.putError = fail(ErrorKind::Conflict, "paused", std::string(kSinkNotActive));
    }
    hub.handOver();
    CHECK(hub.schedule(hub.id)->reason == "receiver_not_active");
    CHECK(hub.schedule(hub.id)->status == RotationStatus::WaitingForPerson);
    CHECK(hub.eventsOf("api_key.rotation_due").size() == 1);
    hub.removeSchedule();
    CHECK(hub.alarms().empty());
}
