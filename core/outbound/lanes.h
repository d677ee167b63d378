// Lanes: how many deliveries of which endpoint may be under way, so that no receiver holds up
// another.
#pragma once

#include "base/ids.h"
#include "sdk/time.h"

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace trusthub::outbound {

/// An endpoint's share grows with each answer, shrinks with each silence, and is never more than a
/// quarter of what is free. The last quarter of all is for endpoints that have proven to answer: so
/// however many receivers hang, the others still find room. Lanes are kept, one for each endpoint
/// that had work since the start. Pure bookkeeping. [one thread]
class Lanes {
public:
    Lanes(std::size_t total, std::size_t perEndpoint) : total_(total), perEndpoint_(perEndpoint) {}

    struct Pick {
        EndpointId endpoint;
        std::size_t count;
    };

    /// Something of the endpoint is due at `at`, or earlier.
    void due(const EndpointId& endpoint, TimePoint at);
    /// Endpoints with due work and room, least busy first. Takes the room and forgets the due time:
    /// each pick must be answered by claimed().
    std::vector<Pick> pick(TimePoint now);
    /// `got` of the pick's deliveries are under way; `next` is when the endpoint's next one is due.
    void claimed(const Pick& pick, std::size_t got, std::optional<TimePoint> next);
    void finished(const EndpointId& endpoint, bool answered);

    /// When pick() has something to give, as far as is known; null: when something finishes or
    /// becomes due.
    std::optional<TimePoint> nextDue() const;
    std::size_t inFlight() const { return inFlight_; }

private:
    static constexpr std::size_t kFirstShare = 4;
    static constexpr std::size_t kReserve = 4;  ///< one in so many of what is free

    struct Lane {
        std::size_t inFlight = 0;
        std::size_t share = kFirstShare;
        std::optional<TimePoint> due;
    };
    std::size_t room(const Lane& lane) const;

    const std::size_t total_;
    const std::size_t perEndpoint_;
    std::size_t inFlight_ = 0;
    std::map<EndpointId, Lane> lanes_;
};

}  // namespace trusthub::outbound
