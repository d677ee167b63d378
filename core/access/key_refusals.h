// KeyRefusals: what becomes known of a key that was presented with its secret and did not pass.
#pragma once

#include "access/key_record.h"
#include "audit/refusal_rows.h"
#include "base/notify.h"

namespace trusthub::access {

/// Audit rows are collected for each key, reason, address block and minute; the first of a decoy's
/// raises its event with it. Decoys are collected by themselves: no other key can drown them.
/// [thread-safe]
class KeyRefusals {
public:
    KeyRefusals(store::Store& store, audit::AuditLog& audit, events::Events& events,
                const base::Clock& clock, base::Notify* notify = nullptr)
        : events_(events),
          clock_(clock),
          notify_(notify),
          rows_(store, audit),
          decoyRows_(store, audit) {}

    /// Returns at once. `caller` carries address, user agent and request id.
    void record(const KeyRecord& key, KeyRefusal refusal, Actor caller);
    /// As those of RefusalRows.
    void settle();
    void settleAll();

private:
    events::Events& events_;
    const base::Clock& clock_;
    base::Notify* const notify_;
    audit::RefusalRows rows_, decoyRows_;
};

}  // namespace trusthub::access
