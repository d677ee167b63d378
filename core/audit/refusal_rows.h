// RefusalRows: audit rows of what strangers can repeat at will, collected for each kind and minute.
#pragma once

#include "audit/audit_log.h"
#include "store/store.h"

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace trusthub::audit {

/// The first of a kind within a minute becomes a row at once, with `count` 1; those that follow it
/// become one further row with their `count` when the minute is over, so that the counts of all
/// rows add up. [thread-safe]
class RefusalRows {
public:
    RefusalRows(store::Store& store, AuditLog& audit) : store_(store), audit_(audit) {}

    /// Done in the unit of the first row.
    using Also = std::function<void(store::WriteTx&)>;
    /// `key` is the kind. After 1,000 kinds within a minute all others are one: its row has `many`
    /// in place of the member `address_block`, and no `project_ids`. Does not wait.
    void record(const Actor& actor, TimePoint at, std::string key, Entry entry, Also also = {});
    /// Writes what was collected in minutes that are over; called now and then.
    void settle(TimePoint now);
    /// Writes all that was collected, for the end. What is still to come counts anew.
    void settleAll();

private:
    struct Collected {
        Actor actor;
        Entry entry;
        std::int64_t more = 0;  ///< after the first
    };
    struct Row {
        Actor actor;
        Entry entry;
        Also also = {};
    };
    using Minute = std::chrono::sys_time<std::chrono::minutes>;
    static constexpr std::size_t kKinds = 1'000;

    std::vector<Row> close(Minute next);
    void write(std::vector<Row> rows);

    store::Store& store_;
    AuditLog& audit_;
    std::mutex mutex_;
    Minute minute_;
    std::map<std::string, Collected> kinds_;  ///< of the minute
};

}  // namespace trusthub::audit
