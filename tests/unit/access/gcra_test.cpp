#include "access/gcra.h"

#include <catch2/catch.hpp>

#include <deque>
#include <random>

using namespace trusthub;
using access::RateLimit;
using access::RateLimiter;

namespace {

constexpr std::size_t kCells = 10'000;

/// Fixed seeds: a failure can be seen again.
RateLimit anyLimit(std::mt19937& random) {
    const auto upTo = [&](unsigned most) { return 1 + static_cast<int>(random() % most); };
    return {upTo(1'000), upTo(120), upTo(50)};
}

}  // namespace

TEST_CASE("a burst passes at once, then one for each interval") {
    base::ManualClock clock;
    RateLimiter limiter(kCells, clock);
    const RateLimit limit{60, 60, 3};
    CHECK(limiter.take("a", limit).remaining == 2);
    CHECK(limiter.take("a", limit).remaining == 1);
    CHECK(limiter.take("a", limit).remaining == 0);
    const auto refused = limiter.take("a", limit);
    CHECK_FALSE(refused.allowed);
    CHECK(refused.retryAfter == Milliseconds{1'000});
    CHECK(refused.resetAfter == Milliseconds{3'000});
    clock.advance(Milliseconds{1'000});
    CHECK(limiter.take("a", limit).allowed);
    CHECK_FALSE(limiter.take("a", limit).allowed);
    clock.advance(Milliseconds{60'000});
    CHECK(limiter.peek("a", limit).remaining == 3);
}

TEST_CASE("retryAfter is exact: a millisecond earlier is refused, at that moment it passes") {
    std::mt19937 random(7);
    for (int round = 0; round < 500; ++round) {
        base::ManualClock clock;
        RateLimiter limiter(kCells, clock);
        const RateLimit limit = anyLimit(random);
        for (int i = 0; i < 5; ++i) {
            access::Rate rate;
            while ((rate = limiter.take("a", limit)).allowed) {
                clock.advance(Milliseconds{static_cast<int>(random() % 5)});
                // The sustained rate alone may be beyond what a manual clock of milliseconds asks.
                if (limit.requests >= limit.perSeconds * 200) break;
            }
            if (rate.allowed) break;
            REQUIRE(rate.retryAfter > Milliseconds{0});
            clock.advance(rate.retryAfter - Milliseconds{1});
            REQUIRE_FALSE(limiter.peek("a", limit).allowed);
            REQUIRE_FALSE(limiter.take("a", limit).allowed);
            clock.advance(Milliseconds{1});
            REQUIRE(limiter.take("a", limit).allowed);
        }
    }
}

TEST_CASE("in no window do more pass than the burst and the rate allow") {
    std::mt19937 random(11);
    for (int round = 0; round < 300; ++round) {
        base::ManualClock clock;
        RateLimiter limiter(kCells, clock);
        const RateLimit limit = anyLimit(random);
        std::deque<std::int64_t> passed;  // milliseconds
        std::int64_t now = 0;
        for (int i = 0; i < 400; ++i) {
            const auto step =
                static_cast<int>(random() % 3 == 0 ? random() % 2'000 : random() % 20);
            now += step;
            clock.advance(Milliseconds{step});
            if (limiter.take("a", limit).allowed) passed.push_back(now);
        }
        // Every window that begins and ends with a request that passed.
        for (std::size_t first = 0; first < passed.size(); ++first)
            for (std::size_t last = first; last < passed.size(); ++last) {
                const double length = static_cast<double>(passed[last] - passed[first]) / 1'000;
                const double most = limit.burst + length * limit.requests / limit.perSeconds;
                REQUIRE(static_cast<double>(last - first + 1) <= most + 1e-6);
            }
    }
}

TEST_CASE("what remains is what passes at once") {
    std::mt19937 random(13);
    for (int round = 0; round < 300; ++round) {
        base::ManualClock clock;
        RateLimiter limiter(kCells, clock);
        const RateLimit limit = anyLimit(random);
        for (auto i = random() % 40; i > 0; --i) {
            clock.advance(Milliseconds{static_cast<int>(random() % 100)});
            (void)limiter.take("a", limit);
        }
        const auto said = limiter.peek("a", limit).remaining;
        std::int64_t counted = 0;
        while (limiter.take("a", limit).allowed) ++counted;
        REQUIRE(counted == said);
    }
}

TEST_CASE("resetAfter is the moment from which the whole burst is there") {
    base::ManualClock clock;
    RateLimiter limiter(kCells, clock);
    const RateLimit limit{7, 60, 5};
    for (int i = 0; i < 4; ++i) (void)limiter.take("a", limit);
    clock.advance(limiter.peek("a", limit).resetAfter - Milliseconds{1});
    CHECK(limiter.peek("a", limit).remaining == 4);
    clock.advance(Milliseconds{1});
    CHECK(limiter.peek("a", limit).remaining == 5);
}

TEST_CASE("a request that one of several cells refuses takes nothing from the others") {
    base::ManualClock clock;
    RateLimiter limiter(kCells, clock);
    const RateLimit wide{100, 60, 100}, narrow{1, 60, 1};
    const std::array<RateLimiter::Ask, 3> asks{{{"a", wide}, {"b", narrow}, {"c", wide}}};
    std::array<access::Rate, 3> rates;
    REQUIRE(limiter.take(asks, rates));
    REQUIRE_FALSE(limiter.take(asks, rates));
    CHECK(rates[0].allowed);
    CHECK_FALSE(rates[1].allowed);
    CHECK(limiter.peek("a", wide).remaining == 99);
    CHECK(limiter.peek("c", wide).remaining == 99);
}

TEST_CASE("the largest policies do not overflow") {
    base::ManualClock clock;
    RateLimiter limiter(kCells, clock);
    const RateLimit slow{1, 86'400, 1'000'000}, fast{1'000'000, 1, 1'000'000};
    CHECK(limiter.take("a", slow).remaining > 300);
    CHECK(limiter.take("b", fast).remaining == 999'999);
}

TEST_CASE("strangers fill no memory, and cells that owe nothing go first") {
    base::ManualClock clock;
    constexpr std::size_t kCap = 3'200;
    RateLimiter limiter(kCap, clock);
    const RateLimit limit{60, 60, 10};
    for (int i = 0; i < 20'000; ++i) {
        (void)limiter.take("stranger " + std::to_string(i), limit);
        REQUIRE(limiter.size() <= kCap);
    }
    // Who owes most stays while others come.
    while (limiter.take("busy", limit).allowed) {
    }
    for (int i = 0; i < 20'000; ++i) (void)limiter.take("other " + std::to_string(i), limit);
    CHECK_FALSE(limiter.peek("busy", limit).allowed);
    // What owes nothing any more makes room, and is as good as gone.
    clock.advance(Milliseconds{60'000});
    for (int i = 0; i < 100; ++i) (void)limiter.take("late " + std::to_string(i), limit);
    CHECK(limiter.peek("busy", limit).remaining == 10);
}
