// SQL of api_key_rotation_schedules.
#pragma once

#include "access/rotation_plan.h"
#include "base/ids.h"
#include "store/tx.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::access {

enum class RotationStatus {
    Scheduled,
    Delivering,        ///< a successor is on its way to its receiver
    WaitingForPerson,  ///< due, and only a person can go on
};
std::string_view text(RotationStatus status);

struct RotationSchedule {
    ApiKeyId key;
    RotationPlan plan;
    TimePoint dueAt;
    RotationStatus status = RotationStatus::Scheduled;
    std::string reason;   ///< why it waits
    ApiKeyId successor;   ///< planned: made and sent, the receiver has not confirmed it
    DeliveryId delivery;  ///< of the planned successor
    std::optional<TimePoint> sentAt;
};

namespace rotation_schedule_repo {

std::optional<RotationSchedule> find(store::ReadTx& tx, const ApiKeyId& key);
void save(store::WriteTx& tx, const RotationSchedule& schedule);
void remove(store::WriteTx& tx, const ApiKeyId& key);
/// A period of the plan begins on `key` now; the schedule of `before`, which may be the same key,
/// is over.
RotationSchedule begin(store::WriteTx& tx, const ApiKeyId& before, const ApiKeyId& key,
                       RotationPlan plan, TimePoint now);
/// Keys whose rotation is due, oldest first.
std::vector<ApiKeyId> due(store::ReadTx& tx, TimePoint now, std::size_t limit);
/// Keys with a planned successor.
std::vector<ApiKeyId> planned(store::ReadTx& tx, std::size_t limit);
bool anyDelivering(store::ReadTx& tx);

}  // namespace rotation_schedule_repo
}  // namespace trusthub::access
