#include "access/expiry_notices.h"

#include "keys_fixture.h"

using namespace trusthub;
using std::chrono::days;
using std::chrono::hours;
using test::KeysFixture;
using test::textOf;

namespace {

std::vector<std::int64_t> daysLeft(KeysFixture& hub) {
    std::vector<std::int64_t> list;
    for (const auto& event : hub.eventsOf("api_key.expiring"))
        list.push_back(event.at("days_left").as_int64());
    return list;
}

void pass(KeysFixture& hub, days length) {
    for (int hour = 0; hour < hours(length).count(); hour += 6) {
        hub.clock.advance(hours(6));
        hub.notices.runDue();
    }
}

}  // namespace

TEST_CASE("a key's end is announced 30, 14, 7 and 1 days before, once each") {
    KeysFixture hub;
    hub.issue(hub.admin(), 90);
    pass(hub, days(91));
    CHECK(daysLeft(hub) == std::vector<std::int64_t>{30, 14, 7, 1});
}

TEST_CASE("a key issued for less than 30 days gets the notices still ahead") {
    KeysFixture hub;
    hub.issue(hub.admin(), 14);
    hub.notices.runDue();
    CHECK(daysLeft(hub).empty());
    pass(hub, days(15));
    CHECK(daysLeft(hub) == std::vector<std::int64_t>{7, 1});
}

TEST_CASE("a restart neither repeats a notice nor loses one") {
    KeysFixture hub;
    hub.issue(hub.admin(), 40);
    pass(hub, days(11));
    access::ExpiryNotices restarted(hub.store, hub.events, hub.clock);
    restarted.runDue();
    CHECK(daysLeft(hub) == std::vector<std::int64_t>{30});
    hub.clock.advance(days(20));  // down: both 14 and 7 fall due
    restarted.runDue();
    CHECK(daysLeft(hub) == std::vector<std::int64_t>{30, 9});
    hub.clock.advance(days(3));
    restarted.runDue();
    CHECK(daysLeft(hub) == std::vector<std::int64_t>{30, 9, 6});
}

TEST_CASE("keys that are revoked or superseded, or never end, get no notice") {
    KeysFixture hub;
    hub.issue(hub.admin());
    const auto revoked = hub.issue(hub.admin(), 40);
    REQUIRE(hub.run(hub.keys.revoke(hub.admin(), revoked.key)));
    const auto old = hub.issue(hub.admin(), 40);
    hub.rotate(old.key.view.id, 720);
    pass(hub, days(20));
    const auto events = hub.eventsOf("api_key.expiring");
    REQUIRE(events.size() == 1);
    CHECK(textOf(events[0], "id") != old.key.view.id.text);
}

TEST_CASE("many keys that end together are all announced") {
    KeysFixture hub;
    for (int i = 0; i < 120; ++i) hub.issue(hub.admin(), 31);
    hub.clock.advance(days(2));
    hub.notices.runDue();
    CHECK(daysLeft(hub).size() == 120);
}

TEST_CASE("a rotation carries the notice that stands over to the successor, in the same unit") {
    KeysFixture hub;
    test::FakeNotify told;
    access::KeyRotation rotation({hub.keys, hub.audit, hub.events, hub.secrets, hub.rights,
                                  hub.left, hub.clock, hub.random, hub.ids, &told});
    const auto old = hub.issue(hub.admin(), 90);
    pass(hub, days(84));
    REQUIRE(daysLeft(hub).back() == 7);
    const auto next = hub.run(rotation.rotate(hub.admin(), old.key.view.id, hours(1)));
    REQUIRE(next);
    CHECK(next->key.view.expiresAt == old.key.view.expiresAt);
    const auto events = hub.eventsOf("api_key.expiring");
    CHECK(textOf(events.back(), "id") == next->key.view.id.text);
    CHECK(events.back().at("days_left").as_int64() == 6);
    REQUIRE(told.raised.size() == 1);
    const auto& alarm = told.raised.front();
    CHECK(alarm.targetId == next->key.view.id.text);
    CHECK(alarm.stage == "7");
    CHECK(alarm.action.find("not the end: to go on after " + formatTime(*old.key.view.expiresAt)) !=
          std::string::npos);
    CHECK(alarm.action.find("POST /v1/api-keys") != std::string::npos);
    CHECK(told.resolved ==
          std::vector<std::string>{"api_key_expiring " + old.key.view.id.text + " key_rotated"});
    // The notices ahead are the successor's, the one that stood is not repeated.
    pass(hub, days(7));
    CHECK(daysLeft(hub) == std::vector<std::int64_t>{30, 14, 7, 6, 1});
}

TEST_CASE("a rotation tells of no end that is far, or that the key was issued for") {
    KeysFixture hub;
    const auto far = hub.issue(hub.admin(), 90);
    hub.rotate(far.key.view.id);
    const auto brief = hub.issue(hub.admin(), 5);
    hub.rotate(brief.key.view.id);
    hub.rotate(hub.issue(hub.admin()).key.view.id);
    CHECK(daysLeft(hub).empty());
}
