#include "access/gcra.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace trusthub::access {
namespace {

constexpr Gcra::Nanos kSecond = 1'000'000'000;
constexpr Gcra::Nanos kMillisecond = 1'000'000;
/// A burst that takes longer than this to come back is cut: sums stay far from overflow.
constexpr Gcra::Nanos kLongest = 366 * 86'400 * kSecond;

constexpr Gcra::Nanos divideUp(Gcra::Nanos value, Gcra::Nanos by) {
    return (value + by - 1) / by;
}

Milliseconds roundedUp(Gcra::Nanos nanos) {
    return Milliseconds{nanos <= 0 ? 0 : divideUp(nanos, kMillisecond)};
}

}  // namespace

Gcra::Gcra(const RateLimit& limit)
    : interval_(std::max<Nanos>(
          1, divideUp(limit.perSeconds * kSecond, std::max<Nanos>(1, limit.requests)))),
      tolerance_(interval_ * std::clamp<Nanos>(limit.burst, 1, kLongest / interval_)) {}

Gcra::Nanos Gcra::wait(Nanos tat, Nanos now) const {
    return afterOne(tat, now) - tolerance_ - now;
}

Rate Gcra::rate(Nanos tat, Nanos now) const {
    const Nanos owed = std::max<Nanos>(0, tat - now);
    Rate rate;
    rate.allowed = passes(tat, now);
    rate.remaining = std::max<Nanos>(0, tolerance_ - owed) / interval_;
    rate.retryAfter = roundedUp(wait(tat, now));
    rate.resetAfter = roundedUp(owed);
    return rate;
}

RateLimiter::RateLimiter(std::size_t maxCells, const base::Clock& clock)
    : maxPerShard_(std::max<std::size_t>(1, maxCells / kShards)), clock_(clock) {}

RateLimiter::Name<std::string_view> RateLimiter::named(std::string_view cell) {
    return {cell, std::hash<std::string_view>{}(cell)};
}

std::size_t RateLimiter::shardOf(std::size_t hash) {
    // The map inside a shard uses the low bits.
    return (hash >> 48) % kShards;
}

Gcra::Nanos RateLimiter::now() const {
    const auto since = clock_.steadyNow().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

void RateLimiter::makeRoom(Cells& cells, Gcra::Nanos now) const {
    if (cells.size() < maxPerShard_) return;
    std::erase_if(cells, [now](const auto& cell) { return cell.second <= now; });
    if (cells.size() < maxPerShard_) return;
    // An eighth at once, so that the search for them is paid by as many newcomers.
    std::vector<Gcra::Nanos> times;
    times.reserve(cells.size());
    for (const auto& cell : cells) times.push_back(cell.second);
    const auto cut = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 8);
    std::ranges::nth_element(times, cut);
    const Gcra::Nanos limit = *cut;
    std::erase_if(cells, [limit](const auto& cell) { return cell.second <= limit; });
}

bool RateLimiter::take(std::span<const Ask> asks, std::span<Rate> rates) {
    // Locked in the order of the shards, each once: two that ask for the same cells never wait for
    // each other.
    std::array<Name<std::string_view>, kMaxAsks> names;
    std::array<std::size_t, kMaxAsks> shard{};
    for (std::size_t i = 0; i < asks.size(); ++i) {
        names[i] = named(asks[i].cell);
        shard[i] = shardOf(names[i].hash);
    }
    auto order = shard;
    const auto used = std::span(order).first(asks.size());
    std::ranges::sort(used);
    const auto repeated = std::ranges::unique(used);
    const auto distinct = asks.size() - repeated.size();
    std::array<std::unique_lock<std::mutex>, kMaxAsks> locks;
    for (std::size_t i = 0; i < distinct; ++i) locks[i] = std::unique_lock(shards_[order[i]].mutex);

    const Gcra::Nanos time = now();
    std::array<Gcra::Nanos*, kMaxAsks> tats{};  // null: there is no such cell yet
    bool all = true;
    for (std::size_t i = 0; i < asks.size(); ++i) {
        Cells& cells = shards_[shard[i]].cells;
        if (const auto found = cells.find(names[i]); found != cells.end()) tats[i] = &found->second;
        rates[i] = Gcra(asks[i].limit).rate(tats[i] ? *tats[i] : Gcra::kFresh, time);
        all = all && rates[i].allowed;
    }
    if (!all) return false;
    const auto takeOne = [&](std::size_t i, Gcra::Nanos& tat) {
        const Gcra gcra(asks[i].limit);
        tat = gcra.afterOne(tat, time);
        rates[i] = gcra.rate(tat, time);
        rates[i].allowed = true;
    };
    for (std::size_t i = 0; i < asks.size(); ++i)
        if (tats[i]) takeOne(i, *tats[i]);
    // Last, since making room may take cells away.
    for (std::size_t i = 0; i < asks.size(); ++i) {
        if (tats[i]) continue;
        Cells& cells = shards_[shard[i]].cells;
        makeRoom(cells, time);
        Name<std::string> name{std::string(names[i].text), names[i].hash};
        takeOne(i, cells.emplace(std::move(name), Gcra::kFresh).first->second);
    }
    return true;
}

Rate RateLimiter::take(std::string_view cell, const RateLimit& limit) {
    const std::array<Ask, 1> asks{Ask{cell, limit}};
    std::array<Rate, 1> rates;
    (void)take(asks, rates);
    return rates[0];
}

Rate RateLimiter::peek(std::string_view cell, const RateLimit& limit) const {
    const auto name = named(cell);
    const Shard& shard = shards_[shardOf(name.hash)];
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.cells.find(name);
    return Gcra(limit).rate(found == shard.cells.end() ? Gcra::kFresh : found->second, now());
}

std::size_t RateLimiter::size() const {
    std::size_t all = 0;
    for (const Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        all += shard.cells.size();
    }
    return all;
}

}  // namespace trusthub::access
