#include "events/events.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "store/filter.h"

#include <boost/json.hpp>

#include <stdexcept>

namespace trusthub::events {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO events (id, type, team_id, occurred_at, data_sealed, actor_kind, actor_id,"
    " idempotency_key, idempotency_digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
constexpr std::string_view kSelect =
    "SELECT type, team_id, occurred_at, data_sealed FROM events WHERE id = $1";
constexpr std::string_view kPlanned =
    "SELECT id, endpoint_id, team_id FROM deliveries WHERE event_id = $1";
constexpr std::string_view kByKey =
    "SELECT id, idempotency_digest FROM events"
    " WHERE actor_kind = $1 AND actor_id = $2 AND idempotency_key = $3";

store::SealPlace placeOf(const std::string& id) {
    return {"events", "data", id};
}

store::Filter filterOf(const Events::Query& query) {
    store::Filter filter;
    if (query.teams) filter.addIn("team_id", *query.teams);
    if (!query.type.empty()) filter.add("type = ", query.type);
    if (const auto& family = query.restricted)
        filter.addIn("(type NOT LIKE " +
                         filter.bind(filter.keep(std::string(family->prefix) + "%")) +
                         " OR team_id",
                     family->teams, ")");
    return filter;
}

}  // namespace

Events::Events(const Catalogue& catalogue, store::Sealer& sealer, const base::Clock& clock,
               base::IdSource& ids, Fanout* fanout)
    : catalogue_(catalogue), sealer_(sealer), clock_(clock), ids_(ids), fanout_(fanout) {}

Draft Events::draft(std::string_view type, std::string_view teamId, const json::Object& data) {
    const EventType* known = catalogue_.find(type);
    if (!known)
        throw std::logic_error("the event type is not in events.yaml: " + std::string(type));
    Draft draft;
    draft.id = ids_.next<EventId>();
    draft.type = type;
    draft.teamId = teamId;
    draft.occurredAt = clock_.now();
    draft.data =
        sealer_.seal({teamId, "events"}, placeOf(draft.id.text), boost::json::serialize(data));
    return draft;
}

Result<Draft> Events::draftFromOutside(std::string_view type, std::string_view teamId,
                                       const json::Value& data, std::string_view dataText) {
    const EventType* known = catalogue_.find(type);
    if (!known) return invalid("/type", "no such event type; GET /v1/event-types lists them");
    if (known->own)
        return invalid("/type", "this type is the hub's own and cannot be sent from outside");
    if (auto fits = known->compiled.check(data, "/data"); !fits) return fits.error();
    Draft draft;
    draft.id = ids_.next<EventId>();
    draft.type = type;
    draft.teamId = teamId;
    draft.occurredAt = clock_.now();
    draft.data = sealer_.seal({teamId, "events"}, placeOf(draft.id.text), dataText);
    std::string whole(type);
    whole.append("\n").append(teamId).append("\n").append(dataText);
    draft.idempotencyDigest = base::toHex(crypto::sha256(whole));
    return draft;
}

Emitted Events::emit(store::WriteTx& tx, const Actor& actor, const Draft& draft) {
    tx.execute(kInsert, draft.id, draft.type, draft.teamId, draft.occurredAt, draft.data.into(tx),
               base::text(actor.kind), actor.id, draft.idempotencyKey, draft.idempotencyDigest);
    Emitted emitted{draft.id, {}};
    if (fanout_)
        emitted.deliveries =
            fanout_->plan(tx, {draft.id, draft.type, draft.teamId, draft.occurredAt});
    return emitted;
}

Result<std::optional<Emitted>> Events::earlier(store::ReadTx& tx, const Actor& actor,
                                               const Draft& draft) {
    if (!draft.idempotencyKey) return std::optional<Emitted>{};
    Emitted emitted;
    {
        store::Rows rows =
            tx.query(kByKey, base::text(actor.kind), actor.id, *draft.idempotencyKey);
        if (!rows.next()) return std::optional<Emitted>{};
        if (rows.view(1) != draft.idempotencyDigest)
            return fail(ErrorKind::InvalidInput,
                        "This idempotency_key was used for another event; use a new one.",
                        "idempotency_mismatch");
        emitted.id = rows.id<EventId>(0);
    }
    for (store::Rows rows = tx.query(kPlanned, emitted.id); rows.next();)
        emitted.deliveries.push_back(
            {rows.id<DeliveryId>(0), rows.id<EndpointId>(1), rows.text(2)});
    return std::optional(std::move(emitted));
}

Result<Event> Events::find(store::ReadTx& tx, const EventId& id) {
    Event event;
    std::string sealed;
    {
        store::Rows rows = tx.query(kSelect, id);
        if (!rows.next()) return fail(ErrorKind::NotFound);
        event.id = id;
        event.type = rows.text(0);
        event.teamId = rows.text(1);
        event.occurredAt = rows.time(2);
        sealed = rows.text(3);
    }
    auto data = sealer_.open(tx, placeOf(id.text), sealed);
    if (!data) return data.error();
    event.data = *std::move(data);
    return event;
}

Result<std::vector<Event>> Events::list(store::ReadTx& tx, const Query& query) {
    store::Filter filter = filterOf(query);
    if (!query.after.empty()) filter.add("id < ", query.after);
    const std::string limit = filter.bind(query.limit);
    const std::string sql =
        "SELECT id FROM events" + filter.where() + " ORDER BY id DESC LIMIT " + limit;
    std::vector<EventId> ids;
    for (store::Rows rows = tx.queryWith(sql, filter.params()); rows.next();)
        ids.push_back(rows.id<EventId>(0));
    std::vector<Event> events;
    for (const EventId& id : ids) {
        auto event = find(tx, id);
        if (!event) return event.error();
        events.push_back(*std::move(event));
    }
    return events;
}

std::int64_t Events::count(store::ReadTx& tx, const Query& query, std::int64_t cap) {
    store::Filter filter = filterOf(query);
    const std::string limit = filter.bind(cap);
    const std::string sql = "SELECT count(*) FROM (SELECT 1 FROM events" + filter.where() +
                            " LIMIT " + limit + ") AS counted";
    store::Rows rows = tx.queryWith(sql, filter.params());
    rows.next();
    return rows.integer(0);
}

}  // namespace trusthub::events
