// BodyBudget: bounds the memory of all request bodies in flight together.
#pragma once

#include <atomic>
#include <cstddef>

namespace trusthub::http {

/// [thread-safe]
class BodyBudget {
public:
    explicit BodyBudget(std::size_t bytes) : limit_(bytes) {}

    /// False, and nothing taken, when it would not fit.
    bool tryTake(std::size_t bytes) noexcept {
        std::size_t used = used_.load(std::memory_order_relaxed);
        do {
            if (bytes > limit_ || used > limit_ - bytes) return false;
        } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
        return true;
    }
    void giveBack(std::size_t bytes) noexcept { used_.fetch_sub(bytes, std::memory_order_relaxed); }
    std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

private:
    const std::size_t limit_;
    std::atomic<std::size_t> used_{0};
};

}  // namespace trusthub::http
