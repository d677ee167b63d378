#include "access/key_cache.h"

#include <algorithm>
#include <utility>

namespace trusthub::access {

KeyCache::KeyCache(std::size_t capacity)
    : half_(std::max<std::size_t>(1, capacity / kShards / 2)) {}

std::shared_ptr<const KeyRecord> KeyCache::find(std::uint32_t number, std::uint64_t revision) {
    Shard& shard = shardOf(number);
    const std::lock_guard lock(shard.mutex);
    if (const auto young = shard.young.find(number); young != shard.young.end())
        return young->second.revision == revision ? young->second.record : nullptr;
    const auto old = shard.old.find(number);
    if (old == shard.old.end()) return nullptr;
    Entry entry = std::move(old->second);
    shard.old.erase(old);
    if (entry.revision != revision) return nullptr;
    auto record = entry.record;
    put(shard, number, std::move(entry));
    return record;
}

void KeyCache::keep(std::uint32_t number, std::uint64_t revision,
                    std::shared_ptr<const KeyRecord> record) {
    Shard& shard = shardOf(number);
    const std::lock_guard lock(shard.mutex);
    shard.old.erase(number);
    put(shard, number, {revision, std::move(record)});
}

void KeyCache::put(Shard& shard, std::uint32_t number, Entry entry) const {
    if (const auto there = shard.young.find(number); there != shard.young.end()) {
        // A slower reader must not bring back what was read earlier.
        if (there->second.revision <= entry.revision) there->second = std::move(entry);
        return;
    }
    if (shard.young.size() >= half_) shard.old = std::exchange(shard.young, {});
    shard.young.emplace(number, std::move(entry));
}

std::size_t KeyCache::size() const {
    std::size_t size = 0;
    for (const Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        size += shard.young.size() + shard.old.size();
    }
    return size;
}

}  // namespace trusthub::access
