// SQL of deliveries and attempts.
#pragma once

#include "base/ids.h"
#include "store/sealer.h"
#include "store/tx.h"

#include <optional>
#include <string>
#include <vector>

namespace trusthub::outbound::deliveries_repo {

struct New {
    DeliveryId id;
    EventId eventId;
    EndpointId endpointId;
    std::string_view teamId;
    std::string_view trigger;
    TimePoint createdAt;
    std::optional<TimePoint> due;  ///< null: held
};

/// A delivery that this claim alone may attempt, until its lease ends.
struct Claimed {
    DeliveryId id;
    EventId eventId;
    EndpointId endpointId;
    std::string teamId;
    std::string trigger;  ///< schedule | manual | test
    int attempts = 0;     ///< made before
    int scheduleStart = 0;
    TimePoint createdAt;
};

struct Due {
    EndpointId endpointId;
    TimePoint at;
};

/// How a claimed delivery goes on.
struct Next {
    std::string_view status;  ///< pending | delivered | failed | cancelled
    bool attempted = false;
    std::optional<TimePoint> due;  ///< null: nothing is to be done, or held
    std::optional<TimePoint> finishedAt;
};

struct Attempt {
    std::string id;
    DeliveryId deliveryId;
    int number = 0;
    std::string trigger;
    TimePoint startedAt;
    Milliseconds took{0};
    int statusCode = 0;   ///< 0: no answer
    std::string failure;  ///< empty: delivered
    std::string detail;
    std::string address;
    std::optional<store::Sealed> response;
};

void insert(store::WriteTx& tx, const New& delivery);

/// Takes up to `limit` due deliveries of one endpoint, oldest first. While leased, a delivery is
/// due again when the lease ends: so that whatever happens to its owner, it is taken again.
std::vector<Claimed> claim(store::WriteTx& tx, const EndpointId& endpoint, TimePoint now,
                           TimePoint leaseUntil, std::string_view owner, std::size_t limit);
std::optional<TimePoint> nextDue(store::ReadTx& tx, const EndpointId& endpoint);
/// The first due time of each endpoint that has any.
std::vector<Due> allDue(store::ReadTx& tx);
/// Ends every lease. For the start, when nobody can hold one.
std::int64_t releaseLeases(store::WriteTx& tx, TimePoint now);
/// False when `owner` no longer holds the lease: then nothing is changed. A delivery that was
/// cancelled meanwhile stays so, unless it got through; one whose endpoint is no longer active is
/// held instead of tried again.
bool settle(store::WriteTx& tx, const DeliveryId& id, std::string_view owner, const Next& next);
void insertAttempt(store::WriteTx& tx, const Attempt& attempt);

/// What waits is due no more until releaseHeld(). What is leased goes on.
void hold(store::WriteTx& tx, const EndpointId& endpoint);
std::int64_t releaseHeld(store::WriteTx& tx, const EndpointId& endpoint, TimePoint now);
std::int64_t cancel(store::WriteTx& tx, const EndpointId& endpoint, TimePoint now);
/// Due at once, with the schedule from its start. False while it is leased.
bool restart(store::WriteTx& tx, const DeliveryId& id, TimePoint now);

/// Removes up to `limit` deliveries that were finished before `before`, with their attempts;
/// answers how many.
std::size_t expire(store::WriteTx& tx, TimePoint before, std::size_t limit);

}  // namespace trusthub::outbound::deliveries_repo
