// KeyHandovers: brings the successors of due rotations into the stores of secrets behind
// connections.
#pragma once

#include "access/key_handover_repo.h"
#include "access/key_sinks.h"
#include "access/rotation_schedule.h"
#include "base/backoff.h"
#include "base/log.h"

#include <optional>
#include <stop_token>
#include <string>

namespace trusthub::access {

json::Object toJson(const KeyHandover& handover);

/// The provider's public key is fetched, the successor made, sealed and written down; what has been
/// sealed is sent until the provider has confirmed it, also after a restart, and then the overlap
/// begins. The hub itself cannot open what it has written down. What fails for good, or for a day,
/// calls a person, and goes on by itself once the connection was changed.
class KeyHandovers {
public:
    struct Parts {
        store::Store& store;
        KeyRotation& rotation;
        RotationSchedules& schedules;
        KeySinks& sinks;
        const LeftKeys& left;
        audit::AuditLog& audit;
        events::Events& events;
        const base::Clock& clock;
        base::Random& random;
        base::Log& log;
    };
    KeyHandovers(Parts parts, base::BackoffSchedule waits) : p_(parts), waits_(std::move(waits)) {}

    /// What is due now, one after the other, the connections in turns; after a timeout the rest of
    /// that connection waits as long as the one that met it. Answers how long nothing will be.
    /// [worker thread; blocks while providers answer]
    Milliseconds runDue(const std::stop_token& stop);

private:
    struct OnItsWay {
        RotationSchedule schedule;
        KeyHandover handover;
        ApiKey key;
    };
    static std::optional<OnItsWay> find(store::ReadTx& tx, const ApiKeyId& id);

    /// True when some were stopped.
    bool resumeStopped();
    /// False when the provider let it wait in vain.
    bool attempt(const ApiKeyId& id, const std::stop_token& stop);
    /// None when only a person can go on, or nothing is left to do.
    std::optional<OnItsWay> readyWay(const ApiKeyId& id);
    /// Names the successor that it made in the way's schedule.
    Result<sdk::SealedSecret> seal(OnItsWay& way, const std::stop_token& stop);
    /// Before each call that sends it: what a crash leaves must say that it may have arrived.
    Result<void> aboutToSend(store::WriteTx& tx, const ApiKeyId& id,
                             const sdk::SealedSecret& secret, const Successor* made);
    Result<void> delivered(store::WriteTx& tx, const SentKey& sent,
                           const sdk::SealedSecret& secret);
    /// `maybeStored`: an earlier call with the same secret may have arrived.
    Result<void> failed(store::WriteTx& tx, const SentKey& sent, const std::string& box,
                        const Error& error, bool maybeStored);
    void callPerson(store::WriteTx& tx, OnItsWay way, std::string reason, std::string detail);
    void write(const ApiKeyId& id, store::Unit<void> unit);

    Parts p_;
    const base::BackoffSchedule waits_;
};

}  // namespace trusthub::access
