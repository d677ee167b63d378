// Event types and events.
#include "api/event_rights.h"
#include "api/handlers.h"
#include "api/pages.h"
#include "api/team_of.h"
#include "json/or_null.h"
#include "json/raw_member.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

using access::Permission;

json::Object toJson(const events::EventType& type) {
    return {{"name", type.name},
            {"summary", type.summary},
            {"own", type.own},
            {"schema", type.schema},
            {"example", type.example}};
}

json::Object toJson(const events::Event& event) {
    auto data = json::parse(event.data);
    return {{"id", event.id.text},
            {"type", event.type},
            {"team_id", json::textOrNull(event.teamId)},
            {"occurred_at", formatTime(event.occurredAt)},
            {"data", data ? *std::move(data) : json::Value(nullptr)}};
}

/// Deliveries to endpoints of others, such as the organization's, are none of the caller's
/// business.
json::Object toJson(const events::Emitted& emitted, const access::Principal& who) {
    json::Array deliveries;
    for (const auto& delivery : emitted.deliveries)
        if (who.may(Permission::EventsWrite, {delivery.teamId, {}}))
            deliveries.push_back(
                json::Object{{"id", delivery.id.text}, {"endpoint_id", delivery.endpointId.text}});
    return {{"id", emitted.id.text}, {"deliveries", std::move(deliveries)}};
}

}  // namespace

Outcome listEventTypes(Call& call) {
    if (auto known = call.onlyQuery({}); !known) return known.error();
    json::Array items;
    for (const auto& type : call.hub.events.catalogue().all()) items.push_back(toJson(type));
    const auto total = static_cast<std::int64_t>(items.size());
    return pageEnvelope(std::move(items), "", false, total);
}

Outcome createEvent(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    const auto type = reader.string("type", 1, 100);
    const json::Value* data = reader.any("data");
    if (!data || !data->is_object()) reader.refuse("data", "required: an object");
    const auto key = reader.optionalString("idempotency_key", 1, 200);
    const auto team = teamOf(call, reader, Permission::EventsWrite);
    if (auto fits = reader.finish(); !fits) return fits.error();
    if (auto allowed = call.who().require(Permission::EventsWrite, {team, {}}, false); !allowed)
        return allowed.error();
    const auto text = json::rawMember(call.request.body, "data");
    auto draft = call.hub.events.draftFromOutside(type, team, *data, text.value_or("{}"));
    if (!draft) return draft.error();
    draft->idempotencyKey = key;
    store::Unit<events::Emitted> unit =
        [&events = call.hub.events, actor = call.actor(),
         draft = *std::move(draft)](store::WriteTx& tx) -> Result<events::Emitted> {
        if (!draft.teamId.empty() && !people::Teams::exists(tx, draft.teamId))
            return invalid("/team_id", "there is no such team");
        auto earlier = events::Events::earlier(tx, actor, draft);
        if (!earlier) return earlier.error();
        if (*earlier) return **std::move(earlier);
        return events.emit(tx, actor, draft);
    };
    return commit<events::Emitted>(call, std::move(unit),
                                   [who = call.who()](const events::Emitted& emitted) {
                                       return jsonResponse(201, toJson(emitted, who));
                                   });
}

Outcome listEvents(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor", "type"}); !known) return known.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    auto teams = teamsListed(call.who(), Permission::EventsRead);
    if (!teams) return teams.error();
    events::Events::Query query;
    query.teams = *std::move(teams);
    restrictTo(call.who(), query);
    query.type = call.queryValue("type");
    if (!query.type.empty() && !call.hub.events.catalogue().find(query.type))
        return invalid("/query/type", "no such event type; GET /v1/event-types lists them");
    query.after = page->after;
    query.limit = page->limit + 1;
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        auto found = call.hub.events.list(tx, query);
        if (!found) return found.error();
        return pageResponse(
            *found, *page, events::Events::count(tx, query, kCounted + 1),
            [](const auto& event) { return toJson(event); },
            [](const auto& event) { return event.id.text; });
    });
}

Result<json::Object> representEvent(const Call& call, store::ReadTx& tx) {
    auto event = call.hub.events.find(tx, EventId(call.param("id")));
    if (!event || !mayRead(call.who(), *event))
        return call.who().denial(Permission::EventsRead, true);
    return toJson(*event);
}

Outcome getEvent(Call& call) {
    return readResource(call);
}

}  // namespace trusthub::api
