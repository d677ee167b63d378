// What people are told about keys, and whom it concerns first.
#pragma once

#include "access/api_keys.h"
#include "base/notify.h"

#include <cstdint>
#include <string_view>

namespace trusthub::access {

// All in the unit of what happened.

/// `threshold` is the notice that fell due; each is a stage of its own.
void raiseExpiring(store::WriteTx& tx, base::Notify& notify, const ApiKeyId& id,
                   std::int64_t daysLeft, int threshold);
/// It has a successor, whose notice goes on.
void settleExpiring(store::WriteTx& tx, base::Notify& notify, const ApiKeyId& id);
/// `reason` is the word of the schedule.
void raiseRotationDue(store::WriteTx& tx, base::Notify& notify, const ApiKey& key,
                      std::string_view reason);
/// A person has gone on with it.
void settleRotationDue(store::WriteTx& tx, base::Notify& notify, const ApiKeyId& id);
void raiseCanaryUsed(store::WriteTx& tx, base::Notify& notify, const ApiKeyId& id,
                     const Actor& caller);
void raiseLeaked(store::WriteTx& tx, base::Notify& notify, const ApiKey& key,
                 std::string_view where, bool revoked);

}  // namespace trusthub::access
