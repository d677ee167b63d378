// KeyDelivery: how a successor's sealed secret reaches one receiver. Owned here, filled by
// outbound/.
#pragma once

#include "base/actor.h"
#include "base/ids.h"
#include "events/events.h"
#include "store/tx.h"

#include <string_view>

namespace trusthub::access {

class KeyDelivery {
public:
    enum class State {
        Pending,    ///< on its way
        Delivered,  ///< the receiver has confirmed it
        Stuck,      ///< failed, cancelled, held, or forgotten: nothing happens without a person
    };

    /// The endpoint exists and belongs to that team (empty: to the organization).
    virtual bool known(store::ReadTx& tx, const EndpointId& endpoint,
                       std::string_view teamId) const = 0;
    /// Something sent to it now would leave.
    virtual bool active(store::ReadTx& tx, const EndpointId& endpoint) const = 0;
    /// Emits the event for this endpoint and for nobody else; tried as often as its other
    /// deliveries. The event's team is the endpoint's. [in a unit]
    virtual DeliveryId send(store::WriteTx& tx, const Actor& actor, const events::Draft& draft,
                            const EndpointId& endpoint) = 0;
    virtual State state(store::ReadTx& tx, const DeliveryId& delivery) const = 0;

protected:
    ~KeyDelivery() = default;
};

}  // namespace trusthub::access
