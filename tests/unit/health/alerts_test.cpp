#include "access/expiry_notices.h"
#include "base/text.h"
#include "health/alert_mail.h"
#include "health_fixture.h"

using namespace trusthub;
using health::AlertState;
using people::Role;
using std::chrono::days;
using std::chrono::hours;
using test::HealthHub;

namespace {

struct Keys : HealthHub {
    std::string teamId = team("Payments");
    people::User lead = user("lead", {{Role::TeamAdmin, teamId, {}}});
    people::User dev = user("dev", {{Role::Developer, teamId, {}}});

    access::ApiKey teamKey(const people::User& by, std::optional<int> ends = {}) {
        auto key = wanted(access::KeyType::ReadOnly);
        key.scope = access::Scope::Team;
        key.teamId = teamId;
        key.permissions.reset();
        key.permissions.set(access::bit(access::Permission::ScansRead));
        if (ends) key.expiresAt = clock.now() + days(*ends);
        return issue(as(by), key).key;
    }
    base::Alarm alarm(const access::ApiKey& key, std::string stage = {}) {
        return {"api_key_leaked", base::Severity::Critical,
                key.view.teamId,  "api_keys",
                key.view.id.text, "a key",
                std::move(stage), "It leaked.",
                "Revoke it.",     key.createdBy};
    }
    void disable(const people::User& who) {
        people::Users::Change change;
        change.status = "disabled";
        run(users.update(person, who.id, people::kPerson, change));
    }
    void revoke(const access::ApiKey& key) { run(keys.revoke(as(admin), key)); }
    std::int64_t audited(const std::string& action) {
        return number(
            "SELECT COUNT(*) FROM audit_log WHERE target_table = 'alerts' AND action = '" + action +
            "'");
    }
    bool sees(const people::User& who, const health::Alert& alert) {
        const auto by = as(who);
        const bool one =
            store.read([&](store::ReadTx& tx) { return health::Alerts::maySee(tx, by, alert); });
        const auto listed = all(health::Alerts::visibleTo(by));
        CHECK(one == !listed.empty());
        return one;
    }
    health::Alert acknowledge(const people::User& who) {
        return run(alerts.acknowledge(as(who), only().id));
    }
};

}  // namespace

TEST_CASE("the same matter again is counted, and mailed once") {
    Keys hub;
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
    Keys hub;
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
    Keys hub;
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

TEST_CASE("who asked for the key is mailed, else the team's admins, else the super_admins") {
    Keys hub;
    const auto first = hub.teamKey(hub.lead), second = hub.teamKey(hub.lead);
    hub.raise(hub.alarm(first));
    CHECK(hub.mailed(hub.only().id) == std::vector{hub.lead.id.text});
    const auto other = hub.user("other", {{Role::TeamAdmin, hub.teamId, {}}});
    hub.disable(hub.lead);
    hub.raise(hub.alarm(second));
    CHECK(hub.mailed(hub.all().front().id) == std::vector{other.id.text});
    hub.disable(other);
    auto third = hub.alarm(second);
    third.kind = "api_key_expiring";
    hub.raise(third);
    CHECK(hub.mailed(hub.all().front().id) == std::vector{hub.admin.id.text});
}

TEST_CASE("a critical alert is mailed to its team's admins as well, to each once") {
    Keys hub;
    const auto other = hub.user("other", {{Role::TeamAdmin, hub.teamId, {}}});
    const auto gone = hub.user("gone", {{Role::TeamAdmin, hub.teamId, {}}});
    hub.disable(gone);
    auto alarm = hub.alarm(hub.teamKey(hub.lead));
    SECTION("who is responsible comes first") {
        alarm.responsibleId = hub.dev.id.text;
        hub.raise(alarm);
        CHECK(hub.mailed(hub.only().id) ==
              std::vector{hub.dev.id.text, hub.lead.id.text, other.id.text});
    }
    SECTION("who is both is mailed once") {
        hub.raise(alarm);
        CHECK(hub.mailed(hub.only().id) == std::vector{hub.lead.id.text, other.id.text});
    }
    SECTION("a warning is for who is responsible alone") {
        alarm.severity = base::Severity::Warning;
        hub.raise(alarm);
        CHECK(hub.mailed(hub.only().id) == std::vector{hub.lead.id.text});
    }
}

TEST_CASE("a critical alert of the organization is mailed to its super_admins as well") {
    Keys hub;
    const auto second = hub.user("second", {{Role::SuperAdmin, "", {}}});
    const auto key = hub.issue(hub.as(second), hub.wanted()).key;
    hub.raise(hub.alarm(key));
    CHECK(hub.mailed(hub.only().id) == std::vector{second.id.text, hub.admin.id.text});
}

TEST_CASE("a rotation that has waited for a person for three days is critical, and told so once") {
    Keys hub;
    const auto other = hub.user("other", {{Role::TeamAdmin, hub.teamId, {}}});
    auto alarm = hub.alarm(hub.teamKey(hub.lead));
    alarm.kind = "api_key_rotation_due";
    alarm.severity = base::Severity::Warning;
    hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
        tx.execute(
            "INSERT INTO api_key_rotation_schedules (key_id, every_days, overlap_hours,"
            " endpoint_id, public_key, due_at, status, reason, successor_id, delivery_id)"
            " VALUES ($1, 30, 1, '', '', 0, 'waiting_for_person', 'no_receiver', '', '')",
            alarm.targetId);
        return {};
    });
    hub.raise(alarm);
    const bool acknowledged = GENERATE(false, true);
    if (acknowledged) hub.acknowledge(hub.lead);
    hub.clock.advance(hours(71));
    hub.watch.round();
    CHECK(hub.only().severity == base::Severity::Warning);
    hub.clock.advance(hours(1));
    for (int i = 0; i < 3; ++i) {
        hub.watch.round();
        if (!acknowledged) hub.raise(alarm);
        hub.clock.advance(hours(1));
    }
    const std::vector once{hub.lead.id.text};
    const std::vector twice{hub.lead.id.text, hub.lead.id.text, other.id.text};
    CHECK(hub.mailed(hub.only().id) == (acknowledged ? once : twice));
    CHECK((hub.only().severity == base::Severity::Critical) == !acknowledged);
    CHECK(hub.eventsOf("alert.opened").size() == (acknowledged ? 1 : 2));
}

TEST_CASE("no more than ten people are mailed at once") {
    Keys hub;
    for (int i = 0; i < 15; ++i)
        hub.user("admin" + std::to_string(i), {{Role::TeamAdmin, hub.teamId, {}}});
    auto alarm = hub.alarm(hub.teamKey(hub.lead));
    alarm.responsibleId.clear();
    hub.raise(alarm);
    CHECK(hub.mailed(hub.only().id).size() == health::Alerts::kMostPeople);
}

TEST_CASE("an alert is seen by its team's admins, super_admins, auditors and who has the key") {
    Keys hub;
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
    Keys hub;
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
    Keys hub;
    const auto key = hub.issue(hub.as(hub.admin), hub.wanted()).key;
    hub.raise(hub.alarm(key));
    CHECK(hub.sees(hub.admin, hub.only()));
    CHECK_FALSE(hub.sees(hub.lead, hub.only()));
}

TEST_CASE("who only reads acknowledges nothing; a resolved alert is nobody's to acknowledge") {
    Keys hub;
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
    Keys hub;
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

TEST_CASE("an alert is resolved when its key has expired") {
    Keys hub;
    hub.raise(hub.alarm(hub.teamKey(hub.lead, 3)));
    hub.clock.advance(days(3));
    hub.watch.round();
    CHECK(hub.only().resolution == "key_expired");
}

TEST_CASE("each notice of a key's end is one more stage of one alert, mailed each time") {
    Keys hub;
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

TEST_CASE("without a mail server alerts are raised all the same") {
    HealthHub hub(false);
    const auto key = hub.issue(hub.as(hub.admin), hub.wanted()).key;
    hub.raise({"api_key_leaked", base::Severity::Critical, "", "api_keys", key.view.id.text, "k",
               "", "s", "a", hub.admin.id.text});
    CHECK(hub.only().state == AlertState::Open);
    CHECK(hub.number("SELECT COUNT(*) FROM mails") == 0);
}

TEST_CASE("resolved alerts are forgotten after their time, open ones never") {
    Keys hub;
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
    Keys hub;
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
    Keys hub;
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

TEST_CASE("a mail is not sent to whom the alert concerns no longer") {
    Keys hub;
    const auto other = hub.user("other", {{Role::TeamAdmin, hub.teamId, {}}});
    hub.raise(hub.alarm(hub.teamKey(hub.lead)));
    REQUIRE(hub.mailed(hub.only().id).size() == 2);
    SECTION("who was disabled") {
        hub.disable(other);
    }
    SECTION("whose role has ended") {
        people::Users::Change change;
        change.roles = std::vector<people::RoleGrant>{{Role::Auditor, "", {}}};
        hub.run(hub.users.update(hub.person, other.id, people::kPerson, change));
    }
    SECTION("who is disabled while the mail before is sent") {
        hub.mailer.answer = [&](const health::OutgoingMail& mail) {
            if (mail.recipient == "lead@example.com") hub.disable(other);
            return health::MailOutcome{test::FakeMailer::Kind::Sent, {}};
        };
    }
    hub.sender->step();
    REQUIRE(hub.mailer.seen.size() == 1);
    CHECK(hub.mailer.seen[0].recipient == "lead@example.com");
    for (const auto& mail : hub.states(hub.only().id))
        CHECK(mail.status == (mail.userId == other.id.text ? health::MailStatus::Cancelled
                                                           : health::MailStatus::Sent));
}

TEST_CASE("no mail tells of an alert that somebody looks after, or that is over") {
    Keys hub;
    const auto other = hub.user("other", {{Role::TeamAdmin, hub.teamId, {}}});
    const auto key = hub.teamKey(hub.lead);
    hub.raise(hub.alarm(key));
    SECTION("acknowledged before") {
        hub.acknowledge(other);
        hub.sender->step();
        CHECK(hub.mailer.seen.empty());
    }
    SECTION("acknowledged while the first mail is sent") {
        hub.mailer.answer = [&](const health::OutgoingMail&) {
            hub.acknowledge(other);
            return health::MailOutcome{test::FakeMailer::Kind::Sent, {}};
        };
        hub.sender->step();
        CHECK(hub.mailer.seen.size() == 1);
    }
    SECTION("resolved") {
        hub.revoke(key);
        hub.watch.round();
        hub.sender->step();
        CHECK(hub.mailer.seen.empty());
    }
    CHECK(hub.number("SELECT COUNT(*) FROM mails WHERE status = 'waiting'") == 0);
}

TEST_CASE("an alert whose mails found no room is mailed as soon as there is room") {
    Keys hub;
    const auto other = hub.user("other", {{Role::TeamAdmin, hub.teamId, {}}});
    hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
        tx.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)"
            " INSERT INTO mails (id, subject_table, subject_id, user_id, recipient, status,"
            " next_at, created_at) SELECT 'm' || i, 'notices', 'x', '', 'a@b', 'waiting',"
            " 9000000000000, 0 FROM n");
        return {};
    });
    hub.raise(hub.alarm(hub.teamKey(hub.lead)));
    CHECK(hub.mailed(hub.only().id).empty());
    CHECK(hub.only().mailDue);
    hub.watch.round();
    CHECK(hub.only().mailDue);
    hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
        tx.execute("DELETE FROM mails WHERE id = 'm1'");
        return {};
    });
    hub.clock.advance(std::chrono::minutes(1));
    hub.watch.round();
    CHECK_FALSE(hub.only().mailDue);
    CHECK(hub.mailed(hub.only().id) == std::vector{hub.lead.id.text, other.id.text});
    hub.clock.advance(std::chrono::minutes(1));
    hub.watch.round();
    CHECK(hub.mailed(hub.only().id).size() == 2);
}

TEST_CASE("a key left at a provider is a matter until another lies there, or a week after a look") {
    Keys hub;
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

TEST_CASE("a mail of an alert names the team and where the alert is found") {
    Keys hub;
    hub.raise(hub.alarm(hub.teamKey(hub.lead)));
    const auto alert = hub.only();
    const auto mail = health::mailOf(alert, hub.lead, "Payments", "https://hub.example.com");
    CHECK(mail.text.find("Team: Payments\n") != std::string::npos);
    CHECK(mail.text.find("Alert: https://hub.example.com/v1/alerts/" + alert.id + "\n") !=
          std::string::npos);
    CHECK(mail.text.find(hub.teamId) == std::string::npos);
    CHECK(health::mailOf(alert, hub.lead, "Payments", "").text.find("Alert: " + alert.id + "\n") !=
          std::string::npos);
    hub.sender->step();
    REQUIRE(hub.mailer.seen.size() == 1);
    const std::string& sent = hub.mailer.seen[0].message;
    std::string body = sent.substr(sent.find("\r\n\r\n") + 4);
    std::erase_if(body, [](char c) { return c == '\r' || c == '\n'; });
    // Each line of the body is base64 of its own; 57 bytes leave no padding but at the end.
    CHECK(base::fromBase64(body).value().find("Team: Payments\r\n") != std::string::npos);
}
