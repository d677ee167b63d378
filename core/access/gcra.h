// Gcra and RateLimiter: the generic cell rate algorithm: burst and sustained rate from one number a
// cell (ITU-T I.371, annex A).
#pragma once

#include "access/rate_limit.h"
#include "base/clock.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace trusthub::access {

/// How a cell stands at one moment.
struct Rate {
    bool allowed = true;         ///< one more passes, or has just passed
    std::int64_t remaining = 0;  ///< that would pass right now
    Milliseconds retryAfter{0};  ///< until one passes: not a millisecond too late or too early
    Milliseconds resetAfter{0};  ///< until the whole burst is there again
};

/// The arithmetic, in whole nanoseconds. A cell is its theoretical arrival time (TAT), on the
/// steady clock; one that lies in the past is as good as none. Pure.
class Gcra {
public:
    using Nanos = std::int64_t;
    static constexpr Nanos kFresh = 0;

    explicit Gcra(const RateLimit& limit);

    bool passes(Nanos tat, Nanos now) const { return wait(tat, now) <= 0; }
    Nanos afterOne(Nanos tat, Nanos now) const { return (tat > now ? tat : now) + interval_; }
    /// `allowed` says whether one more passes.
    Rate rate(Nanos tat, Nanos now) const;

private:
    Nanos wait(Nanos tat, Nanos now) const;

    Nanos interval_;   ///< between two requests at the sustained rate, rounded up
    Nanos tolerance_;  ///< interval times burst
};

/// Cells by name, bounded in number. When it is full, cells that owe nothing go first, then those
/// that owe least: strangers can fill no memory, and lose their own cells only. [thread-safe]
class RateLimiter {
public:
    RateLimiter(std::size_t maxCells, const base::Clock& clock);

    struct Ask {
        std::string_view cell;
        RateLimit limit;
    };
    /// Takes one from each cell, or from none when one of them refuses. `rates` (as many as `asks`,
    /// at most 4) tells how each stands afterwards; `allowed` of each is its own.
    bool take(std::span<const Ask> asks, std::span<Rate> rates);
    Rate take(std::string_view cell, const RateLimit& limit);
    /// The same without taking anything.
    Rate peek(std::string_view cell, const RateLimit& limit) const;

    std::size_t size() const;

    static constexpr std::size_t kMaxAsks = 4;

private:
    /// A name with its hash, which is wanted for the shard, for the cell and for its neighbours.
    template <class Text>
    struct Name {
        Text text;
        std::size_t hash = 0;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const auto& name) const noexcept { return name.hash; }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(const auto& a, const auto& b) const noexcept { return a.text == b.text; }
    };
    using Cells = std::unordered_map<Name<std::string>, Gcra::Nanos, Hash, Equal>;
    struct Shard {
        mutable std::mutex mutex;
        Cells cells;
    };
    static constexpr std::size_t kShards = 32;

    static Name<std::string_view> named(std::string_view cell);
    static std::size_t shardOf(std::size_t hash);
    Gcra::Nanos now() const;
    void makeRoom(Cells& cells, Gcra::Nanos now) const;

    const std::size_t maxPerShard_;
    const base::Clock& clock_;
    std::array<Shard, kShards> shards_;
};

}  // namespace trusthub::access
