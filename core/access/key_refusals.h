// KeyRefusals: what becomes known of a key that was presented with its secret and did not pass.
#pragma once

#include "access/key_record.h"
#include "audit/once_per_minute.h"
#include "base/notify.h"

namespace trusthub::access {

/// One audit row for each key, reason, address block and minute; a decoy's raises its event with
/// it. [thread-safe]
class KeyRefusals {
public:
    KeyRefusals(store::Store& store, audit::AuditLog& audit, events::Events& events,
                const base::Clock& clock, base::Notify* notify = nullptr)
        : store_(store), audit_(audit), events_(events), clock_(clock), notify_(notify) {}

    /// Returns at once. `caller` carries address, user agent and request id.
    void record(const KeyRecord& key, KeyRefusal refusal, Actor caller);

private:
    store::Store& store_;
    audit::AuditLog& audit_;
    events::Events& events_;
    const base::Clock& clock_;
    base::Notify* const notify_;
    audit::OncePerMinute rows_;
};

}  // namespace trusthub::access
