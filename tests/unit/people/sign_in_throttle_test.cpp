#include "people/sign_in_throttle.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using people::SignInThrottle;

namespace {

constexpr std::int64_t kWait = SignInThrottle::kFirstWait.count();

struct Fixture {
    base::ManualClock clock;
    SignInThrottle throttle{clock};

    /// Milliseconds to wait; 0: let in.
    std::int64_t fails(const std::string& account = "ada@example.com",
                       const std::string& block = "192.0.2.0/24") {
        const auto ticket = throttle.attempt(account, block);
        if (ticket) return 0;
        CHECK(ticket.error().kind == ErrorKind::RateLimited);
        CHECK(ticket.error().code == "too_many_attempts");
        REQUIRE(ticket.error().retryAfter);
        return ticket.error().retryAfter->count();
    }
    void failTimes(int count) {
        for (int i = 0; i < count; ++i) CHECK(fails() == 0);
    }
};

}  // namespace

TEST_CASE("after the free failures each further one doubles the wait, and the wait is exact") {
    Fixture f;
    f.failTimes(SignInThrottle::kFreePair);
    CHECK(f.fails() == kWait);
    f.clock.advance(Milliseconds{kWait - 1});
    CHECK(f.fails() == 1);
    f.clock.advance(Milliseconds{1});
    CHECK(f.fails() == 0);
    CHECK(f.fails() == 2 * kWait);
    f.clock.advance(Milliseconds{2 * kWait});
    CHECK(f.fails() == 0);
    CHECK(f.fails() == 4 * kWait);
}

TEST_CASE("no wait is longer than 15 minutes, and an hour of quiet forgets") {
    Fixture f;
    f.failTimes(SignInThrottle::kFreePair);
    for (int i = 0; i < 20; ++i) {
        const auto wait = f.fails();
        CHECK(wait <= 15 * 60'000);
        f.clock.advance(Milliseconds{wait});
        CHECK(f.fails() == 0);
    }
    CHECK(f.fails() == 15 * 60'000);
    f.clock.advance(std::chrono::hours{1});
    f.failTimes(SignInThrottle::kFreePair);
}

TEST_CASE("an attempt that is turned away does not prolong the wait") {
    Fixture f;
    f.failTimes(SignInThrottle::kFreePair);
    for (int i = 0; i < 100; ++i) CHECK(f.fails() == kWait);
    f.clock.advance(Milliseconds{kWait});
    CHECK(f.fails() == 0);
}

TEST_CASE("many attempts at once gain nothing: each counts before its outcome is known") {
    Fixture f;
    int admitted = 0;
    for (int i = 0; i < 100; ++i) admitted += f.throttle.attempt("eve", "b").has_value() ? 1 : 0;
    CHECK(admitted == SignInThrottle::kFreePair);
}

TEST_CASE("success clears the way it came by, but not failures from elsewhere") {
    Fixture f;
    f.failTimes(SignInThrottle::kFreePair - 1);
    const auto ticket = f.throttle.attempt("ada@example.com", "192.0.2.0/24");
    REQUIRE(ticket);
    f.throttle.succeeded(*ticket);
    f.failTimes(SignInThrottle::kFreePair);
    CHECK(f.fails() == kWait);

    Fixture other;
    for (int i = 0; i < SignInThrottle::kFreeAccount - 1; ++i)
        CHECK(other.fails("bob", "block " + std::to_string(i)) == 0);
    const auto own = other.throttle.attempt("bob", "home");
    REQUIRE(own);
    other.throttle.succeeded(*own);
    CHECK(other.fails("bob", "block x") == 0);
    CHECK(other.fails("bob", "block y") == kWait);
}

TEST_CASE("one address block cannot try every account") {
    Fixture f;
    for (int i = 0; i < SignInThrottle::kFreeBlock; ++i)
        CHECK(f.fails("person " + std::to_string(i)) == 0);
    CHECK(f.fails("somebody else") == kWait);
    CHECK(f.fails("somebody else", "198.51.100.0/24") == 0);
}

TEST_CASE("a person who was let in keeps no wait that others had caused") {
    Fixture f;
    for (int i = 0; i < SignInThrottle::kFreeAccount; ++i)
        CHECK(f.fails("bob", "block " + std::to_string(i)) == 0);
    f.clock.advance(Milliseconds{kWait});
    const auto ticket = f.throttle.attempt("bob", "home");
    REQUIRE(ticket);
    f.throttle.succeeded(*ticket);
    CHECK(f.fails("bob", "home") == 0);
}

TEST_CASE("what is given back was no failure") {
    Fixture f;
    for (int i = 0; i < 100; ++i) {
        const auto ticket = f.throttle.attempt("ada@example.com", "192.0.2.0/24");
        REQUIRE(ticket);
        f.throttle.giveBack(*ticket);
    }
    CHECK(f.throttle.size() == 0);
}

TEST_CASE("what is kept is bounded, and the longest untouched goes first") {
    base::ManualClock clock;
    SignInThrottle throttle(clock, 30);
    for (int i = 0; i < 1'000; ++i)
        (void)throttle.attempt(std::to_string(i), "block " + std::to_string(i));
    CHECK(throttle.size() == 30);
}
