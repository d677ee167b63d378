// ExpiryNotices: tells 30, 14, 7 and 1 days before a key ends that it will.
#pragma once

#include "base/clock.h"
#include "events/events.h"
#include "store/store.h"

namespace trusthub::access {

/// Each notice is given once for a key, also across restarts; of several that fell due together
/// only the latest. Keys that are revoked or superseded get none, and a key gets none for a time
/// before it was issued.
class ExpiryNotices {
public:
    ExpiryNotices(store::Store& store, events::Events& events, const base::Clock& clock)
        : store_(store), events_(events), clock_(clock) {}

    /// Gives what is due. Not on the writer or an HTTP worker.
    void runDue();

private:
    store::Store& store_;
    events::Events& events_;
    const base::Clock& clock_;
};

}  // namespace trusthub::access
