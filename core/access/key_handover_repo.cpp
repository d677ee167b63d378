#include "access/key_handover_repo.h"

#include "base/text.h"

namespace trusthub::access {

std::string_view text(HandoverStatus status) {
    switch (status) {
        case HandoverStatus::Pending:
            return "pending";
        case HandoverStatus::Stopped:
            return "stopped";
        case HandoverStatus::Delivered:
            return "delivered";
    }
    return "stopped";
}

namespace key_handover_repo {
namespace {

constexpr std::string_view kSelect =
    "SELECT key_id, status, sealed, sealed_for, sent, attempts, next_at, stopped_at, last_error"
    " FROM api_key_handovers WHERE key_id = $1";
constexpr std::string_view kSave =
    "INSERT INTO api_key_handovers (key_id, status, sealed, sealed_for, sent, attempts, next_at,"
    " stopped_at, last_error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    " ON CONFLICT (key_id) DO UPDATE SET status = excluded.status, sealed = excluded.sealed,"
    " sealed_for = excluded.sealed_for, sent = excluded.sent, attempts = excluded.attempts,"
    " next_at = excluded.next_at, stopped_at = excluded.stopped_at,"
    " last_error = excluded.last_error";
constexpr std::string_view kRemove = "DELETE FROM api_key_handovers WHERE key_id = $1";
constexpr std::string_view kDue =
    "SELECT key_id, connection_id FROM (SELECT h.key_id, s.connection_id, h.next_at,"
    " ROW_NUMBER() OVER (PARTITION BY s.connection_id ORDER BY h.next_at, h.attempts, h.key_id)"
    " AS turn FROM api_key_handovers h JOIN api_key_rotation_schedules s ON s.key_id = h.key_id"
    " WHERE h.status = 'pending' AND h.next_at <= $1) AS waiting"
    " ORDER BY turn, next_at, key_id LIMIT $2";
constexpr std::string_view kHoldBack =
    "UPDATE api_key_handovers SET next_at = $1 WHERE status = 'pending' AND next_at < $1"
    " AND key_id IN (SELECT key_id FROM api_key_rotation_schedules WHERE connection_id = $2)";
constexpr std::string_view kNextDue =
    "SELECT next_at FROM api_key_handovers WHERE status = 'pending' ORDER BY next_at LIMIT 1";
constexpr std::string_view kStopped =
    "SELECT key_id FROM api_key_handovers WHERE status = 'stopped' ORDER BY next_at LIMIT $1";

HandoverStatus statusOf(std::string_view name) {
    for (const auto status : {HandoverStatus::Pending, HandoverStatus::Delivered})
        if (text(status) == name) return status;
    return HandoverStatus::Stopped;
}

std::vector<ApiKeyId> idsOf(store::Rows rows) {
    std::vector<ApiKeyId> ids;
    while (rows.next()) ids.push_back(rows.id<ApiKeyId>(0));
    return ids;
}

}  // namespace

std::optional<KeyHandover> find(store::ReadTx& tx, const ApiKeyId& key) {
    store::Rows rows = tx.query(kSelect, key);
    if (!rows.next()) return std::nullopt;
    KeyHandover handover;
    handover.key = rows.id<ApiKeyId>(0);
    handover.status = statusOf(rows.view(1));
    handover.box = base::fromBase64(rows.view(2)).value_or("");
    handover.sealedFor = rows.text(3);
    handover.sent = rows.integer(4) != 0;
    handover.attempts = rows.integer(5);
    handover.nextAt = rows.time(6);
    handover.stoppedAt = rows.optionalTime(7);
    handover.lastError = rows.text(8);
    return handover;
}

void save(store::WriteTx& tx, const KeyHandover& handover) {
    tx.execute(kSave, handover.key, text(handover.status), base::toBase64(handover.box),
               handover.sealedFor, handover.sent ? 1 : 0, handover.attempts, handover.nextAt,
               handover.stoppedAt, handover.lastError);
}

void remove(store::WriteTx& tx, const ApiKeyId& key) {
    tx.execute(kRemove, key);
}

std::vector<Due> due(store::ReadTx& tx, TimePoint now, std::size_t limit) {
    std::vector<Due> found;
    for (store::Rows rows = tx.query(kDue, now, limit); rows.next();)
        found.push_back({rows.id<ApiKeyId>(0), rows.id<ConnectionId>(1)});
    return found;
}

void holdBack(store::WriteTx& tx, const ConnectionId& connection, TimePoint until) {
    tx.execute(kHoldBack, until, connection);
}

std::optional<TimePoint> nextDue(store::ReadTx& tx) {
    store::Rows rows = tx.query(kNextDue);
    if (!rows.next()) return std::nullopt;
    return rows.time(0);
}

std::vector<ApiKeyId> stopped(store::ReadTx& tx, std::size_t limit) {
    return idsOf(tx.query(kStopped, limit));
}

}  // namespace key_handover_repo
}  // namespace trusthub::access
