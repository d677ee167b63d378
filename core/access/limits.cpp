#include "access/limits.h"

#include "access/client_address.h"

#include <algorithm>

namespace trusthub::access {
namespace {

constexpr std::size_t kCallerCells = 200'000;
constexpr std::size_t kStrangerCells = 200'000;
/// Other prefixes make other cells, so all failures of a block together have a limit too.
constexpr int kBlockFactor = 10;
constexpr std::string_view kOrganizationCell = "organization";

RateLimit times(RateLimit limit, int factor) {
    constexpr int kMost = 1'000'000'000;
    limit.requests = std::min(kMost / factor, limit.requests) * factor;
    limit.burst = std::min(kMost / factor, limit.burst) * factor;
    return limit;
}

/// Refused ones first, the longest wait before the others; then the fewest that remain.
void sortTightestFirst(LimitState& state) {
    const auto before = [](const LimitState::Row& a, const LimitState::Row& b) {
        if (a.rate.allowed != b.rate.allowed) return !a.rate.allowed;
        if (!a.rate.allowed) return a.rate.retryAfter > b.rate.retryAfter;
        return a.rate.remaining < b.rate.remaining;
    };
    // By insertion: they are three at most, and std::stable_sort would ask for memory.
    const auto rows = std::span(state.rows).first(state.count);
    for (auto row = rows.begin(); row != rows.end(); ++row)
        std::rotate(std::upper_bound(rows.begin(), row, *row, before), row, row + 1);
}

LimitState stateOf(LimitPolicy policy, const RateLimit& limit, const Rate& rate) {
    LimitState state;
    state.rows[0] = {policy, limit, rate};
    state.count = 1;
    state.allowed = rate.allowed;
    return state;
}

}  // namespace

std::string_view text(LimitPolicy policy) {
    static constexpr std::array<std::string_view, static_cast<std::size_t>(LimitPolicy::Count)>
        kNames{"key", "team", "organization", "failures", "sign_in", "webhooks"};
    return kNames[static_cast<std::size_t>(policy)];
}

std::string policyItem(LimitPolicy policy, const RateLimit& limit) {
    std::string item = "\"";
    item.append(text(policy)).append("\";q=").append(std::to_string(limit.requests));
    item.append(";w=").append(std::to_string(limit.perSeconds));
    return item.append(";trusthub-burst=").append(std::to_string(limit.burst));
}

Milliseconds LimitState::retryAfter() const {
    Milliseconds longest{0};
    for (const Row& row : all())
        if (!row.rate.allowed) longest = std::max(longest, row.rate.retryAfter);
    return longest;
}

Limits::Limits(const LimitPolicies& policies, const base::Clock& clock)
    : policies_(policies),
      items_{policyItem(LimitPolicy::Key, policies.key),
             policyItem(LimitPolicy::Team, policies.team),
             policyItem(LimitPolicy::Organization, policies.organization)},
      callers_(kCallerCells, clock),
      strangers_(kStrangerCells, clock) {}

RateLimit Limits::limitOf(const KeyView& key) const {
    return key.rateLimit.value_or(policies_.key);
}

LimitState Limits::take(const KeyView& key) {
    // Ids of keys and teams are UUIDs, so one name space holds them.
    std::array<RateLimiter::Ask, 3> asks{{{key.id.text, limitOf(key)},
                                          {kOrganizationCell, policies_.organization},
                                          {key.teamId, policies_.team}}};
    static constexpr std::array<LimitPolicy, 3> kPolicyOf{
        LimitPolicy::Key, LimitPolicy::Organization, LimitPolicy::Team};
    LimitState state;
    state.count = key.teamId.empty() ? 2 : 3;
    std::array<Rate, 3> rates;
    state.allowed = callers_.take(std::span(asks).first(state.count), rates);
    for (std::size_t i = 0; i < state.count; ++i)
        state.rows[i] = {kPolicyOf[i], asks[i].limit, rates[i],
                         items_[static_cast<std::size_t>(kPolicyOf[i])]};
    if (key.rateLimit) state.rows[0].item = {};
    sortTightestFirst(state);
    count(state);
    return state;
}

LimitState Limits::peek(const KeyView& key) const {
    LimitState state;
    const auto add = [&](LimitPolicy policy, std::string_view cell, const RateLimit& limit) {
        auto& row = state.rows[state.count++];
        row = {policy, limit, callers_.peek(cell, limit)};
        state.allowed = state.allowed && row.rate.allowed;
    };
    add(LimitPolicy::Key, key.id.text, limitOf(key));
    add(LimitPolicy::Organization, kOrganizationCell, policies_.organization);
    if (!key.teamId.empty()) add(LimitPolicy::Team, key.teamId, policies_.team);
    sortTightestFirst(state);
    return state;
}

LimitState Limits::failed(std::string_view address, std::string_view prefix) {
    const std::string block = addressBlock(address);
    std::string cell = "failures ";
    cell.append(block).append(" ").append(prefix.empty() ? "none" : prefix);
    const std::string blockCell = "failures " + block;
    const std::array<RateLimiter::Ask, 2> asks{
        {{cell, policies_.failures}, {blockCell, times(policies_.failures, kBlockFactor)}}};
    std::array<Rate, 2> rates;
    (void)strangers_.take(asks, rates);
    const bool byBlock = !rates[1].allowed;
    LimitState state =
        stateOf(LimitPolicy::Failures, asks[byBlock ? 1 : 0].limit, rates[byBlock ? 1 : 0]);
    count(state);
    return state;
}

LimitState Limits::tried(LimitPolicy policy, std::string_view address) {
    const RateLimit& limit = policy == LimitPolicy::SignIn ? policies_.signIn : policies_.webhooks;
    std::string cell(text(policy));
    cell.append(" ").append(addressBlock(address));
    LimitState state = stateOf(policy, limit, strangers_.take(cell, limit));
    count(state);
    return state;
}

void Limits::count(const LimitState& state) {
    for (const auto& row : state.all()) {
        Decisions& decisions = decisions_[static_cast<std::size_t>(row.policy)];
        auto& counter = row.rate.allowed ? decisions.allowed : decisions.refused;
        counter.fetch_add(1, std::memory_order_relaxed);
    }
}

void Limits::publish(base::Metrics& metrics) {
    for (std::size_t i = 0; i < kPolicies; ++i) {
        const auto policy = text(static_cast<LimitPolicy>(i));
        const auto add = [&](std::atomic<std::uint64_t>& counter, std::string_view decision) {
            const auto number = counter.exchange(0, std::memory_order_relaxed);
            if (number > 0)
                metrics.count("trusthub_ratelimit_decisions_total",
                              {{"policy", policy}, {"decision", decision}},
                              static_cast<double>(number));
        };
        add(decisions_[i].allowed, "allowed");
        add(decisions_[i].refused, "refused");
    }
}

}  // namespace trusthub::access
