#include "access/key_cache.h"

#include <algorithm>
#include <utility>

namespace trusthub::access {
namespace {

constexpr std::size_t kFirstSlots = 16;
constexpr std::size_t kLine = 64;  // bytes of memory that come at once

}  // namespace

std::size_t KeyCache::Table::start(std::uint32_t number) const {
    // Fibonacci hashing: imported numbers need not be random.
    const std::uint64_t mixed = number * std::uint64_t{0x9E3779B97F4A7C15};
    return static_cast<std::size_t>(mixed >> 32) & (slots_.size() - 1);
}

KeyCache::Entry* KeyCache::Table::find(std::uint32_t number) {
    if (slots_.empty()) return nullptr;
    for (std::size_t i = start(number); slots_[i].revision != 0; i = (i + 1) & (slots_.size() - 1))
        if (slots_[i].number == number) return &slots_[i];
    return nullptr;
}

void KeyCache::Table::place(Entry entry) {
    std::size_t i = start(entry.number);
    while (slots_[i].revision != 0) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = std::move(entry);
}

void KeyCache::Table::insert(Entry entry) {
    if (size_ + 1 > slots_.size() / 4 * 3) {
        std::pmr::vector<Entry> before(std::max(kFirstSlots, slots_.size() * 2),
                                       slots_.get_allocator());
        slots_.swap(before);
        for (Entry& one : before)
            if (one.revision != 0) place(std::move(one));
    }
    place(std::move(entry));
    ++size_;
}

void KeyCache::Table::prefetch(std::uint32_t number) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[start(number)]);
}

KeyCache::KeyCache(std::size_t capacity) : half_(std::max<std::size_t>(1, capacity / kShards / 2)) {
    for (std::size_t i = 0; i < kShards; ++i) shards_.emplace_back(memory_);
}

void KeyCache::fetchEntry(std::uint32_t number) const {
    const Shard& shard = shards_[shardOf(number)];
    const std::lock_guard lock(shard.mutex);
    shard.young.prefetch(number);
}

void KeyCache::fetchRecord(std::uint32_t number) {
    Shard& shard = shards_[shardOf(number)];
    const std::lock_guard lock(shard.mutex);
    const Entry* entry = shard.young.find(number);
    if (!entry || !entry->record) return;
    const char* bytes = reinterpret_cast<const char*>(entry->record.get());
    // The count of its owners stands before it.
    __builtin_prefetch(bytes - kLine / 4, 1);
    for (std::size_t at = kLine / 2; at < KeyRecord::kHotBytes + kLine / 2; at += kLine)
        __builtin_prefetch(bytes + at);
}

std::shared_ptr<const KeyRecord> KeyCache::find(std::uint32_t number, std::uint64_t revision) {
    Shard& shard = shards_[shardOf(number)];
    const std::lock_guard lock(shard.mutex);
    if (const Entry* young = shard.young.find(number))
        return young->revision == revision ? young->record : nullptr;
    Entry* old = shard.old.find(number);
    if (!old || old->revision != revision || !old->record) return nullptr;
    auto record = std::move(old->record);
    put(shard, {number, revision, record});
    return record;
}

std::shared_ptr<const KeyRecord> KeyCache::keep(std::uint32_t number, std::uint64_t revision,
                                                KeyRecord record) {
    auto kept = std::allocate_shared<const KeyRecord>(
        std::pmr::polymorphic_allocator<KeyRecord>(&memory_), std::move(record));
    Shard& shard = shards_[shardOf(number)];
    const std::lock_guard lock(shard.mutex);
    put(shard, {number, revision, kept});
    return kept;
}

void KeyCache::put(Shard& shard, Entry entry) {
    if (Entry* there = shard.young.find(entry.number)) {
        // A slower reader must not bring back what was read earlier.
        if (there->revision <= entry.revision) *there = std::move(entry);
        return;
    }
    if (shard.young.size() >= half_) shard.old = std::exchange(shard.young, Table(memory_));
    shard.young.insert(std::move(entry));
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
