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
