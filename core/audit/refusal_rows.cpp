#include "audit/refusal_rows.h"

#include <boost/json.hpp>

#include <utility>

namespace trusthub::audit {
namespace {

constexpr const char* kMany = "";  // the key of all kinds beyond those that are told apart

}  // namespace

void RefusalRows::record(const Actor& actor, TimePoint at, std::string key, Entry entry,
                         Also also) {
    std::vector<Row> rows;
    {
        const std::lock_guard lock(mutex_);
        const auto minute = std::chrono::floor<std::chrono::minutes>(at);
        if (minute != minute_) rows = close(minute);
        if (kinds_.size() >= kKinds && !kinds_.contains(key)) {
            key = kMany;
            entry.details["address_block"] = "many";
            entry.details.erase("project_ids");
        }
        const auto [kind, fresh] = kinds_.try_emplace(std::move(key), Collected{actor, {}, 0});
        if (fresh) {
            kind->second.entry = entry;
            entry.details["count"] = 1;
            rows.push_back({actor, std::move(entry), std::move(also)});
        } else {
            ++kind->second.more;
        }
    }
    write(std::move(rows));
}

void RefusalRows::settle(TimePoint now) {
    std::vector<Row> rows;
    {
        const std::lock_guard lock(mutex_);
        const auto minute = std::chrono::floor<std::chrono::minutes>(now);
        if (minute != minute_) rows = close(minute);
    }
    write(std::move(rows));
}

void RefusalRows::settleAll() {
    std::vector<Row> rows;
    {
        const std::lock_guard lock(mutex_);
        rows = close(minute_);
    }
    write(std::move(rows));
}

std::vector<RefusalRows::Row> RefusalRows::close(Minute next) {
    std::vector<Row> rows;
    for (auto& [key, kind] : kinds_) {
        if (kind.more == 0) continue;
        kind.entry.details["count"] = kind.more;
        kind.entry.details["minute"] = formatTime(TimePoint{minute_});
        // It stands for many requests.
        kind.actor.requestId.clear();
        kind.actor.userAgent.clear();
        rows.push_back({std::move(kind.actor), std::move(kind.entry)});
    }
    kinds_.clear();
    minute_ = next;
    return rows;
}

void RefusalRows::write(std::vector<Row> rows) {
    if (rows.empty()) return;
    store_.write<void>(
        [&audit = audit_, rows = std::move(rows)](store::WriteTx& tx) -> Result<void> {
            for (const Row& row : rows) {
                audit.append(tx, row.actor, row.entry);
                if (row.also) row.also(tx);
            }
            return {};
        },
        [](Result<void>) {});
}

}  // namespace trusthub::audit
