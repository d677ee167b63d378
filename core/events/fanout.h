// Fanout: what outbound/ does inside the transaction of an event: plan one delivery per interested
// endpoint.
#pragma once

#include "base/ids.h"
#include "store/tx.h"

#include <string>
#include <vector>

namespace trusthub::events {

struct PlannedDelivery {
    DeliveryId id;
    EndpointId endpointId;
    std::string teamId;  ///< the endpoint's and so the delivery's; empty: the organization
};

struct EventRef {
    const EventId& id;
    std::string_view type;
    std::string_view teamId;  ///< empty: the organization
    TimePoint occurredAt;
};

class Fanout {
public:
    /// [in a unit]
    virtual std::vector<PlannedDelivery> plan(store::WriteTx& tx, const EventRef& event) = 0;

protected:
    ~Fanout() = default;
};

}  // namespace trusthub::events
