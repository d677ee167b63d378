// CurlLoop: one libcurl multi handle on epoll. Idle transfers cost no system call.
#pragma once

#include "base/clock.h"
#include "base/fd.h"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace trusthub::http {

/// All of it belongs to one thread, save wake(). Handles are CURL*; they are void* here because
/// libcurl's header stays inside the client's .cpp files.
class CurlLoop {
public:
    struct Finished {
        void* easy;
        int code;  ///< CURLcode
    };

    /// Throws std::runtime_error when the process has no descriptors left.
    explicit CurlLoop(const base::Clock& clock);
    ~CurlLoop();  ///< every handle must have been removed

    void add(void* easy);
    void remove(void* easy);  ///< of a transfer under way, its connection is closed
    /// Waits for traffic, wake() or `until`, and moves transfers on; answers those that ended.
    std::vector<Finished> run(std::optional<SteadyPoint> until);
    /// Connections beyond `total`, those in use included, are closed instead of kept.
    void keepConnections(std::size_t total);
    void wake();  ///< [thread-safe] ends the wait of run(), or the next one

    /// CURLSH with the TLS sessions of `host`.
    void* share(std::string_view host);

private:
    struct Callbacks;
    struct MultiDeleter {
        void operator()(void* multi) const;
    };
    struct ShareDeleter {
        void operator()(void* share) const;
    };

    const base::Clock& clock_;
    base::Fd epoll_;
    base::Fd event_;
    std::optional<SteadyPoint> timer_;  ///< when libcurl wants to be called at the latest
    // libcurl 7.88 keeps 8 sessions a share, so that hosts are spread over many.
    std::array<std::unique_ptr<void, ShareDeleter>, 64> shares_;
    std::unique_ptr<void, MultiDeleter> multi_;
};

}  // namespace trusthub::http
