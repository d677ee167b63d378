// RotationSchedules: keys that are rotated every so many days, by handing the successor to a
// receiver or by calling a person.
#pragma once

#include "access/key_delivery.h"
#include "access/key_rotation.h"
#include "access/rotation_schedule_repo.h"
#include "base/log.h"
#include "base/notify.h"

#include <optional>
#include <string>

namespace trusthub::access {

json::Object toJson(const RotationSchedule& schedule);
/// Why no new key may be made in the owner's name; empty: it may.
std::string ownerMissing(store::ReadTx& tx, const ApiKey& key, TimePoint now);

/// A due rotation with a receiver makes the successor and sends it, sealed, to that endpoint or
/// connection alone (see key_handovers.h); the overlap begins once it has confirmed it. Whatever
/// stands in the way, the old key goes on and a person is called. What is to be done stands in the
/// database.
class RotationSchedules {
public:
    struct Parts {
        store::Store& store;
        KeyRotation& rotation;
        KeyDelivery& delivery;
        const KeySinks& sinks;
        const LeftKeys& left;
        audit::AuditLog& audit;
        events::Events& events;
        const base::Clock& clock;
        base::Log& log;
        base::Notify* notify = nullptr;  ///< null: only events call people
    };
    explicit RotationSchedules(Parts parts) : p_(parts) {}

    /// For those who may rotate the key. Conflict as there, and `rotation_in_progress` while a
    /// planned successor is on its way; InvalidInput for a receiver that is not of the key's team.
    store::Unit<RotationSchedule> set(const Principal& by, const ApiKeyId& id, RotationPlan plan);
    /// Also revokes a planned successor. Nothing happens when there is no schedule.
    store::Unit<void> remove(const Principal& by, const ApiKeyId& id);
    /// A key that is issued with a schedule, or neither of them.
    store::Unit<IssuedKey> with(const Principal& by, std::optional<RotationPlan> plan,
                                store::Unit<IssuedKey> issue);

    /// What is due now; answers how long nothing will be. Not on the writer or an HTTP worker.
    Milliseconds runDue();

    // For handovers to connections. [in a unit]
    /// The planned successor is on its way from now on.
    void handOver(store::WriteTx& tx, const ApiKey& key, RotationSchedule schedule);
    /// The overlap begins when the planned successor is delivered.
    Result<void> settleIn(store::WriteTx& tx, const ApiKeyId& id);
    void callPerson(store::WriteTx& tx, const ApiKey& key, RotationSchedule schedule,
                    std::string reason);

private:
    Result<RotationSchedule> setIn(store::WriteTx& tx, const Principal& by, const ApiKey& key,
                                   RotationPlan plan, const std::string& pointer);
    void begin(const ApiKeyId& id);
    void settle(const ApiKeyId& id);
    Result<void> beginIn(store::WriteTx& tx, const ApiKeyId& id, const Successor* made,
                         const std::string& sealed);
    Result<void> receiverFits(store::WriteTx& tx, const Principal& by, const ApiKey& key,
                              const RotationPlan& plan) const;
    KeyDelivery::State stateOf(store::ReadTx& tx, const RotationSchedule& schedule) const;
    void report(const Result<void>& done, const ApiKeyId& id);

    Parts p_;
};

}  // namespace trusthub::access
