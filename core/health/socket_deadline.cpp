#include "health/socket_deadline.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>

namespace trusthub::health {
namespace {

constexpr Milliseconds kIdle{60'000};

}  // namespace

SocketDeadline::SocketDeadline(const base::Clock& clock)
    : clock_(clock), watcher_("mail-deadline", [this](std::stop_token) { return round(); }) {}

void SocketDeadline::arm(int fd, SteadyPoint deadline) {
    {
        const std::lock_guard lock(mutex_);
        watched_ = base::Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
        deadline_ = deadline;
        passed_ = false;
        if (aborted_) ::shutdown(fd, SHUT_RDWR);
    }
    watcher_.wake();
}

void SocketDeadline::release() {
    const std::lock_guard lock(mutex_);
    watched_ = base::Fd();
    passed_ = false;
}

void SocketDeadline::cut() {
    const std::lock_guard lock(mutex_);
    ::shutdown(watched_.get(), SHUT_RDWR);
}

bool SocketDeadline::passed() const {
    const std::lock_guard lock(mutex_);
    return passed_;
}

void SocketDeadline::abort() noexcept {
    const std::lock_guard lock(mutex_);
    aborted_ = true;
    ::shutdown(watched_.get(), SHUT_RDWR);
}

Milliseconds SocketDeadline::round() {
    const std::lock_guard lock(mutex_);
    if (watched_.get() < 0 || passed_) return kIdle;
    const SteadyPoint now = clock_.steadyNow();
    if (now >= deadline_) {
        passed_ = true;
        ::shutdown(watched_.get(), SHUT_RDWR);
        return kIdle;
    }
    return std::clamp(std::chrono::ceil<Milliseconds>(deadline_ - now), Milliseconds{1}, kIdle);
}

}  // namespace trusthub::health
