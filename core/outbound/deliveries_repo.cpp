#include "outbound/deliveries_repo.h"

namespace trusthub::outbound::deliveries_repo {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO deliveries (id, event_id, endpoint_id, team_id, status, next_attempt_at, trigger,"
    " created_at) VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7)";
constexpr std::string_view kClaim =
    "UPDATE deliveries SET next_attempt_at = $1, lease_until = $1, lease_owner = $2 WHERE id IN"
    " (SELECT id FROM deliveries WHERE endpoint_id = $3 AND next_attempt_at <= $4"
    "  ORDER BY next_attempt_at LIMIT $5)"
    " RETURNING id, event_id, endpoint_id, team_id, trigger, attempts, schedule_start, created_at";
constexpr std::string_view kNextDue =
    "SELECT MIN(next_attempt_at) FROM deliveries"
    " WHERE endpoint_id = $1 AND next_attempt_at IS NOT NULL";
constexpr std::string_view kAllDue =
    "SELECT endpoint_id, MIN(next_attempt_at) FROM deliveries"
    " WHERE next_attempt_at IS NOT NULL GROUP BY endpoint_id";
constexpr std::string_view kReleaseLeases =
    "UPDATE deliveries SET next_attempt_at = $1, lease_until = NULL, lease_owner = ''"
    " WHERE next_attempt_at IS NOT NULL AND lease_until IS NOT NULL";
constexpr std::string_view kSettle =
    "UPDATE deliveries SET attempts = attempts + $1,"
    " next_attempt_at = CASE WHEN $2 IS NULL OR status = 'cancelled' THEN NULL"
    "  WHEN EXISTS (SELECT 1 FROM endpoints WHERE id = endpoint_id AND status = 'active') THEN $2"
    "  ELSE NULL END,"
    " finished_at = CASE WHEN status = 'cancelled' THEN finished_at ELSE $3 END,"
    " status = CASE WHEN status = 'cancelled' AND $4 <> 'delivered' THEN 'cancelled' ELSE $4 END,"
    " trigger = 'schedule', lease_until = NULL, lease_owner = ''"
    " WHERE id = $5 AND lease_owner = $6";
constexpr std::string_view kInsertAttempt =
    "INSERT INTO attempts (id, delivery_id, number, trigger, started_at, duration_ms, status_code,"
    " failure, detail, address, response_sealed)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
constexpr std::string_view kHold =
    "UPDATE deliveries SET next_attempt_at = NULL"
    " WHERE endpoint_id = $1 AND next_attempt_at IS NOT NULL AND lease_until IS NULL";
constexpr std::string_view kReleaseHeld =
    "UPDATE deliveries SET next_attempt_at = $1"
    " WHERE endpoint_id = $2 AND status = 'pending' AND next_attempt_at IS NULL";
constexpr std::string_view kFinished =
    "SELECT id FROM deliveries WHERE finished_at < $1 AND next_attempt_at IS NULL"
    " AND lease_until IS NULL ORDER BY finished_at LIMIT $2";
constexpr std::string_view kDropAttempts = "DELETE FROM attempts WHERE delivery_id = $1";
constexpr std::string_view kDrop = "DELETE FROM deliveries WHERE id = $1";
constexpr std::string_view kCancel =
    "UPDATE deliveries SET status = 'cancelled', finished_at = $1,"
    " next_attempt_at = CASE WHEN lease_until IS NULL THEN NULL ELSE next_attempt_at END"
    " WHERE endpoint_id = $2 AND status = 'pending'";
constexpr std::string_view kRestart =
    "UPDATE deliveries SET status = 'pending', next_attempt_at = $1, finished_at = NULL,"
    " schedule_start = attempts, trigger = 'manual' WHERE id = $2 AND lease_owner = ''";

}  // namespace

void insert(store::WriteTx& tx, const New& delivery) {
    tx.execute(kInsert, delivery.id, delivery.eventId, delivery.endpointId, delivery.teamId,
               delivery.due, delivery.trigger, delivery.createdAt);
}

std::vector<Claimed> claim(store::WriteTx& tx, const EndpointId& endpoint, TimePoint now,
                           TimePoint leaseUntil, std::string_view owner, std::size_t limit) {
    std::vector<Claimed> claimed;
    for (store::Rows rows = tx.query(kClaim, leaseUntil, owner, endpoint, now, limit);
         rows.next();) {
        Claimed one;
        one.id = rows.id<DeliveryId>(0);
        one.eventId = rows.id<EventId>(1);
        one.endpointId = rows.id<EndpointId>(2);
        one.teamId = rows.text(3);
        one.trigger = rows.text(4);
        one.attempts = static_cast<int>(rows.integer(5));
        one.scheduleStart = static_cast<int>(rows.integer(6));
        one.createdAt = rows.time(7);
        claimed.push_back(std::move(one));
    }
    return claimed;
}

std::optional<TimePoint> nextDue(store::ReadTx& tx, const EndpointId& endpoint) {
    store::Rows rows = tx.query(kNextDue, endpoint);
    return rows.next() ? rows.optionalTime(0) : std::nullopt;
}

std::vector<Due> allDue(store::ReadTx& tx) {
    std::vector<Due> found;
    for (store::Rows rows = tx.query(kAllDue); rows.next();)
        found.push_back({rows.id<EndpointId>(0), rows.time(1)});
    return found;
}

std::int64_t releaseLeases(store::WriteTx& tx, TimePoint now) {
    return tx.execute(kReleaseLeases, now);
}

bool settle(store::WriteTx& tx, const DeliveryId& id, std::string_view owner, const Next& next) {
    return tx.execute(kSettle, next.attempted, next.due, next.finishedAt, next.status, id, owner) ==
           1;
}

void insertAttempt(store::WriteTx& tx, const Attempt& attempt) {
    const auto insertWith = [&](store::Param response) {
        tx.execute(kInsertAttempt, attempt.id, attempt.deliveryId, attempt.number, attempt.trigger,
                   attempt.startedAt, attempt.took.count(), attempt.statusCode, attempt.failure,
                   attempt.detail, attempt.address, response);
    };
    insertWith(attempt.response ? store::Param(attempt.response->into(tx))
                                : store::Param(store::Null{}));
}

void hold(store::WriteTx& tx, const EndpointId& endpoint) {
    tx.execute(kHold, endpoint);
}

std::int64_t releaseHeld(store::WriteTx& tx, const EndpointId& endpoint, TimePoint now) {
    return tx.execute(kReleaseHeld, now, endpoint);
}

std::int64_t cancel(store::WriteTx& tx, const EndpointId& endpoint, TimePoint now) {
    return tx.execute(kCancel, now, endpoint);
}

bool restart(store::WriteTx& tx, const DeliveryId& id, TimePoint now) {
    return tx.execute(kRestart, now, id) == 1;
}

std::size_t expire(store::WriteTx& tx, TimePoint before, std::size_t limit) {
    std::vector<std::string> ids;
    for (store::Rows rows = tx.query(kFinished, before, limit); rows.next();)
        ids.push_back(rows.text(0));
    for (const auto& id : ids) {
        tx.execute(kDropAttempts, id);
        tx.execute(kDrop, id);
    }
    return ids.size();
}

}  // namespace trusthub::outbound::deliveries_repo
