// Clock: the only source of time, so that tests can turn it by hand.
#pragma once

#include "sdk/time.h"

#include <mutex>

namespace trusthub::base {

/// [thread-safe]
class Clock {
public:
    virtual ~Clock() = default;
    virtual TimePoint now() const = 0;          ///< wall clock; may jump
    virtual SteadyPoint steadyNow() const = 0;  ///< never goes back
};

class SystemClock final : public Clock {
public:
    TimePoint now() const override {
        return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
    }
    SteadyPoint steadyNow() const override { return std::chrono::steady_clock::now(); }
};

/// Stands still until moved; both clocks move together.
class ManualClock final : public Clock {
public:
    explicit ManualClock(TimePoint start = TimePoint{std::chrono::sys_days{std::chrono::year{2026} /
                                                                           1 / 15}})
        : now_(start) {}
    TimePoint now() const override {
        const std::lock_guard lock(mutex_);
        return now_;
    }
    SteadyPoint steadyNow() const override {
        const std::lock_guard lock(mutex_);
        return steady_;
    }
    void advance(Milliseconds by) {
        const std::lock_guard lock(mutex_);
        now_ += by;
        steady_ += by;
    }

private:
    mutable std::mutex mutex_;
    TimePoint now_;
    SteadyPoint steady_{};
};

}  // namespace trusthub::base
