#include "alerts_fixture.h"
#include "base/text.h"
#include "health/alert_mail.h"

using namespace trusthub;
using health::AlertState;
using people::Role;
using std::chrono::hours;
using test::AlertedKeys;
using test::HealthHub;

TEST_CASE("who asked for the key is mailed, else the team's admins, else the super_admins") {
    AlertedKeys hub;
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
    AlertedKeys hub;
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
    AlertedKeys hub;
    const auto second = hub.user("second", {{Role::SuperAdmin, "", {}}});
    const auto key = hub.issue(hub.as(second), hub.wanted()).key;
    hub.raise(hub.alarm(key));
    CHECK(hub.mailed(hub.only().id) == std::vector{second.id.text, hub.admin.id.text});
}

TEST_CASE("a rotation that has waited for a person for three days is critical, and told so once") {
    AlertedKeys hub;
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
    AlertedKeys hub;
    for (int i = 0; i < 15; ++i)
        hub.user("admin" + std::to_string(i), {{Role::TeamAdmin, hub.teamId, {}}});
    auto alarm = hub.alarm(hub.teamKey(hub.lead));
    alarm.responsibleId.clear();
    hub.raise(alarm);
    CHECK(hub.mailed(hub.only().id).size() == health::Alerts::kMostPeople);
}

TEST_CASE("without a mail server alerts are raised all the same") {
    HealthHub hub(false);
    const auto key = hub.issue(hub.as(hub.admin), hub.wanted()).key;
    hub.raise({"api_key_leaked", base::Severity::Critical, "", "api_keys", key.view.id.text, "k",
               "", "s", "a", hub.admin.id.text});
    CHECK(hub.only().state == AlertState::Open);
    CHECK(hub.number("SELECT COUNT(*) FROM mails") == 0);
}

TEST_CASE("a mail is not sent to whom the alert concerns no longer") {
    AlertedKeys hub;
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
    AlertedKeys hub;
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
    AlertedKeys hub;
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

TEST_CASE("a mail of an alert names the team and where the alert is found") {
    AlertedKeys hub;
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
