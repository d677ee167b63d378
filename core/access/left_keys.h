// LeftKeys: successors that may lie at a provider though their handover was called off.
#pragma once

#include "access/api_keys.h"
#include "access/key_sinks.h"
#include "base/notify.h"

namespace trusthub::access {

/// A successor and the place that it was sent to.
struct SentKey {
    ApiKeyId key, supersedes;
    KeySink sink;
};

/// Calling off is never refused while a call to the provider is under way: it may be the answer to
/// a leak, the call may last, and what a crash has left looks the same. So whatever may have
/// arrived is told: an audit row, `api_key.left_behind` and a critical alert that names the place,
/// in the unit that ends the handover. All in a unit.
class LeftKeys {
public:
    struct Parts {
        const KeySinks& sinks;
        audit::AuditLog& audit;
        events::Events& events;
        base::Notify* notify = nullptr;  ///< null: only events tell
    };
    explicit LeftKeys(Parts parts) : p_(parts) {}

    /// Before the handover of `old` ends without its overlap, or its successor is given up: tells
    /// once when a call with the successor may have reached the provider.
    void calledOff(store::WriteTx& tx, const Actor& actor, const ApiKeyId& old) const;
    /// The call was under way by then, and the provider has stored the key.
    void stored(store::WriteTx& tx, const Actor& actor, const SentKey& sent) const;
    /// The same, and the provider has not.
    void notStored(store::WriteTx& tx, const SentKey& sent) const;
    /// Another key lies at that place now.
    void replaced(store::WriteTx& tx, const KeySink& sink) const;

private:
    void tell(store::WriteTx& tx, const Actor& actor, const SentKey& sent, bool certain) const;

    Parts p_;
};

}  // namespace trusthub::access
