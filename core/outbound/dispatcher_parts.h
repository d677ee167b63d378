// What the dispatcher's two halves share: private to them.
#pragma once

#include "outbound/dispatcher.h"

#include <functional>
#include <mutex>

namespace trusthub::outbound {

struct Dispatcher::Sent {
    deliveries_repo::Claimed delivery;
    std::string owner;
    std::shared_ptr<const Target> target;
    TimePoint startedAt;
};

struct Dispatcher::Outgoing {
    Sent sent;
    sdk::HttpRequest request;
};

struct Dispatcher::Batch {
    std::vector<Outgoing> outgoing;
    /// Claimed, but not to be sent. The pointers are into the claim.
    std::vector<std::pair<const deliveries_repo::Claimed*, deliveries_repo::Next>> refused;
};

struct Dispatcher::Finished {
    Sent sent;
    http::Exchange exchange;
};

struct Dispatcher::Settlement {
    DeliveryId delivery;
    EndpointId endpoint;
    std::string owner;
    deliveries_repo::Next next;
    std::optional<deliveries_repo::Attempt> attempt;
    std::optional<events::Draft> disabled;  ///< the event of an endpoint that said 410
};

struct Dispatcher::Cycle {
    std::size_t lost = 0;  ///< settlements whose lease had ended
    std::vector<deliveries_repo::Claimed> claimed;
    struct Lane {
        std::size_t got = 0;
        std::optional<TimePoint> next;
    };
    std::vector<Lane> lanes;  ///< one for each pick
};

/// Outlives the dispatcher in the hands of exchanges that are under way. [thread-safe]
struct Dispatcher::Inbox {
    std::mutex mutex;
    std::vector<Finished> finished;
    std::map<EndpointId, TimePoint> due;
    std::function<void()> wake;  ///< empty while there is no thread

    void finish(Finished done) {
        const std::lock_guard lock(mutex);
        finished.push_back(std::move(done));
        if (wake) wake();
    }
};

inline constexpr std::string_view kGoneReason = "the receiver answered 410 Gone";

}  // namespace trusthub::outbound
