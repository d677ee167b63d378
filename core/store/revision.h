// Revision: counts the changes of something, so that what was read of it may be kept in memory.
#pragma once

#include "store/tx.h"

#include <atomic>
#include <cstdint>

namespace trusthub::store {

/// A reader notes now() before its read begins and keeps the number with what it read, which holds
/// as long as now() still answers that number. The unit that makes a change calls changed(): from
/// then on units see that what was kept is out of date, and before anybody is told that the change
/// is durable every reader sees it too. [thread-safe] It outlives the last unit
/// that names it.
class Revision final : public CommitHook {
public:
    /// [in a unit] A unit that is rolled back has counted for nothing but one more read.
    void changed(WriteTx& tx) {
        count_.fetch_add(1);
        // Who read between here and COMMIT has read the old state under the new number.
        tx.afterCommit(*this);
    }
    std::uint64_t now() const noexcept { return count_.load(); }
    void committed() noexcept override { count_.fetch_add(1); }

private:
    std::atomic<std::uint64_t> count_{1};
};

}  // namespace trusthub::store
