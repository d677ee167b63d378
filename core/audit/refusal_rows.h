// RefusalRows: audit rows of what strangers can repeat at will, one a minute for each kind.
#pragma once

#include "audit/audit_log.h"
#include "store/store.h"

#include <mutex>
#include <set>
#include <string>

namespace trusthub::audit {

/// [thread-safe]
class RefusalRows {
public:
    RefusalRows(store::Store& store, AuditLog& audit) : store_(store), audit_(audit) {}

    /// Writes the row unless one of the same `key` was written in the same minute. After 1,000 keys
    /// within a minute one last row is written, with `many` in place of the member
    /// `address_block`, and nothing more until the next minute. Does not wait.
    void record(const Actor& actor, TimePoint at, const std::string& key, Entry entry);

private:
    static constexpr std::size_t kRowsPerMinute = 1'000;

    store::Store& store_;
    AuditLog& audit_;
    std::mutex mutex_;
    std::chrono::sys_time<std::chrono::minutes> minute_;
    std::set<std::string> seen_;  ///< keys of this minute
};

}  // namespace trusthub::audit
