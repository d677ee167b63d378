#include "access/key_usage.h"

#include "access/api_keys.h"

#include <algorithm>
#include <memory>

namespace trusthub::access {
namespace {

constexpr Milliseconds kEvery{5'000};
/// Rows of one unit: the writer shall not be held up.
constexpr std::size_t kSlice = 250;

int dayOf(TimePoint at) {
    return static_cast<int>(std::chrono::floor<std::chrono::days>(at).time_since_epoch().count());
}

store::Unit<void> unitOf(std::vector<UsageRow> rows) {
    return [rows = std::move(rows)](store::WriteTx& tx) -> Result<void> {
        // Ordered by key: the last row of each key with the latest use tells its last use.
        const UsageRow* latest = nullptr;
        const auto note = [&tx](const UsageRow& row) {
            ApiKeys::recordUse(tx, ApiKeyId(row.key), row.counts.lastAt, row.ip, row.userAgent);
        };
        key_usage_repo::add(tx, rows);
        for (const UsageRow& row : rows) {
            if (latest && latest->key != row.key) {
                note(*latest);
                latest = nullptr;
            }
            if (!latest || row.counts.lastAt >= latest->counts.lastAt) latest = &row;
        }
        if (latest) note(*latest);
        return {};
    };
}

}  // namespace

std::size_t KeyUsage::Hash::operator()(const View& view) const noexcept {
    const std::hash<std::string_view> hash;
    std::size_t all = static_cast<std::size_t>(view.day);
    for (const std::string_view part : {view.key, view.route, view.ip, view.userAgent})
        all = all * 0x9E3779B97F4A7C15U ^ hash(part);
    return all;
}

KeyUsage::KeyUsage(store::Store& store)
    : store_(store), timer_("key-usage", [this](std::stop_token) {
          flush();
          return kEvery;
      }) {}

KeyUsage::~KeyUsage() {
    flush();
}

void KeyUsage::record(const KeyUse& use) {
    Shard& shard = shards_[std::hash<std::string_view>{}(use.key.text) % kShards];
    View view{use.key.text, use.route, use.ip, use.userAgent, dayOf(use.at)};
    const std::lock_guard lock(shard.mutex);
    auto found = shard.counts.find(view);
    if (found == shard.counts.end() && shard.counts.size() >= kMaxSlots) {
        view.ip = view.userAgent = {};
        found = shard.counts.find(view);
    }
    if (found == shard.counts.end())
        found = shard.counts
                    .emplace(Slot{std::string(view.key), std::string(view.route),
                                  std::string(view.ip), std::string(view.userAgent), view.day},
                             UsageCounts{})
                    .first;
    UsageCounts& counts = found->second;
    ++counts.requests;
    if (use.status == 429)
        ++counts.limited;
    else if (use.status >= 400)
        ++counts.errors;
    counts.lastAt = std::max(counts.lastAt, use.at);
}

std::vector<UsageRow> KeyUsage::take() {
    std::vector<UsageRow> rows;
    for (Shard& shard : shards_) {
        Counts counts;
        {
            const std::lock_guard lock(shard.mutex);
            counts.swap(shard.counts);
        }
        for (auto& [slot, sums] : counts) {
            const std::chrono::sys_days day{std::chrono::days{slot.day}};
            rows.push_back({slot.key, formatTime(TimePoint{day}).substr(0, 10), slot.route, slot.ip,
                            slot.userAgent, sums});
        }
    }
    std::ranges::sort(rows, {}, &UsageRow::key);
    return rows;
}

void KeyUsage::flush() {
    const std::lock_guard lock(flushing_);
    auto rows = take();
    while (!rows.empty()) {
        const auto size = std::min(kSlice, rows.size());
        const auto first = rows.end() - static_cast<std::ptrdiff_t>(size);
        std::vector<UsageRow> slice(std::make_move_iterator(first),
                                    std::make_move_iterator(rows.end()));
        rows.erase(first, rows.end());
        store_.write<void>(unitOf(std::move(slice)), [](Result<void>) {});
    }
}

void KeyUsage::flushAndWait() {
    flush();
    // Units are run in order: when this one has been, so have those before it.
    (void)store_.writeAndWait<void>([](store::WriteTx&) -> Result<void> { return {}; });
}

}  // namespace trusthub::access
