// Reading and verifying the audit log.
#pragma once

#include "json/json.h"
#include "store/tx.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace trusthub::audit {

struct Row {
    std::string chain;
    std::int64_t seq = 0;
    std::string id;
    TimePoint at;
    std::string teamId, actorKind, actorId, actorLabel, action, targetTable, targetId;
    std::string requestId, ip, userAgent, details, prevHash, hash;
};

struct Filter {
    std::optional<std::vector<std::string>> teams;  ///< null: every team and the organization
    std::string targetTable, action, actor, key, ip, q;
    std::optional<TimePoint> from, to;
    std::string after;  ///< id of the last row of the page before; newest first
    std::size_t limit = 50;
};

struct Page {
    std::vector<Row> rows;
    bool more = false;
    std::int64_t total = 0;
    bool totalIsFloor = false;
};

Page query(store::ReadTx& tx, const Filter& filter);
json::Object toJson(const Row& row);

struct ChainState {
    std::string chain;
    std::int64_t rows = 0;
    std::string headHash;
    bool intact = true;
    std::int64_t firstBadSeq = 0;  ///< where it breaks, when not intact
    std::string reason;
};
/// Recomputes every hash of every chain. Reads row by row.
std::vector<ChainState> verify(store::ReadTx& tx);

}  // namespace trusthub::audit
