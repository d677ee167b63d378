// DirectDelivery: an event for one endpoint and nobody else, as access/ wants it for successors.
#pragma once

#include "access/key_delivery.h"
#include "events/events.h"
#include "outbound/fanout.h"

namespace trusthub::outbound {

class DirectDelivery final : public access::KeyDelivery {
public:
    DirectDelivery(events::Events& events, EndpointFanout& fanout)
        : events_(events), fanout_(fanout) {}

    bool known(store::ReadTx& tx, const EndpointId& endpoint,
               std::string_view teamId) const override;
    bool active(store::ReadTx& tx, const EndpointId& endpoint) const override;
    DeliveryId send(store::WriteTx& tx, const Actor& actor, const events::Draft& draft,
                    const EndpointId& endpoint) override;
    State state(store::ReadTx& tx, const DeliveryId& delivery) const override;

private:
    events::Events& events_;
    EndpointFanout& fanout_;
};

}  // namespace trusthub::outbound
