// KeyCache: records of keys by their public number, each with the revision at which it was read.
#pragma once

#include "access/key_record.h"
#include "base/huge_pages.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <vector>

namespace trusthub::access {

/// Bounded; what has not been asked for longest goes first, roughly: each shard has a young and an
/// old half, and when the young one is full it becomes the old one. [thread-safe]
class KeyCache {
public:
    static constexpr std::size_t kCapacity = 2'000'000;  ///< so that a million in use stay
    explicit KeyCache(std::size_t capacity = kCapacity);

    /// Both fetch from memory what find() and its caller will look at, while other work is done:
    /// first the entry, then the record to which it leads.
    void fetchEntry(std::uint32_t number) const;
    void fetchRecord(std::uint32_t number);
    /// The record, when it was read at that revision; null otherwise.
    std::shared_ptr<const KeyRecord> find(std::uint32_t number, std::uint64_t revision);
    /// `revision` was noted before the read began.
    /// Answers the record as it is kept, which must not outlive the cache.
    std::shared_ptr<const KeyRecord> keep(std::uint32_t number, std::uint64_t revision,
                                          KeyRecord record);
    std::size_t size() const;

private:
    static constexpr std::size_t kShards = 64;

    struct Entry {
        std::uint32_t number = 0;
        std::uint64_t revision = 0;  ///< 0: free
        std::shared_ptr<const KeyRecord> record;
    };
    /// Open addressing, so that a look-up touches one line of memory; nothing is ever erased.
    class Table {
    public:
        explicit Table(std::pmr::memory_resource& memory) : slots_(&memory) {}

        std::size_t size() const { return size_; }
        Entry* find(std::uint32_t number);
        void insert(Entry entry);  ///< not there yet
        void prefetch(std::uint32_t number) const;

    private:
        std::size_t start(std::uint32_t number) const;
        void place(Entry entry);

        std::pmr::vector<Entry> slots_;  ///< a power of two, at most three quarters of them taken
        std::size_t size_ = 0;
    };
    struct alignas(64) Shard {
        explicit Shard(std::pmr::memory_resource& memory) : young(memory), old(memory) {}

        mutable std::mutex mutex;
        Table young, old;
    };
    /// [under the shard's lock]
    void put(Shard& shard, Entry entry);
    static std::size_t shardOf(std::uint32_t number) { return number % kShards; }

    const std::size_t half_;  ///< of a shard
    base::HugePages pages_;
    std::pmr::synchronized_pool_resource memory_{{0, std::size_t{4} << 20}, &pages_};
    std::deque<Shard> shards_;
};

}  // namespace trusthub::access
