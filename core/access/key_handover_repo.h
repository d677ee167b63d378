// SQL of api_key_handovers.
#pragma once

#include "base/ids.h"
#include "store/tx.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::access {

enum class HandoverStatus {
    Pending,
    Stopped,    ///< goes on when its connection changes
    Delivered,  ///< the provider has stored it
};
std::string_view text(HandoverStatus status);

/// A due rotation on its way into a connection's store of secrets. Goes with its schedule.
struct KeyHandover {
    ApiKeyId key;  ///< the old one
    HandoverStatus status = HandoverStatus::Pending;
    std::string box;        ///< the successor, sealed; empty: none is made yet
    std::string sealedFor;  ///< the provider's id of the key that it is sealed to
    bool sent = false;      ///< a call with `box` may have reached the provider
    std::int64_t attempts = 0;
    TimePoint nextAt;
    std::optional<TimePoint> stoppedAt;
    std::string lastError;
};

namespace key_handover_repo {

std::optional<KeyHandover> find(store::ReadTx& tx, const ApiKeyId& key);
void save(store::WriteTx& tx, const KeyHandover& handover);
void remove(store::WriteTx& tx, const ApiKeyId& key);
struct Due {
    ApiKeyId key;
    ConnectionId connection;
};
/// Pending ones whose time has come: the connections take turns, each with its longest waiting
/// first, and of those the least tried.
std::vector<Due> due(store::ReadTx& tx, TimePoint now, std::size_t limit);
/// None of the connection is due before `until`.
void holdBack(store::WriteTx& tx, const ConnectionId& connection, TimePoint until);
/// When the next pending one is due.
std::optional<TimePoint> nextDue(store::ReadTx& tx);
std::vector<ApiKeyId> stopped(store::ReadTx& tx, std::size_t limit);

}  // namespace key_handover_repo
}  // namespace trusthub::access
