// KeyUsage: what keys were used for, when and from where; counted in memory, written in batches.
#pragma once

#include "access/key_usage_repo.h"
#include "base/ids.h"
#include "base/workers.h"
#include "store/store.h"

#include <array>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace trusthub::access {

/// One request that was answered.
struct KeyUse {
    const ApiKeyId& key;
    std::string_view route;  ///< `GET /v1/scans/{id}`: from a closed list
    std::string_view ip, userAgent;
    int status = 0;
    TimePoint at;
};

/// Telemetry: up to a few seconds of it may be lost in a crash. [thread-safe]
class KeyUsage {
public:
    explicit KeyUsage(store::Store& store);
    ~KeyUsage();  ///< writes what is left

    /// Allocates nothing when the same key, route and client were seen since the last flush.
    void record(const KeyUse& use);
    /// Queues what was counted; when it returns, what others have taken is queued too.
    void flush();
    /// The same, and waits until it can be read. Never on an HTTP worker.
    void flushAndWait();

private:
    struct View {
        std::string_view key, route, ip, userAgent;
        int day;
        bool operator==(const View&) const = default;
    };
    struct Slot {
        std::string key, route, ip, userAgent;
        int day;
        View view() const { return {key, route, ip, userAgent, day}; }
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const View& view) const noexcept;
        std::size_t operator()(const Slot& slot) const noexcept { return (*this)(slot.view()); }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(const Slot& a, const Slot& b) const { return a.view() == b.view(); }
        bool operator()(const Slot& a, const View& b) const { return a.view() == b; }
        bool operator()(const View& a, const Slot& b) const { return a == b.view(); }
    };
    using Counts = std::unordered_map<Slot, UsageCounts, Hash, Equal>;
    struct Shard {
        std::mutex mutex;
        Counts counts;
    };
    static constexpr std::size_t kShards = 16;
    static constexpr std::size_t kMaxSlots =
        4'096;  ///< of a shard; then clients are not told apart

    std::vector<UsageRow> take();

    store::Store& store_;
    std::array<Shard, kShards> shards_;
    std::mutex flushing_;  ///< held from taking counts until they are queued
    base::Periodic timer_;
};

}  // namespace trusthub::access
