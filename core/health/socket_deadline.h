// SocketDeadline: ends a blocking exchange that takes too long, however slowly the peer drips.
#pragma once

#include "base/clock.h"
#include "base/fd.h"
#include "base/workers.h"

#include <mutex>

namespace trusthub::health {

/// Watches one descriptor at a time; at the deadline it is shut down, and whoever waits for it
/// returns. [thread-safe]
class SocketDeadline {
public:
    explicit SocketDeadline(const base::Clock& clock);

    /// Watches a copy of the descriptor, which stays the caller's, until another arm() or
    /// release().
    void arm(int fd, SteadyPoint deadline);
    void release();
    /// Shuts down what is watched.
    void cut();
    /// The deadline of the last arm() has passed; not after release().
    bool passed() const;
    /// Shuts down what is watched now and whatever is armed later.
    void abort() noexcept;

private:
    Milliseconds round();

    const base::Clock& clock_;
    mutable std::mutex mutex_;
    base::Fd watched_;
    SteadyPoint deadline_;
    bool passed_ = false;
    bool aborted_ = false;
    base::Periodic watcher_;
};

}  // namespace trusthub::health
