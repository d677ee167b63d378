#include "outbound/deliveries.h"

#include "base/text.h"
#include "json/or_null.h"
#include "store/filter.h"

#include <boost/json.hpp>

namespace trusthub::outbound {
namespace {

constexpr std::string_view kColumns =
    "SELECT d.id, d.event_id, e.type, d.endpoint_id, d.team_id, d.status, d.attempts,"
    " d.lease_owner <> '', d.next_attempt_at, d.created_at, d.finished_at"
    " FROM deliveries d JOIN events e ON e.id = d.event_id";
constexpr std::string_view kFind =
    "SELECT d.id, d.event_id, e.type, d.endpoint_id, d.team_id, d.status, d.attempts,"
    " d.lease_owner <> '', d.next_attempt_at, d.created_at, d.finished_at"
    " FROM deliveries d JOIN events e ON e.id = d.event_id WHERE d.id = $1";
constexpr std::string_view kAttempts =
    "SELECT id, number, trigger, started_at, duration_ms, status_code, failure, detail, address,"
    " response_sealed FROM attempts WHERE delivery_id = $1 ORDER BY number";

Delivery deliveryOf(const store::Rows& rows) {
    Delivery delivery;
    delivery.id = rows.id<DeliveryId>(0);
    delivery.eventId = rows.id<EventId>(1);
    delivery.eventType = rows.text(2);
    delivery.endpointId = rows.id<EndpointId>(3);
    delivery.teamId = rows.text(4);
    delivery.status = rows.text(5);
    delivery.attempts = static_cast<int>(rows.integer(6));
    delivery.inFlight = rows.boolean(7);
    if (!delivery.inFlight) delivery.nextAttemptAt = rows.optionalTime(8);
    delivery.createdAt = rows.time(9);
    delivery.finishedAt = rows.optionalTime(10);
    return delivery;
}

/// The conditions of a query. Its texts are viewed.
store::Filter filterOf(const Deliveries::Query& query) {
    store::Filter filter;
    filter.add("d.endpoint_id = ", query.endpoint);
    if (!query.status.empty()) filter.add("d.status = ", query.status);
    return filter;
}

}  // namespace

json::Object toJson(const Delivery& delivery) {
    return {{"id", delivery.id.text},
            {"event_id", delivery.eventId.text},
            {"event_type", delivery.eventType},
            {"endpoint_id", delivery.endpointId.text},
            {"status", delivery.status},
            {"attempts", delivery.attempts},
            {"in_flight", delivery.inFlight},
            {"next_attempt_at", json::timeOrNull(delivery.nextAttemptAt)},
            {"created_at", formatTime(delivery.createdAt)},
            {"finished_at", json::timeOrNull(delivery.finishedAt)}};
}

json::Object toJson(const AttemptRecord& attempt) {
    json::Object object{{"number", attempt.number},
                        {"trigger", attempt.trigger},
                        {"started_at", formatTime(attempt.startedAt)},
                        {"duration_ms", attempt.took.count()},
                        {"status_code", attempt.statusCode ? json::Value(attempt.statusCode)
                                                           : json::Value(nullptr)},
                        {"failure", json::textOrNull(attempt.failure)},
                        {"detail", attempt.detail},
                        {"address", attempt.address}};
    if (!attempt.response)
        object["response"] = nullptr;
    else if (base::isUtf8(*attempt.response))
        object["response"] = *attempt.response;
    else
        object["response_base64"] = base::toBase64(*attempt.response);
    return object;
}

json::Object toJson(const Delivery& delivery, const std::vector<AttemptRecord>& attempts) {
    json::Object object = toJson(delivery);
    json::Array log;
    for (const auto& attempt : attempts) log.emplace_back(toJson(attempt));
    object["attempt_log"] = std::move(log);
    return object;
}

store::Unit<Delivery> Deliveries::retry(const Actor& actor, const DeliveryId& id) {
    return [this, actor, id](store::WriteTx& tx) -> Result<Delivery> {
        auto delivery = find(tx, id);
        if (!delivery) return fail(ErrorKind::NotFound);
        const auto row = endpoints_repo::find(tx, delivery->endpointId);
        if (!row || row->endpoint.deletedAt)
            return fail(ErrorKind::Conflict, "Its endpoint was removed.", "endpoint_deleted");
        if (row->endpoint.status != EndpointStatus::Active)
            return fail(ErrorKind::Conflict, "Its endpoint is not active; resume it first.",
                        "endpoint_not_active");
        const TimePoint now = clock_.now();
        if (!deliveries_repo::restart(tx, id, now))
            return fail(ErrorKind::Conflict, "An attempt is under way.", "in_flight");
        fanout_.due(tx, delivery->endpointId, now);
        audit_.append(tx, actor,
                      {"retry",
                       "deliveries",
                       id.text,
                       delivery->teamId,
                       {{"event_id", delivery->eventId.text},
                        {"endpoint_id", delivery->endpointId.text},
                        {"status_before", delivery->status}}});
        delivery->status = "pending";
        delivery->nextAttemptAt = now;
        delivery->finishedAt.reset();
        return *delivery;
    };
}

std::optional<Delivery> Deliveries::find(store::ReadTx& tx, const DeliveryId& id) {
    store::Rows rows = tx.query(kFind, id);
    if (!rows.next()) return std::nullopt;
    return deliveryOf(rows);
}

Result<std::vector<AttemptRecord>> Deliveries::attempts(store::ReadTx& tx, const DeliveryId& id) {
    struct Stored {
        std::string id, response;
        AttemptRecord record;
    };
    std::vector<Stored> stored;
    for (store::Rows rows = tx.query(kAttempts, id); rows.next();) {
        AttemptRecord record;
        record.number = static_cast<int>(rows.integer(1));
        record.trigger = rows.text(2);
        record.startedAt = rows.time(3);
        record.took = Milliseconds{rows.integer(4)};
        record.statusCode = static_cast<int>(rows.integer(5));
        record.failure = rows.text(6);
        record.detail = rows.text(7);
        record.address = rows.text(8);
        stored.push_back({rows.text(0), rows.text(9), std::move(record)});
    }
    std::vector<AttemptRecord> records;
    for (auto& one : stored) {
        if (!one.response.empty()) {
            auto opened = sealer_.open(tx, {"attempts", "response_sealed", one.id}, one.response);
            if (!opened) return opened.error();
            one.record.response = *std::move(opened);
        }
        records.push_back(std::move(one.record));
    }
    return records;
}

std::vector<Delivery> Deliveries::list(store::ReadTx& tx, const Query& query) {
    store::Filter filter = filterOf(query);
    if (!query.after.empty()) filter.add("d.id < ", query.after);
    const std::string limit = filter.bind(query.limit);
    const std::string sql =
        std::string(kColumns) + filter.where() + " ORDER BY d.id DESC LIMIT " + limit;
    std::vector<Delivery> found;
    for (store::Rows rows = tx.queryWith(sql, filter.params()); rows.next();)
        found.push_back(deliveryOf(rows));
    return found;
}

std::int64_t Deliveries::count(store::ReadTx& tx, const Query& query, std::int64_t cap) {
    store::Filter filter = filterOf(query);
    const std::string limit = filter.bind(cap);
    const std::string sql = "SELECT COUNT(*) FROM (SELECT 1 FROM deliveries d" + filter.where() +
                            " LIMIT " + limit + ") AS counted";
    store::Rows rows = tx.queryWith(sql, filter.params());
    return rows.next() ? rows.integer(0) : 0;
}

}  // namespace trusthub::outbound
