#include "health_fixture.h"

using namespace trusthub;
using health::MailStatus;
using std::chrono::minutes;
using std::chrono::seconds;
using test::FakeMailer;
using test::HealthHub;
using Kind = health::MailOutcome::Kind;

TEST_CASE("a queued mail is sent once, and its text is erased") {
    HealthHub hub;
    REQUIRE(hub.queue("ada@example.com", "the secret link"));
    CHECK(hub.number("SELECT COUNT(*) FROM mails WHERE instr(content_sealed, 'secret link') > 0") ==
          0);
    hub.sender->step();
    hub.sender->step();
    REQUIRE(hub.mailer.seen.size() == 1);
    CHECK(hub.mailer.seen[0].recipient == "ada@example.com");
    CHECK(hub.state().status == MailStatus::Sent);
    CHECK(hub.number("SELECT COUNT(*) FROM mails WHERE content_sealed IS NOT NULL") == 0);
}

TEST_CASE("without a mail server nothing is queued") {
    HealthHub hub(false);
    CHECK_FALSE(hub.queue("ada@example.com"));
    CHECK(hub.number("SELECT COUNT(*) FROM mails") == 0);
}

TEST_CASE("a mail of a unit that fails is not there") {
    HealthHub hub;
    (void)hub.refused<void>([&](store::WriteTx& tx) -> Result<void> {
        REQUIRE(hub.mails.add(tx, {"alerts", "s1", "", "", "ada@example.com", "", "s", "t"}));
        return fail(ErrorKind::Conflict);
    });
    hub.sender->step();
    CHECK(hub.mailer.seen.empty());
}

TEST_CASE("what goes wrong for now is tried again by the schedule, then the mail has failed") {
    HealthHub hub;
    hub.mailer.answer = [](const auto&) { return health::MailOutcome{Kind::Later, "try later"}; };
    hub.queue("ada@example.com");
    CHECK(hub.sender->step() == seconds(30));
    CHECK(hub.state().status == MailStatus::Waiting);
    CHECK(hub.state().error == "try later");
    hub.clock.advance(seconds(59));
    hub.sender->step();
    CHECK(hub.mailer.seen.size() == 1);
    hub.clock.advance(seconds(1));
    hub.sender->step();
    CHECK(hub.mailer.seen.size() == 2);
    hub.clock.advance(seconds(600));
    hub.sender->step();
    CHECK(hub.mailer.seen.size() == 3);
    CHECK(hub.state().status == MailStatus::Failed);
    CHECK(hub.state().attempts == 3);
    CHECK(hub.number("SELECT COUNT(*) FROM mails WHERE content_sealed IS NOT NULL") == 0);
    hub.clock.advance(std::chrono::hours(24));
    hub.sender->step();
    CHECK(hub.mailer.seen.size() == 3);
}

TEST_CASE("what is refused for good has failed at once and hinders no other mail") {
    HealthHub hub;
    hub.mailer.answer = [](const health::OutgoingMail& mail) {
        return mail.recipient == "nobody@example.com"
                   ? health::MailOutcome{Kind::Refused, "the server refused: no such user (550)"}
                   : health::MailOutcome{Kind::Sent, {}};
    };
    hub.queue("nobody@example.com", "t", "s1");
    hub.queue("ada@example.com", "t", "s2");
    hub.sender->step();
    CHECK(hub.states("s1").front().status == MailStatus::Failed);
    CHECK(hub.states("s1").front().attempts == 1);
    CHECK(hub.states("s1").front().error == "the server refused: no such user (550)");
    CHECK(hub.states("s2").front().status == MailStatus::Sent);
}

TEST_CASE("an address that no command of SMTP can hold fails without a server") {
    HealthHub hub;
    hub.queue("ädä@example.com");
    hub.sender->step();
    CHECK(hub.mailer.seen.empty());
    CHECK(hub.state().status == MailStatus::Failed);
}

TEST_CASE("a process that died while sending leaves its mails to the next one, with the same id") {
    HealthHub hub;
    hub.queue("ada@example.com");
    hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
        REQUIRE(hub.mails.claim(tx, hub.clock.now() + minutes(6), 10).size() == 1);
        return {};
    });
    hub.sender->step();
    CHECK(hub.mailer.seen.empty());  // somebody is at it
    const std::string id = hub.state().id;
    hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
        hub.mails.release(tx);
        return {};
    });
    hub.sender->step();
    REQUIRE(hub.mailer.seen.size() == 1);
    CHECK(hub.mailer.seen[0].message.find("Message-ID: <" + id + "@") != std::string::npos);
}

TEST_CASE("a lease that nobody ended runs out by itself") {
    HealthHub hub;
    hub.queue("ada@example.com");
    hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
        hub.mails.claim(tx, hub.clock.now() + minutes(6), 10);
        return {};
    });
    hub.clock.advance(minutes(6));
    hub.sender->step();
    CHECK(hub.mailer.seen.size() == 1);
}

TEST_CASE("a mail that was cancelled is not sent") {
    HealthHub hub;
    hub.queue("ada@example.com");
    hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
        hub.mails.cancel(tx, "s1");
        return {};
    });
    hub.sender->step();
    CHECK(hub.mailer.seen.empty());
    CHECK(hub.state().status == MailStatus::Cancelled);
    CHECK(hub.number("SELECT COUNT(*) FROM mails WHERE content_sealed IS NOT NULL") == 0);
}

TEST_CASE("a link that has run out or was used is not mailed any more") {
    HealthHub hub;
    const auto invite = [&](std::string id, std::int64_t expires, std::string accepted) {
        hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
            tx.execute(
                "INSERT INTO invitations (id, token_hmac, user_id, email, name, roles, team_id,"
                " invited_by, created_at, expires_at, accepted_at)"
                " VALUES ($1, $1, $1, $1, '', '[]', '', '', 0, $2, NULLIF($3, ''))",
                id, expires, accepted);
            hub.mails.add(tx, {"invitations", id, "", "", id + "@example.com", "", "s", "t"});
            return {};
        });
    };
    const auto later = (hub.clock.now() + minutes(1)).time_since_epoch().count();
    invite("open", later, "");
    invite("over", later - 3'600'000, "");
    invite("used", later, "1");
    hub.sender->step();
    REQUIRE(hub.mailer.seen.size() == 1);
    CHECK(hub.mailer.seen[0].recipient == "open@example.com");
    CHECK(hub.states("over").front().status == MailStatus::Cancelled);
    CHECK(hub.states("used").front().status == MailStatus::Cancelled);
}

namespace {

/// So many mails that wait for a time that never comes.
void fill(HealthHub& hub, int count) {
    hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
        tx.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)"
            " INSERT INTO mails (id, subject_table, subject_id, user_id, recipient, status,"
            " next_at, created_at) SELECT 'm' || i, 'notices', 'x', '', 'a@b', 'waiting',"
            " 9000000000000, 0 FROM n",
            count);
        return {};
    });
}

}  // namespace

TEST_CASE("no more than 10,000 mails wait, and the last 1,000 are kept for alerts") {
    HealthHub hub;
    const auto about = [&](std::string table, std::size_t count) {
        return hub.run<bool>([&](store::WriteTx& tx) -> Result<bool> {
            const health::NewMail mail{table, "s2", "", "", "ada@example.com", "", "s", "t"};
            return hub.mails.addAll(tx, std::vector(count, mail));
        });
    };
    fill(hub, 8'999);
    CHECK(about("invitations", 1));
    CHECK_FALSE(about("invitations", 1));
    CHECK(about("alerts", 999));
    CHECK_FALSE(about("alerts", 2));  // all or none
    CHECK(about("alerts", 1));
    CHECK_FALSE(about("alerts", 1));
    CHECK(hub.number("SELECT COUNT(*) FROM mails") == 10'000);
}

TEST_CASE("what has ended is forgotten after its time, what waits is not") {
    HealthHub hub;
    hub.queue("ada@example.com", "t", "s1");
    hub.sender->step();
    hub.clock.advance(std::chrono::days(31));
    hub.queue("ada@example.com", "t", "s2");
    hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
        CHECK(health::MailQueue::expire(tx, hub.clock.now() - std::chrono::days(30), 10) == 1);
        return {};
    });
    CHECK(hub.states("s1").empty());
    CHECK(hub.states("s2").size() == 1);
}

TEST_CASE("a sender that stops takes on nothing more and gives up no mail") {
    HealthHub hub;
    hub.queue("ada@example.com");
    hub.mailer.answer = [&](const auto&) {
        hub.sender->stop();
        return health::MailOutcome{Kind::Later, "cut off"};
    };
    hub.sender->step();
    CHECK(hub.mailer.aborted);
    CHECK(hub.state().error.empty());
    CHECK(hub.state().status == MailStatus::Waiting);
}
