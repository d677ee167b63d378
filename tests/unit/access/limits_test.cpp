#include "access/limits.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using access::LimitPolicies;
using access::LimitPolicy;

namespace {

access::KeyView keyOf(const std::string& id, const std::string& team = "") {
    access::KeyView key;
    key.id = ApiKeyId(id);
    key.scope = team.empty() ? access::Scope::Org : access::Scope::Team;
    key.teamId = team;
    return key;
}

LimitPolicies small() {
    LimitPolicies policies;
    policies.key = {60, 60, 3};
    policies.team = {60, 60, 4};
    policies.organization = {60, 60, 6};
    policies.failures = {60, 60, 2};
    policies.signIn = {60, 60, 2};
    policies.webhooks = {60, 60, 2};
    return policies;
}

/// Adds up what was counted.
class Counted final : public base::Metrics {
public:
    void count(std::string_view, Labels labels, double add) noexcept override {
        std::string key;
        for (const auto& [name, value] : labels) key.append(value).append(" ");
        sums[key] += add;
    }
    void gauge(std::string_view, double, Labels) noexcept override {}
    void observeSeconds(std::string_view, double, Labels) noexcept override {}
    std::map<std::string, double> sums;
};

}  // namespace

TEST_CASE("a key is bound by its own limit, its team's and the organization's") {
    base::ManualClock clock;
    access::Limits limits(small(), clock);
    for (int i = 0; i < 3; ++i) CHECK(limits.take(keyOf("k1", "t1")).allowed);
    auto refused = limits.take(keyOf("k1", "t1"));
    CHECK_FALSE(refused.allowed);
    CHECK(refused.tightest().policy == LimitPolicy::Key);
    CHECK(refused.retryAfter() == Milliseconds{1'000});
    // Another key of the team gets what the team has left.
    CHECK(limits.take(keyOf("k2", "t1")).allowed);
    refused = limits.take(keyOf("k2", "t1"));
    CHECK(refused.tightest().policy == LimitPolicy::Team);
    // A third of another team what the organization has left.
    CHECK(limits.take(keyOf("k3", "t2")).allowed);
    CHECK(limits.take(keyOf("k3", "t2")).allowed);
    CHECK(limits.take(keyOf("k4")).tightest().policy == LimitPolicy::Organization);
}

TEST_CASE("the tightest policy comes first, and a key of the organization has no team") {
    base::ManualClock clock;
    access::Limits limits(small(), clock);
    const auto state = limits.take(keyOf("k1", "t1"));
    REQUIRE(state.count == 3);
    CHECK(state.rows[0].policy == LimitPolicy::Key);
    CHECK(state.rows[0].rate.remaining == 2);
    CHECK(state.rows[1].policy == LimitPolicy::Team);
    CHECK(state.rows[2].policy == LimitPolicy::Organization);
    CHECK(limits.take(keyOf("k2")).count == 2);
}

TEST_CASE("a key's own limit takes the place of the hub's") {
    base::ManualClock clock;
    access::Limits limits(small(), clock);
    auto key = keyOf("k1");
    key.rateLimit = access::RateLimit{1, 60, 1};
    CHECK(limits.take(key).allowed);
    CHECK(limits.take(key).retryAfter() == Milliseconds{60'000});
}

TEST_CASE("looking takes nothing") {
    base::ManualClock clock;
    access::Limits limits(small(), clock);
    for (int i = 0; i < 10; ++i) CHECK(limits.peek(keyOf("k1", "t1")).allowed);
    CHECK(limits.take(keyOf("k1", "t1")).rows[0].rate.remaining == 2);
}

TEST_CASE("whoever fails with a key's prefix takes nothing from the key") {
    base::ManualClock clock;
    access::Limits limits(small(), clock);
    for (int i = 0; i < 50; ++i) (void)limits.failed("192.0.2.7", "tos_00000001");
    CHECK_FALSE(limits.failed("192.0.2.7", "tos_00000001").allowed);
    CHECK(limits.take(keyOf("k1")).rows[0].rate.remaining == 2);
}

TEST_CASE("failures are counted by address block and prefix") {
    base::ManualClock clock;
    access::Limits limits(small(), clock);
    CHECK(limits.failed("192.0.2.7", "a").allowed);
    CHECK(limits.failed("192.0.2.8", "a").allowed);
    CHECK_FALSE(limits.failed("192.0.2.9", "a").allowed);
    CHECK(limits.failed("192.0.2.9", "b").allowed);
    CHECK(limits.failed("192.0.3.9", "a").allowed);
    CHECK(limits.failed("2001:db8::1", "a").allowed);
    CHECK(limits.failed("2001:db8::2", "a").allowed);
    CHECK_FALSE(limits.failed("2001:db8::ffff:3", "a").allowed);
    CHECK(limits.failed("2001:db8:0:1::3", "a").allowed);
}

TEST_CASE("other prefixes do not get around the limit of a block") {
    base::ManualClock clock;
    access::Limits limits(small(), clock);
    int passed = 0;
    for (int i = 0; i < 1'000; ++i)
        passed += limits.failed("192.0.2.7", "prefix" + std::to_string(i)).allowed ? 1 : 0;
    CHECK(passed == 20);
    CHECK(limits.failed("198.51.100.7", "prefix1").allowed);
}

TEST_CASE("tries to sign in are counted by address block") {
    base::ManualClock clock;
    access::Limits limits(small(), clock);
    CHECK(limits.tried(LimitPolicy::SignIn, "192.0.2.7").allowed);
    CHECK(limits.tried(LimitPolicy::SignIn, "192.0.2.7").allowed);
    CHECK_FALSE(limits.tried(LimitPolicy::SignIn, "192.0.2.200").allowed);
    CHECK(limits.tried(LimitPolicy::Webhooks, "192.0.2.200").allowed);
}

TEST_CASE("decisions are counted by policy, never by key") {
    base::ManualClock clock;
    access::Limits limits(small(), clock);
    for (int i = 0; i < 4; ++i) (void)limits.take(keyOf("k1", "t1"));
    Counted counted;
    limits.publish(counted);
    CHECK(counted.sums["key allowed "] == 3);
    CHECK(counted.sums["key refused "] == 1);
    CHECK(counted.sums["organization allowed "] == 4);
    CHECK(counted.sums.size() == 4);
}
