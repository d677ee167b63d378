// ExpiryNotices: tells 30, 14, 7 and 1 days before a key ends that it will.
#pragma once

#include "base/clock.h"
#include "base/notify.h"
#include "events/events.h"
#include "store/store.h"

namespace trusthub::access {

/// Each notice is given once for a key, also across restarts; of several that fell due together
/// only the latest. Keys that are revoked or superseded get none, and a key gets none for a time
/// before it was issued.
class ExpiryNotices {
public:
    /// Without `notify` (null) only events tell of it.
    ExpiryNotices(store::Store& store, events::Events& events, const base::Clock& clock,
                  base::Notify* notify = nullptr)
        : store_(store), events_(events), clock_(clock), notify_(notify) {}

    /// Gives what is due. Not on the writer or an HTTP worker.
    void runDue();

private:
    store::Store& store_;
    events::Events& events_;
    const base::Clock& clock_;
    base::Notify* const notify_;
};

}  // namespace trusthub::access
