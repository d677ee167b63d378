#include "outbound/retry.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using namespace trusthub::outbound;
using std::chrono::hours;
using std::chrono::seconds;

namespace {
const TimePoint kNow = *parseTime("2025-01-15T10:00:00Z");
}

TEST_CASE("Retry-After is read as seconds or as an HTTP date") {
    CHECK(retryAfter("120", kNow) == seconds{120});
    CHECK(retryAfter(" 0 ", kNow) == seconds{0});
    CHECK(retryAfter("Wed, 15 Jan 2025 10:02:00 GMT", kNow) == seconds{120});
    CHECK(retryAfter("Wed, 15 Jan 2025 09:00:00 GMT", kNow) == seconds{0});
}

TEST_CASE("Retry-After never asks for more than 24 hours") {
    CHECK(retryAfter("86401", kNow) == hours{24});
    CHECK(retryAfter("99999999999999999999999", kNow) == hours{24});
    CHECK(retryAfter("Wed, 15 Jan 2035 10:02:00 GMT", kNow) == hours{24});
}

TEST_CASE("a Retry-After that is neither is not there") {
    const std::string text =
        GENERATE(as<std::string>(), "", "-1", "soon", "1.5", "0x10",
                 "Wed, 15 Foo 2025 10:02:00 GMT", "Wed, 99 Jan 2025 10:02:00 GMT");
    CHECK_FALSE(retryAfter(text, kNow));
}

TEST_CASE("the receiver's wish delays an attempt and never hastens it") {
    base::SeededRandom random(1);
    const base::BackoffSchedule schedule{{seconds{0}, seconds{60}}, 0.0};
    CHECK(dueTime(schedule, 2, kNow, seconds{600}, random) == kNow + seconds{600});
    CHECK(dueTime(schedule, 2, kNow, seconds{1}, random) == kNow + seconds{60});
    CHECK(dueTime(schedule, 2, kNow, std::nullopt, random) == kNow + seconds{60});
    CHECK_FALSE(dueTime(schedule, 3, kNow, seconds{600}, random));
}

TEST_CASE("jitter spreads a wait by no more than its share") {
    base::SeededRandom random(7);
    const base::BackoffSchedule schedule{{seconds{100}}, 0.2};
    bool differs = false;
    for (int i = 0; i < 200; ++i) {
        const auto due = *dueTime(schedule, 1, kNow, std::nullopt, random);
        CHECK(due >= kNow + seconds{80});
        CHECK(due <= kNow + seconds{120});
        differs = differs || due != kNow + seconds{100};
    }
    CHECK(differs);
}

TEST_CASE("a schedule of the endpoint's own has bounds") {
    CHECK(checkSchedule({{seconds{0}, hours{7 * 24}}, 1.0}));
    CHECK_FALSE(checkSchedule({{}, 0.2}));
    CHECK_FALSE(checkSchedule({std::vector<seconds>(21, seconds{1}), 0.2}));
    CHECK_FALSE(checkSchedule({{seconds{-1}}, 0.2}));
    CHECK_FALSE(checkSchedule({{hours{7 * 24} + seconds{1}}, 0.2}));
    CHECK_FALSE(checkSchedule({{seconds{1}}, 1.1}));
    CHECK_FALSE(checkSchedule({{seconds{1}}, std::nan("")}));
}

TEST_CASE("a schedule is read back as it was written") {
    const base::BackoffSchedule schedule{{seconds{0}, seconds{5}}, 0.25};
    CHECK(scheduleText(schedule) == R"({"jitter":0.25,"schedule_s":[0,5]})");
    const auto read = scheduleOf(scheduleText(schedule));
    REQUIRE(read);
    CHECK(read->waits == schedule.waits);
    CHECK(read->jitter == 0.25);
    CHECK_FALSE(scheduleOf(""));
}
