// Limits: how often keys may call, and how often strangers may fail.
#pragma once

#include "access/gcra.h"
#include "access/principal.h"
#include "base/metrics.h"

#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <string_view>

namespace trusthub::access {

enum class LimitPolicy : std::uint8_t {
    Key,           ///< each API key; a key's own limit takes this one's place
    Team,          ///< all keys of a team and of its projects together
    Organization,  ///< all keys together
    Failures,      ///< failing credentials by address block and key prefix
    SignIn,        ///< tries to sign in or to set up, by address block
    Webhooks,      ///< inbound webhooks that do not verify, by address block
    Count
};
std::string_view text(LimitPolicy policy);  ///< `sign_in`
/// What RateLimit-Policy says of it: `"team";q=6000;w=60;trusthub-burst=1500`.
std::string policyItem(LimitPolicy policy, const RateLimit& limit);

/// All of them are the configuration's: config/hub_config.h has the defaults.
struct LimitPolicies {
    RateLimit key, team, organization, failures, signIn, webhooks;
};

/// How one request stands with every policy that concerns it, the tightest first.
struct LimitState {
    struct Row {
        LimitPolicy policy = LimitPolicy::Key;
        RateLimit limit;
        Rate rate;
        /// policyItem() of a limit of the configuration; lives as long as Limits. Else empty.
        std::string_view item = {};
    };
    std::array<Row, 3> rows;
    std::size_t count = 0;
    bool allowed = true;

    std::span<const Row> all() const { return std::span(rows).first(count); }
    const Row& tightest() const { return rows[0]; }
    /// When the request would pass; 0 when it does.
    Milliseconds retryAfter() const;
};

/// [thread-safe]
class Limits {
public:
    Limits(const LimitPolicies& policies, const base::Clock& clock);

    /// One request of a key that has been verified: taken from key, team and organization, or from
    /// none of them.
    LimitState take(const KeyView& key);
    /// How it stands without taking anything.
    LimitState peek(const KeyView& key) const;

    /// A credential failed that came from there. Nothing else is taken from this limiter, and
    /// nobody asks it about a credential that holds: whoever knows a key's public prefix, or sits
    /// behind the same address, cannot keep its owner out. `prefix` is that of a well-formed key,
    /// else empty.
    LimitState failed(std::string_view address, std::string_view prefix);
    /// One try under SignIn or Webhooks.
    LimitState tried(LimitPolicy policy, std::string_view address);

    /// Hands over what was decided since the last call: trusthub_ratelimit_decisions_total by
    /// policy and decision. [one caller at a time]
    void publish(base::Metrics& metrics);

private:
    RateLimit limitOf(const KeyView& key) const;
    void count(const LimitState& state);

    static constexpr std::size_t kPolicies = static_cast<std::size_t>(LimitPolicy::Count);
    struct Decisions {
        std::atomic<std::uint64_t> allowed{0}, refused{0};
    };

    const LimitPolicies policies_;
    const std::array<std::string, 3> items_;  ///< of Key, Team, Organization
    RateLimiter callers_;    ///< cells of keys that exist, of teams, of the organization
    RateLimiter strangers_;  ///< cells that anybody can make
    std::array<Decisions, kPolicies> decisions_;
};

}  // namespace trusthub::access
