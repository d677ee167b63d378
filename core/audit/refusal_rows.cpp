#include "audit/refusal_rows.h"

#include <boost/json.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace trusthub::audit {
namespace {

using Time = std::chrono::sys_time<std::chrono::minutes>;

constexpr std::size_t kKinds = 1'000;
constexpr std::size_t kLate = 1'000;

Time minuteOf(TimePoint at) {
    return std::chrono::floor<std::chrono::minutes>(at);
}

void widen(RefusalRows::Refused& refused) {
    for (auto& [name, value] : refused.wide) {
        if (value.is_null())
            refused.entry.details.erase(name);
        else
            refused.entry.details[name] = std::move(value);
    }
}

void blur(RefusalRows::Refused& refused) {
    refused.entry.targetId.clear();
    refused.entry.teamId.clear();
    refused.entry.details = {{"reason", "many"}, {"address_block", "many"}};
    refused.actor = {.kind = refused.actor.kind};
}

}  // namespace

struct RefusalRows::Collected {
    Actor actor;
    Entry entry;
    bool told = false;      ///< its first row is written, or on its way
    std::int64_t more = 0;  ///< that no row has counted
};

struct RefusalRows::Row {
    Actor actor;
    Entry entry;
    std::int64_t count = 1;  ///< that it stands for
    bool first = false;      ///< of its kind within the minute
    std::string kind = {};
    Also also = {};
};

/// What was collected in the minute that runs.
struct RefusalRows::Minute {
    std::mutex mutex;
    Time time;
    std::map<std::string, Collected> kinds;
    std::map<std::string, Collected> wider;  ///< under "" what names nobody
    std::vector<Row> late;                   ///< of minutes that are over, and could not be written

    Collected& placeOf(Refused& refused) {
        if (kinds.size() < kKinds || kinds.contains(refused.kind)) return kinds[refused.kind];
        widen(refused);
        refused.kind = refused.wider;
        if (wider.size() >= kKinds && !wider.contains(refused.kind)) {
            blur(refused);
            refused.kind.clear();
        }
        return wider[refused.kind];
    }

    std::vector<Row> close(Time next) {
        std::vector<Row> rows = std::exchange(late, {});
        for (auto* map : {&kinds, &wider}) {
            for (auto& [name, kind] : *map) {
                if (kind.more == 0) continue;
                kind.entry.details["count"] = kind.more;
                kind.entry.details["minute"] = formatTime(TimePoint{time});
                // It stands for many requests.
                kind.actor.requestId.clear();
                kind.actor.userAgent.clear();
                if (map == &wider) kind.actor.ip.clear();
                rows.push_back({std::move(kind.actor), std::move(kind.entry), kind.more});
            }
            map->clear();
        }
        time = next;
        return rows;
    }

    void takeBack(const Row& row) {
        for (auto* map : {&kinds, &wider}) {
            const auto found = row.first ? map->find(row.kind) : map->end();
            if (found == map->end() || !found->second.told) continue;
            found->second.told = false;
            found->second.more += row.count;
            return;
        }
        if (late.size() < kLate) late.push_back(row);
    }
};

RefusalRows::RefusalRows(store::Store& store, AuditLog& audit)
    : store_(store), audit_(audit), minute_(std::make_shared<Minute>()) {}

RefusalRows::~RefusalRows() = default;

void RefusalRows::record(TimePoint at, Refused refused) {
    std::vector<Row> over, first;
    {
        const std::lock_guard lock(minute_->mutex);
        const Time time = minuteOf(at);
        if (time != minute_->time) over = minute_->close(time);
        Collected& kind = minute_->placeOf(refused);
        if (kind.told) {
            ++kind.more;
        } else {
            kind.told = true;
            const std::int64_t count = std::exchange(kind.more, 0) + 1;
            kind.actor = refused.actor;
            kind.entry = refused.entry;
            refused.entry.details["count"] = count;
            first.push_back({std::move(refused.actor), std::move(refused.entry), count, true,
                             std::move(refused.kind), std::move(refused.also)});
        }
    }
    write(std::move(over), store::Urgency::Normal);
    const bool urgent = !first.empty() && first.front().also;
    write(std::move(first), urgent ? store::Urgency::Essential : store::Urgency::Normal);
}

void RefusalRows::settle(TimePoint now) {
    std::vector<Row> rows;
    {
        const std::lock_guard lock(minute_->mutex);
        const Time time = minuteOf(now);
        rows = time == minute_->time ? std::exchange(minute_->late, {}) : minute_->close(time);
    }
    write(std::move(rows), store::Urgency::Normal);
}

void RefusalRows::settleAll() {
    std::vector<Row> rows;
    {
        const std::lock_guard lock(minute_->mutex);
        rows = minute_->close(minute_->time);
    }
    write(std::move(rows), store::Urgency::Normal);
}

void RefusalRows::write(std::vector<Row> rows, store::Urgency urgency) {
    if (rows.empty()) return;
    const auto shared = std::make_shared<const std::vector<Row>>(std::move(rows));
    store_.write<void>(
        [&audit = audit_, shared](store::WriteTx& tx) -> Result<void> {
            for (const Row& row : *shared) {
                audit.append(tx, row.actor, row.entry);
                if (row.also) row.also(tx);
            }
            return {};
        },
        [shared, minute = minute_](Result<void> written) {
            if (written) return;
            const std::lock_guard lock(minute->mutex);
            for (const Row& row : *shared) minute->takeBack(row);
        },
        urgency);
}

}  // namespace trusthub::audit
