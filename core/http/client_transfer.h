// Transfer: one try of one exchange at one vetted address, as a libcurl easy handle.
#pragma once

#include "http/client.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace trusthub::http {

/// The guard in force; it can be swapped while exchanges are under way. [thread-safe]
class GuardSlot {
public:
    explicit GuardSlot(std::shared_ptr<const EgressGuard> guard) : guard_(std::move(guard)) {}
    std::shared_ptr<const EgressGuard> get() const {
        const std::lock_guard lock(mutex_);
        return guard_;
    }
    void set(std::shared_ptr<const EgressGuard> guard) {
        const std::lock_guard lock(mutex_);
        guard_ = std::move(guard);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const EgressGuard> guard_;
};

/// What a transfer is made from; all of it outlives the transfer.
struct TransferPlan {
    const ClientConfig& config;
    const GuardSlot& guard;
    const sdk::HttpRequest& request;
    const Url& url;
    std::string_view purpose;
    IpAddress address;  ///< vetted; the only one that may be connected to
    void* share;        ///< CURLSH
    std::optional<Milliseconds> connectTimeout;
};

/// [driver thread] Must not be moved while libcurl knows it.
class Transfer {
public:
    explicit Transfer(const TransferPlan& plan);
    ~Transfer();
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    void* easy() const;
    /// True when `code` (CURLcode) says that no connection came about, so that nothing was sent.
    bool neverConnected(int code) const;
    /// What became of it; info.took is left to the caller. Call once, after the end or when giving
    /// up.
    Exchange finish(int code);
    /// The vetted address when it was connected to, else empty.
    std::string connectedAddress() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trusthub::http
