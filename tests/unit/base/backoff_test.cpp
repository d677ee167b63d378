#include "base/backoff.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using namespace std::chrono_literals;

TEST_CASE("without jitter the waits are those of the schedule, and then there are no more") {
    base::SeededRandom random(1);
    const base::BackoffSchedule schedule{{0s, 5s, 300s}, 0.0};
    CHECK_FALSE(schedule.before(0, random).has_value());
    CHECK(schedule.before(1, random) == 0ms);
    CHECK(schedule.before(2, random) == 5000ms);
    CHECK(schedule.before(3, random) == 300'000ms);
    CHECK_FALSE(schedule.before(4, random).has_value());
}

TEST_CASE("jitter spreads a wait on both sides and not further than its share") {
    base::SeededRandom random(2);
    const base::BackoffSchedule schedule{{100s}, 0.2};
    Milliseconds least = 200s, most = 0s;
    for (int i = 0; i < 2000; ++i) {
        const Milliseconds wait = *schedule.before(1, random);
        least = std::min(least, wait);
        most = std::max(most, wait);
    }
    CHECK(least >= 80s);
    CHECK(least < 82s);
    CHECK(most <= 120s);
    CHECK(most > 118s);
}

TEST_CASE("an empty schedule never tries") {
    base::SeededRandom random(3);
    CHECK_FALSE(base::BackoffSchedule{}.before(1, random).has_value());
}
