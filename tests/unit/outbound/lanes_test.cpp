#include "outbound/lanes.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using outbound::Lanes;

namespace {

const TimePoint kNow{std::chrono::hours{1000}};
const TimePoint kLater = kNow + Milliseconds{5'000};

EndpointId endpoint(int number) {
    return EndpointId("e" + std::to_string(number));
}

/// Claims all that is offered, as if the backlog had no end. Answers how many deliveries that were.
std::size_t fill(Lanes& lanes) {
    std::size_t got = 0;
    const auto picks = lanes.pick(kNow);
    for (const auto& pick : picks) {
        lanes.claimed(pick, pick.count, kNow);
        got += pick.count;
    }
    return got;
}

}  // namespace

TEST_CASE("nothing is picked before it is due") {
    Lanes lanes(512, 16);
    lanes.due(endpoint(1), kLater);
    CHECK(lanes.pick(kNow).empty());
    CHECK(lanes.nextDue() == kLater);
    lanes.due(endpoint(1), kNow);
    CHECK(lanes.pick(kNow).size() == 1);
}

TEST_CASE("an endpoint's share grows with answers up to its limit") {
    Lanes lanes(512, 16);
    lanes.due(endpoint(1), kNow);
    std::size_t busiest = 0;
    for (int round = 0; round < 50; ++round) {
        fill(lanes);
        busiest = std::max(busiest, lanes.inFlight());
        lanes.finished(endpoint(1), true);
    }
    CHECK(busiest == 16);
}

TEST_CASE("an endpoint that keeps silent gets down to one at a time") {
    Lanes lanes(512, 16);
    lanes.due(endpoint(1), kNow);
    for (int round = 0; round < 5; ++round) {
        fill(lanes);
        while (lanes.inFlight() > 0) lanes.finished(endpoint(1), false);
    }
    CHECK(fill(lanes) == 1);
}

TEST_CASE("endpoints that hang leave room for one that answers") {
    Lanes lanes(512, 16);
    const EndpointId healthy(std::string("healthy"));
    lanes.due(healthy, kNow);
    const auto first = lanes.pick(kNow).front();
    lanes.claimed(first, first.count, std::nullopt);
    while (lanes.inFlight() > 0) lanes.finished(healthy, true);
    for (int i = 0; i < 1'000; ++i) lanes.due(endpoint(i), kNow);
    for (int round = 0; round < 100; ++round) fill(lanes);
    const auto hanging = lanes.inFlight();
    CHECK(hanging <= 512);
    lanes.due(healthy, kNow);
    std::size_t served = 0;
    for (const auto& pick : lanes.pick(kNow))
        if (pick.endpoint == healthy) served = pick.count;
    CHECK(served > 0);
}

TEST_CASE("the least busy endpoint comes first") {
    Lanes lanes(512, 16);
    lanes.due(endpoint(1), kNow);
    auto picks = lanes.pick(kNow);
    lanes.claimed(picks.front(), 2, kNow);
    lanes.due(endpoint(2), kNow);
    picks = lanes.pick(kNow);
    REQUIRE(picks.size() == 2);
    CHECK(picks.front().endpoint == endpoint(2));
}

TEST_CASE("a due time that arrives while a claim is under way is kept") {
    Lanes lanes(512, 16);
    lanes.due(endpoint(1), kNow);
    const auto picks = lanes.pick(kNow);
    lanes.due(endpoint(1), kNow);
    lanes.claimed(picks.front(), 0, std::nullopt);
    CHECK(lanes.pick(kNow).size() == 1);
}

TEST_CASE("the total is never exceeded") {
    Lanes lanes(8, 16);
    for (int i = 0; i < 50; ++i) lanes.due(endpoint(i), kNow);
    for (int round = 0; round < 10; ++round) fill(lanes);
    CHECK(lanes.inFlight() <= 8);
    CHECK(lanes.inFlight() >= 6);
    CHECK_FALSE(lanes.nextDue());
}
