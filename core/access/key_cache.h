// KeyCache: records of keys by their public number, each with the revision at which it was read.
#pragma once

#include "access/key_record.h"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace trusthub::access {

/// Bounded; what has not been asked for longest goes first, roughly: each shard has a young and an
/// old half, and when the young one is full it becomes the old one. [thread-safe]
class KeyCache {
public:
    static constexpr std::size_t kCapacity = 2'000'000;  ///< so that a million in use stay
    explicit KeyCache(std::size_t capacity = kCapacity);

    /// The record, when it was read at that revision; null otherwise.
    std::shared_ptr<const KeyRecord> find(std::uint32_t number, std::uint64_t revision);
    /// `revision` was noted before the read began.
    void keep(std::uint32_t number, std::uint64_t revision,
              std::shared_ptr<const KeyRecord> record);
    std::size_t size() const;

private:
    static constexpr std::size_t kShards = 64;
    struct Entry {
        std::uint64_t revision = 0;
        std::shared_ptr<const KeyRecord> record;
    };
    using Half = std::unordered_map<std::uint32_t, Entry>;
    struct alignas(64) Shard {
        mutable std::mutex mutex;
        Half young, old;
    };
    /// [under the shard's lock]
    void put(Shard& shard, std::uint32_t number, Entry entry) const;
    Shard& shardOf(std::uint32_t number) { return shards_[number % kShards]; }

    const std::size_t half_;  ///< of a shard
    std::array<Shard, kShards> shards_;
};

}  // namespace trusthub::access
