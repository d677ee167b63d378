// RefusalRows: audit rows of what strangers can repeat at will, one a minute for each kind.
#pragma once

#include "audit/audit_log.h"
#include "audit/once_per_minute.h"
#include "store/store.h"

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
    store::Store& store_;
    AuditLog& audit_;
    OncePerMinute once_;
};

}  // namespace trusthub::audit
