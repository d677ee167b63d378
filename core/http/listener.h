// Listener: the accepting socket, and what is refused before a byte is read.
#pragma once

#include "http/runner.h"

#include <Poco/Net/ServerSocket.h>

#include <atomic>
#include <memory>
#include <mutex>

namespace trusthub::http {

class Listener {
public:
    /// Binds and listens; throws std::runtime_error with address and reason.
    Listener(const ServerConfig& config, Runner& runner, Reactor& reactor, TlsContext* tls,
             base::Log& log, base::Metrics& metrics);

    std::uint16_t port() const noexcept { return port_; }
    void open();    ///< from now on the reactor tells of new connections
    void accept();  ///< takes what is there and arms the socket again [any worker]
    void tick();    ///< tries again after the process had no descriptors left [any worker]
    bool paused() const noexcept { return paused_.load(std::memory_order_relaxed); }
    void close();  ///< no more connections [any thread]

private:
    bool local() const { return config_.address.starts_with('/'); }
    void bindLocal();
    bool acceptOne();
    void turnAwayWithReserve();
    void arm(int operation);

    const ServerConfig& config_;
    Runner& runner_;
    Reactor& reactor_;
    TlsContext* const tls_;
    base::Log& log_;
    base::Metrics& metrics_;
    std::mutex mutex_;  ///< over the socket and the reserve
    Poco::Net::ServerSocket socket_;
    base::Fd reserve_;  ///< given up for a moment when there is no other descriptor
    bool open_ = false;
    std::uint16_t port_ = 0;
    std::atomic<bool> paused_{false};
};

}  // namespace trusthub::http
