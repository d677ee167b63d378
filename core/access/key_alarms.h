// What people are told about keys, and whom it concerns first.
#pragma once

#include "access/api_keys.h"
#include "base/notify.h"
#include "sdk/secret_sink.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace trusthub::access {

// All in the unit of what happened.

/// `threshold` is the notice that fell due; each is a stage of its own.
void raiseExpiring(store::WriteTx& tx, base::Notify& notify, const ApiKeyId& id,
                   std::int64_t daysLeft, int threshold);
/// It has a successor, whose notice goes on.
void settleExpiring(store::WriteTx& tx, base::Notify& notify, const ApiKeyId& id);
inline constexpr std::string_view kRotationDue = "api_key_rotation_due";
/// `reason` is the word of the schedule.
void raiseRotationDue(store::WriteTx& tx, base::Notify& notify, const ApiKey& key,
                      std::string_view reason);
/// A person has gone on with it.
void settleRotationDue(store::WriteTx& tx, base::Notify& notify, const ApiKeyId& id);

/// Where a key lies at a provider that is in force no more.
struct LeftPlace {
    std::string connection;  ///< its name
    sdk::SecretTarget target;
    std::string stage;     ///< the same for the same place
    bool certain = false;  ///< the provider has said that it has stored it
};
inline constexpr std::string_view kLeftBehind = "api_key_left_behind";
void raiseLeftBehind(store::WriteTx& tx, base::Notify& notify, const ApiKey& key,
                     const LeftPlace& place);
/// The provider did not store it after all.
void settleLeftBehind(store::WriteTx& tx, base::Notify& notify, const ApiKeyId& id);
/// Whatever lay at the place of that stage, another key lies there now.
void settleLeftBehind(store::WriteTx& tx, base::Notify& notify, std::string_view stage);

void raiseCanaryUsed(store::WriteTx& tx, base::Notify& notify, const ApiKeyId& id,
                     const Actor& caller);
inline constexpr std::string_view kLeaked = "api_key_leaked";
inline constexpr std::string_view kRevokedAtOnce = "revoked_at_once";  ///< stage of kLeaked
/// `place` is the word of the event; `seen` what more is known of it, or empty.
void raiseLeaked(store::WriteTx& tx, base::Notify& notify, const ApiKey& key,
                 std::string_view place, const std::string& seen, bool revoked);

}  // namespace trusthub::access
