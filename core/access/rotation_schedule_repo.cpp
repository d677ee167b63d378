#include "access/rotation_schedule_repo.h"

#include "base/text.h"

#include <boost/json.hpp>

namespace trusthub::access {

std::string_view text(RotationStatus status) {
    switch (status) {
        case RotationStatus::Scheduled:
            return "scheduled";
        case RotationStatus::Delivering:
            return "delivering";
        case RotationStatus::WaitingForPerson:
            return "waiting_for_person";
    }
    return "waiting_for_person";
}

namespace rotation_schedule_repo {
namespace {

constexpr std::string_view kSelect =
    "SELECT key_id, every_days, overlap_hours, endpoint_id, public_key, due_at, status, reason,"
    " successor_id, delivery_id, sent_at, connection_id, sink_target FROM "
    "api_key_rotation_schedules WHERE key_id = $1";
constexpr std::string_view kSave =
    "INSERT INTO api_key_rotation_schedules (key_id, every_days, overlap_hours, endpoint_id,"
    " public_key, due_at, status, reason, successor_id, delivery_id, sent_at, connection_id,"
    " sink_target) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    " ON CONFLICT (key_id) DO UPDATE SET"
    " every_days = excluded.every_days, overlap_hours = excluded.overlap_hours,"
    " endpoint_id = excluded.endpoint_id, public_key = excluded.public_key,"
    " due_at = excluded.due_at, status = excluded.status, reason = excluded.reason,"
    " successor_id = excluded.successor_id, delivery_id = excluded.delivery_id,"
    " sent_at = excluded.sent_at, connection_id = excluded.connection_id,"
    " sink_target = excluded.sink_target";
constexpr std::string_view kRemove = "DELETE FROM api_key_rotation_schedules WHERE key_id = $1";
constexpr std::string_view kDue =
    "SELECT key_id FROM api_key_rotation_schedules WHERE status = 'scheduled' AND due_at <= $1"
    " ORDER BY due_at LIMIT $2";
constexpr std::string_view kPlanned =
    "SELECT key_id FROM api_key_rotation_schedules"
    " WHERE status IN ('delivering', 'waiting_for_person') AND successor_id <> ''"
    " ORDER BY status, due_at LIMIT $1";
constexpr std::string_view kDelivering =
    "SELECT 1 FROM api_key_rotation_schedules WHERE status = 'delivering' LIMIT 1";

RotationStatus statusOf(std::string_view name) {
    for (const auto status : {RotationStatus::Scheduled, RotationStatus::Delivering})
        if (text(status) == name) return status;
    return RotationStatus::WaitingForPerson;
}

std::vector<ApiKeyId> idsOf(store::Rows rows) {
    std::vector<ApiKeyId> ids;
    while (rows.next()) ids.push_back(rows.id<ApiKeyId>(0));
    return ids;
}

}  // namespace

std::optional<RotationSchedule> find(store::ReadTx& tx, const ApiKeyId& key) {
    store::Rows rows = tx.query(kSelect, key);
    if (!rows.next()) return std::nullopt;
    RotationSchedule schedule;
    schedule.key = rows.id<ApiKeyId>(0);
    schedule.plan.everyDays = static_cast<int>(rows.integer(1));
    schedule.plan.overlap = std::chrono::hours(rows.integer(2));
    schedule.plan.endpoint = rows.id<EndpointId>(3);
    schedule.plan.publicKey = base::fromBase64(rows.view(4)).value_or("");
    schedule.dueAt = rows.time(5);
    schedule.status = statusOf(rows.view(6));
    schedule.reason = rows.text(7);
    schedule.successor = rows.id<ApiKeyId>(8);
    schedule.delivery = rows.id<DeliveryId>(9);
    schedule.sentAt = rows.optionalTime(10);
    if (auto connection = rows.id<ConnectionId>(11); !connection.empty()) {
        KeySink& sink = schedule.plan.sink.emplace();
        sink.connection = std::move(connection);
        if (const auto target = json::parse(rows.view(12)); target && target->is_object())
            sink.target = targetOf(target->get_object());
    }
    return schedule;
}

void save(store::WriteTx& tx, const RotationSchedule& schedule) {
    const auto& sink = schedule.plan.sink;
    tx.execute(kSave, schedule.key, schedule.plan.everyDays, schedule.plan.overlap.count(),
               schedule.plan.endpoint, base::toBase64(schedule.plan.publicKey), schedule.dueAt,
               text(schedule.status), schedule.reason, schedule.successor, schedule.delivery,
               schedule.sentAt, sink ? sink->connection : ConnectionId(),
               sink ? json::serialize(toJson(*sink)) : std::string());
}

void remove(store::WriteTx& tx, const ApiKeyId& key) {
    tx.execute(kRemove, key);
}

RotationSchedule begin(store::WriteTx& tx, const ApiKeyId& before, const ApiKeyId& key,
                       RotationPlan plan, TimePoint now) {
    remove(tx, before);
    RotationSchedule schedule;
    schedule.key = key;
    schedule.plan = std::move(plan);
    schedule.dueAt = now + std::chrono::days(schedule.plan.everyDays);
    save(tx, schedule);
    return schedule;
}

std::vector<ApiKeyId> due(store::ReadTx& tx, TimePoint now, std::size_t limit) {
    return idsOf(tx.query(kDue, now, limit));
}

std::vector<ApiKeyId> planned(store::ReadTx& tx, std::size_t limit) {
    return idsOf(tx.query(kPlanned, limit));
}

bool anyDelivering(store::ReadTx& tx) {
    return tx.query(kDelivering).next();
}

}  // namespace rotation_schedule_repo
}  // namespace trusthub::access
