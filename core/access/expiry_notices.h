// ExpiryNotices: tells 30, 14, 7 and 1 days before a key ends that it will.
#pragma once

#include "access/api_key.h"
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

/// The successor of a rotation ends when `old` would have: the notice that stands then goes on as
/// the successor's, and the alert with it. `old` is as it was before. [in a unit]
void carryNotice(store::WriteTx& tx, events::Events& events, base::Notify* notify,
                 const ApiKey& old, const ApiKey& successor, TimePoint now);

}  // namespace trusthub::access
