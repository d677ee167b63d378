// RefusalRows: audit rows of what strangers can repeat at will, collected for each kind and minute.
#pragma once

#include "audit/audit_log.h"
#include "store/store.h"

#include <functional>
#include <memory>
#include <string>

namespace trusthub::audit {

/// The first of a kind within a minute becomes a row at once, with `count` 1; those that follow it
/// become one further row with their `count` when the minute is over, so that the counts of all
/// rows add up. What could not be written is tried again with the next of its kind or minute.
/// [thread-safe]
class RefusalRows {
public:
    /// Done in the unit of the first row.
    using Also = std::function<void(store::WriteTx&)>;
    struct Refused {
        Actor actor;
        Entry entry;
        std::string kind;  ///< what is told apart
        /// The same without what strangers can vary, as addresses: of those there are few.
        std::string wider;
        /// Takes the place of what varies in the details, for rows of a wider kind; null: nothing
        /// does.
        json::Object wide = {};
        Also also = {};
    };

    RefusalRows(store::Store& store, AuditLog& audit);
    ~RefusalRows();

    /// After 1,000 kinds within a minute the others are told apart by `wider` alone, and after
    /// 1,000 of those too all others are one, which names nobody. Does not wait.
    void record(TimePoint at, Refused refused);
    /// Writes what was collected in minutes that are over; called now and then.
    void settle(TimePoint now);
    /// Writes all that was collected, for the end. What is still to come counts anew.
    void settleAll();

private:
    struct Collected;
    struct Row;
    struct Minute;

    void write(std::vector<Row> rows, store::Urgency urgency);

    store::Store& store_;
    AuditLog& audit_;
    /// Shared with units that are still to answer.
    std::shared_ptr<Minute> minute_;
};

}  // namespace trusthub::audit
