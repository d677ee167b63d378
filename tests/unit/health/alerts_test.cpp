#include "access/expiry_notices.h"
#include "access/key_alarms.h"
#include "alerts_fixture.h"

using namespace trusthub;
using health::AlertState;
using people::Role;
using std::chrono::days;
using std::chrono::hours;
using test::AlertedKeys;

TEST_CASE("the same matter again is counted, and mailed once") {
    AlertedKeys hub;
    const auto key = hub.teamKey(hub.lead);
    hub.raise(hub.alarm(key));
    hub.clock.advance(hours(1));
    for (int i = 0; i < 99; ++i) hub.raise(hub.alarm(key));
    const auto alert = hub.only();
    CHECK(alert.times == 100);
    CHECK(alert.lastAt - alert.firstAt == hours(1));
    CHECK(hub.mailed(alert.id) == std::vector{hub.lead.id.text});
}

TEST_CASE("another stage of the same matter opens it again and is mailed") {
    AlertedKeys hub;
    const auto key = hub.teamKey(hub.lead);
    hub.raise(hub.alarm(key, "14"));
    hub.acknowledge(hub.lead);
    hub.raise(hub.alarm(key, "7"));
    const auto alert = hub.only();
    CHECK(alert.state == AlertState::Open);
    CHECK(alert.acknowledgedBy.empty());
    CHECK(alert.times == 2);
    CHECK(hub.mailed(alert.id).size() == 2);
}

TEST_CASE("what was acknowledged is news again after a quiet day only") {
    AlertedKeys hub;
    const auto key = hub.teamKey(hub.lead);
    hub.raise(hub.alarm(key));
    hub.acknowledge(hub.lead);
    hub.clock.advance(hours(23));
    hub.raise(hub.alarm(key));
    CHECK(hub.only().state == AlertState::Acknowledged);
    hub.clock.advance(hours(24));
    hub.raise(hub.alarm(key));
    CHECK(hub.only().state == AlertState::Open);
    CHECK(hub.mailed(hub.only().id).size() == 2);
}

TEST_CASE("an alert is seen by its team's admins, super_admins, auditors and who has the key") {
    AlertedKeys hub;
    const std::string elsewhere = hub.team("Elsewhere");
    const auto stranger = hub.user("stranger", {{Role::TeamAdmin, elsewhere, {}}});
    const auto auditor = hub.user("auditor", {{Role::Auditor, "", {}}});
    const auto colleague = hub.user("colleague", {{Role::Developer, hub.teamId, {}}});
    auto alarm = hub.alarm(hub.teamKey(hub.lead));
    hub.raise(alarm);
    const auto alert = hub.only();
    CHECK(hub.sees(hub.lead, alert));
    CHECK(hub.sees(hub.admin, alert));
    CHECK(hub.sees(auditor, alert));
    CHECK_FALSE(hub.sees(stranger, alert));
    CHECK_FALSE(hub.sees(colleague, alert));
    // The issuer has nothing to do with it any more once the last role is gone.
    people::Users::Change change;
    change.roles = std::vector<people::RoleGrant>{};
    hub.run(hub.users.update(hub.person, hub.lead.id, people::kPerson, change));
    CHECK_FALSE(hub.sees(*hub.store.read([&](store::ReadTx& tx) {
        return people::Users::find(tx, hub.lead.id, hub.clock.now());
    }),
                         alert));
}

TEST_CASE("the steward sees alerts of a service account's keys") {
    AlertedKeys hub;
    people::Users::New robot;
    robot.name = "robot";
    robot.kind = people::kService;
    robot.stewardId = hub.dev.id.text;
    robot.roles = {{Role::TeamAdmin, hub.teamId, {}}};
    const auto service = hub.run(hub.users.create(hub.person, robot));
    auto key = hub.wanted(access::KeyType::ReadOnly);
    key.scope = access::Scope::Team;
    key.teamId = hub.teamId;
    key.serviceAccountId = service.id.text;
    key.permissions.reset();
    key.permissions.set(access::bit(access::Permission::ScansRead));
    const auto issued = hub.issue(hub.as(hub.admin), key);
    hub.raise(hub.alarm(issued.key));
    CHECK(hub.sees(hub.dev, hub.only()));
}

TEST_CASE("alerts of the organization are for super_admins and auditors") {
    AlertedKeys hub;
    const auto key = hub.issue(hub.as(hub.admin), hub.wanted()).key;
    hub.raise(hub.alarm(key));
    CHECK(hub.sees(hub.admin, hub.only()));
    CHECK_FALSE(hub.sees(hub.lead, hub.only()));
}

TEST_CASE("who only reads acknowledges nothing; a resolved alert is nobody's to acknowledge") {
    AlertedKeys hub;
    const auto auditor = hub.user("auditor", {{Role::Auditor, "", {}}});
    const auto key = hub.teamKey(hub.lead);
    hub.raise(hub.alarm(key));
    const std::string id = hub.only().id;
    CHECK(hub.refused(hub.alerts.acknowledge(hub.as(auditor), id)).kind == ErrorKind::Forbidden);
    CHECK(hub.refused(hub.alerts.acknowledge(hub.as(hub.dev), id)).kind == ErrorKind::NotFound);
    CHECK(hub.acknowledge(hub.admin).acknowledgedBy == hub.admin.id.text);
    CHECK(hub.acknowledge(hub.lead).acknowledgedBy == hub.admin.id.text);
    CHECK(hub.audited("acknowledge") == 1);
    hub.revoke(key);
    hub.watch.round();
    CHECK(hub.refused(hub.alerts.acknowledge(hub.as(hub.lead), id)).code == "alert_resolved");
}

TEST_CASE("an alert is resolved when its key is revoked, and a new happening is a new alert") {
    AlertedKeys hub;
    const auto key = hub.teamKey(hub.lead);
    hub.raise(hub.alarm(key));
    hub.watch.round();
    CHECK(hub.only().state == AlertState::Open);
    hub.revoke(key);
    hub.watch.round();
    const auto alert = hub.only();
    CHECK(alert.state == AlertState::Resolved);
    CHECK(alert.resolution == "key_revoked");
    CHECK(alert.resolvedAt == hub.clock.now());
    hub.raise(hub.alarm(key));
    CHECK(hub.all().size() == 2);
}

TEST_CASE("a leak that was answered by revoking the key stays until somebody has looked") {
    AlertedKeys hub;
    const auto key = hub.teamKey(hub.lead);
    hub.revoke(key);
    hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
        access::raiseLeaked(tx, hub.alerts, key, "request_url", "", true);
        return {};
    });
    hub.watch.round();
    CHECK(hub.only().state == AlertState::Open);
    CHECK_FALSE(hub.mailed(hub.only().id).empty());
    hub.acknowledge(hub.lead);
    hub.clock.advance(days(7));
    hub.watch.round();
    CHECK(hub.only().resolution == "looked_after");
}

TEST_CASE("an alert is resolved when its key has expired") {
    AlertedKeys hub;
    hub.raise(hub.alarm(hub.teamKey(hub.lead, 3)));
    hub.clock.advance(days(3));
    hub.watch.round();
    CHECK(hub.only().resolution == "key_expired");
}

TEST_CASE("each notice of a key's end is one more stage of one alert, mailed each time") {
    AlertedKeys hub;
    const auto key = hub.teamKey(hub.lead, 90);
    access::ExpiryNotices notices(hub.store, hub.events, hub.clock, &hub.alerts);
    for (int day = 0; day < 90; ++day) {
        notices.runDue();
        hub.watch.round();
        hub.clock.advance(days(1));
    }
    const auto alert = hub.only();
    CHECK(alert.kind == "api_key_expiring");
    CHECK(alert.times == 4);
    CHECK(alert.severity == base::Severity::Critical);
    CHECK(alert.targetLabel == key.view.prefix + " (a key)");
    CHECK(hub.mailed(alert.id) == std::vector<std::string>(4, hub.lead.id.text));
    hub.watch.round();
    CHECK(hub.only().resolution == "key_expired");
}

TEST_CASE("resolved alerts are forgotten after their time, open ones never") {
    AlertedKeys hub;
    const auto gone = hub.teamKey(hub.lead), open = hub.teamKey(hub.lead);
    hub.raise(hub.alarm(gone));
    hub.raise(hub.alarm(open));
    hub.revoke(gone);
    hub.watch.round();
    hub.clock.advance(days(91));
    hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
        CHECK(health::alerts_repo::expire(tx, hub.clock.now() - days(90), 10) == 1);
        return {};
    });
    CHECK(hub.only().targetId == open.view.id.text);
}

TEST_CASE("opening, acknowledging and resolving an alert are audited and emitted for its team") {
    AlertedKeys hub;
    const auto key = hub.teamKey(hub.lead);
    hub.raise(hub.alarm(key));
    hub.raise(hub.alarm(key));
    hub.acknowledge(hub.lead);
    hub.acknowledge(hub.lead);
    hub.clock.advance(hours(25));
    hub.raise(hub.alarm(key));
    hub.revoke(key);
    hub.watch.round();
    hub.watch.round();
    CHECK(hub.audited("create") == 1);
    CHECK(hub.audited("acknowledge") == 1);
    CHECK(hub.audited("update") == 1);
    CHECK(hub.audited("resolve") == 1);
    const auto opened = hub.eventsOf("alert.opened");
    REQUIRE(opened.size() == 2);
    CHECK(opened[0].at("kind").as_string() == "api_key_leaked");
    CHECK(opened[0].at("target").at("id").as_string() == key.view.id.text);
    CHECK(opened[1].at("count").as_int64() == 3);
    const auto told = hub.eventsOf("alert.acknowledged");
    REQUIRE(told.size() == 1);
    CHECK(told[0].at("acknowledged_by").as_string() == hub.lead.id.text);
    const auto ended = hub.eventsOf("alert.resolved");
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].at("resolution").as_string() == "key_revoked");
    CHECK(hub.number("SELECT COUNT(*) FROM events WHERE type LIKE 'alert.%' AND team_id = '" +
                     hub.teamId + "'") == 4);
}

TEST_CASE("an alert of a unit that fails leaves neither row, event nor mail") {
    AlertedKeys hub;
    const auto key = hub.teamKey(hub.lead);
    (void)hub.refused<void>([&](store::WriteTx& tx) -> Result<void> {
        hub.alerts.raise(tx, hub.alarm(key));
        return fail(ErrorKind::Conflict);
    });
    CHECK(hub.all().empty());
    CHECK(hub.eventsOf("alert.opened").empty());
    CHECK(hub.audited("create") == 0);
    CHECK(hub.number("SELECT COUNT(*) FROM mails") == 0);
}

TEST_CASE("a key left at a provider is a matter until another lies there, or a week after a look") {
    AlertedKeys hub;
    const auto key = hub.teamKey(hub.lead);
    auto alarm = hub.alarm(key, "a place");
    alarm.kind = "api_key_left_behind";
    hub.raise(alarm);
    hub.revoke(key);
    hub.clock.advance(days(30));
    hub.watch.round();
    CHECK(hub.only().state == AlertState::Open);
    SECTION("replaced") {
        hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
            hub.alerts.resolveStage(tx, alarm.kind, "another place", "replaced");
            CHECK(health::alerts_repo::unresolved(tx, alarm.kind, alarm.targetId));
            hub.alerts.resolveStage(tx, alarm.kind, "a place", "replaced");
            return {};
        });
        CHECK(hub.only().resolution == "replaced");
    }
    SECTION("looked after") {
        hub.acknowledge(hub.lead);
        hub.clock.advance(days(6));
        hub.watch.round();
        CHECK(hub.only().state == AlertState::Acknowledged);
        hub.clock.advance(days(1));
        hub.watch.round();
        CHECK(hub.only().resolution == "looked_after");
    }
}
