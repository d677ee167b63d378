#include "audit/refusal_rows.h"

#include <boost/json.hpp>

namespace trusthub::audit {

void RefusalRows::record(const Actor& actor, TimePoint at, const std::string& key, Entry entry) {
    {
        const std::lock_guard lock(mutex_);
        const auto minute = std::chrono::floor<std::chrono::minutes>(at);
        if (minute != minute_) {
            minute_ = minute;
            seen_.clear();
        }
        if (seen_.size() > kRowsPerMinute || !seen_.insert(key).second) return;
        if (seen_.size() > kRowsPerMinute) entry.details["address_block"] = "many";
    }
    store_.write<void>(
        [&audit = audit_, actor, entry = std::move(entry)](store::WriteTx& tx) -> Result<void> {
            audit.append(tx, actor, entry);
            return {};
        },
        [](Result<void>) {});
}

}  // namespace trusthub::audit
