// OncePerMinute: of many alike happenings in a minute one becomes an audit row.
#pragma once

#include "sdk/time.h"

#include <chrono>
#include <mutex>
#include <set>
#include <string>

namespace trusthub::audit {

/// [thread-safe]
class OncePerMinute {
public:
    enum class Turn {
        Skip,
        Write,
        WriteForMany  ///< the minute has too many kinds: this row stands for all the rest
    };
    Turn take(TimePoint at, std::string kind) {
        const std::lock_guard lock(mutex_);
        const auto minute = std::chrono::floor<std::chrono::minutes>(at);
        if (minute != minute_) {
            minute_ = minute;
            seen_.clear();
        }
        if (seen_.size() > kRowsPerMinute || !seen_.insert(std::move(kind)).second)
            return Turn::Skip;
        return seen_.size() > kRowsPerMinute ? Turn::WriteForMany : Turn::Write;
    }

private:
    static constexpr std::size_t kRowsPerMinute = 1'000;

    std::mutex mutex_;
    std::chrono::sys_time<std::chrono::minutes> minute_;
    std::set<std::string> seen_;
};

}  // namespace trusthub::audit
