// Outbound webhooks: endpoints and their deliveries.
#include "api/handlers.h"
#include "api/pages.h"
#include "api/team_of.h"
#include "outbound/endpoint_rules.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

using access::Permission;

/// `{"schedule_s":[0,5,300],"jitter":0.2}`
std::optional<base::BackoffSchedule> retryOf(json::ObjectReader& reader) {
    const json::Object* object = reader.optionalObject("retry");
    if (!object) return std::nullopt;
    json::ObjectReader nested(*object, reader.pointer("retry"));
    base::BackoffSchedule schedule;
    const json::Array* waits = nested.optionalArray("schedule_s", 20);
    if (!waits || waits->empty()) nested.refuse("schedule_s", "required: 1 to 20 waits in seconds");
    for (const auto& wait : waits ? *waits : json::Array{}) {
        if (!wait.is_int64() || wait.get_int64() < 0) {
            nested.refuse("schedule_s", "whole seconds, 0 or more");
            break;
        }
        schedule.waits.emplace_back(wait.get_int64());
    }
    schedule.jitter = nested.optionalNumber("jitter", 0, 1).value_or(schedule.jitter);
    reader.merge(nested);
    return schedule;
}

std::optional<outbound::CustomHeaders> headersOf(json::ObjectReader& reader) {
    const json::Object* object = reader.optionalObject("headers");
    if (!object) return std::nullopt;
    outbound::CustomHeaders headers;
    for (const auto& [name, value] : *object) {
        if (!value.is_string()) {
            reader.refuse("headers", "an object of header names and text values");
            break;
        }
        headers[std::string(name)] = std::string(value.get_string());
    }
    return headers;
}

std::optional<outbound::PayloadForm> payloadOf(json::ObjectReader& reader) {
    const auto name = reader.optionalString("payload", 1, 50);
    if (!name) return std::nullopt;
    for (const auto form :
         {outbound::PayloadForm::Standard, outbound::PayloadForm::StandardWebhooks})
        if (outbound::text(form) == *name) return form;
    reader.refuse("payload", "one of standard, standard_webhooks");
    return std::nullopt;
}

Result<outbound::Endpoint> endpointFor(const Call& call, store::ReadTx& tx, Permission permission,
                                       bool reading) {
    auto endpoint = call.hub.endpoints.find(tx, EndpointId(call.param("id")));
    if (!endpoint) {
        if (endpoint.error().kind != ErrorKind::NotFound) return endpoint.error();
        return call.who().denial(permission, true);
    }
    const access::Place place{endpoint->teamId, {}};
    if (call.who().may(permission, place)) return endpoint;
    return call.who().denial(permission,
                             reading || !call.who().may(Permission::EndpointsRead, place));
}

Result<outbound::Endpoint> endpointFor(const Call& call, Permission permission, bool reading) {
    return call.hub.store.read(
        [&](store::ReadTx& tx) { return endpointFor(call, tx, permission, reading); });
}

http::Response shownResponse(int status, const outbound::Endpoints::Shown& shown) {
    json::Object body = toJson(shown.endpoint);
    body["secret"] = shown.secret.reveal();
    if (shown.previousValidUntil)
        body["previous_valid_until"] = formatTime(*shown.previousValidUntil);
    auto response = jsonResponse(status, body);
    response.headers.add("Cache-Control", "no-store");
    return response;
}

http::Response endpointResponse(const outbound::Endpoint& endpoint) {
    return jsonResponse(200, toJson(endpoint));
}

}  // namespace

Outcome createEndpoint(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    outbound::Endpoints::New wanted;
    wanted.url = reader.string("url", 1, 2000);
    const auto types = reader.optionalStrings("event_types", 100, 100);
    if (!types || types->empty())
        reader.refuse("event_types", "required: at least one type, scan.* or *");
    wanted.eventTypes = types.value_or(std::vector<std::string>{});
    wanted.teamId = teamOf(call, reader, Permission::EndpointsWrite);
    wanted.description = reader.optionalString("description", 0, 500).value_or("");
    if (auto secret = reader.optionalString("secret", 16, 256))
        wanted.secret = SecretString(*std::move(secret));
    wanted.payload = payloadOf(reader).value_or(outbound::PayloadForm::Standard);
    wanted.headers = headersOf(reader).value_or(outbound::CustomHeaders{});
    wanted.retry = retryOf(reader);
    wanted.timeout = call.hub.deliveryTimeout;
    if (const auto timeout = reader.optionalInteger(
            "timeout_ms", outbound::kShortestTimeout.count(), outbound::kLongestTimeout.count()))
        wanted.timeout = Milliseconds{*timeout};
    if (auto fits = reader.finish(); !fits) return fits.error();
    if (auto allowed = call.who().require(Permission::EndpointsWrite, {wanted.teamId, {}}, false);
        !allowed)
        return allowed.error();
    return commit<outbound::Endpoints::Shown>(
        call, call.hub.endpoints.create(call.actor(), std::move(wanted)),
        [](const outbound::Endpoints::Shown& shown) { return shownResponse(201, shown); });
}

Outcome listEndpoints(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor"}); !known) return known.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    const auto teams = teamsListed(call.who(), Permission::EndpointsRead);
    if (!teams) return teams.error();
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        auto found = call.hub.endpoints.list(tx, *teams, page->after, page->limit + 1);
        if (!found) return found.error();
        return pageResponse(
            *found, *page, outbound::Endpoints::count(tx, *teams),
            [](const auto& endpoint) { return toJson(endpoint); },
            [](const auto& endpoint) { return endpoint.id.text; });
    });
}

Result<json::Object> representEndpoint(const Call& call, store::ReadTx& tx) {
    auto endpoint = endpointFor(call, tx, Permission::EndpointsRead, true);
    if (!endpoint) return endpoint.error();
    return toJson(*endpoint);
}

Outcome getEndpoint(Call& call) {
    return readResource(call);
}

Outcome updateEndpoint(Call& call) {
    auto endpoint = endpointFor(call, Permission::EndpointsWrite, false);
    if (!endpoint) return endpoint.error();
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    outbound::Endpoints::Change change;
    change.url = reader.optionalString("url", 1, 2000);
    change.eventTypes = reader.optionalStrings("event_types", 100, 100);
    change.description = reader.optionalString("description", 0, 500);
    change.payload = payloadOf(reader);
    change.headers = headersOf(reader);
    // null takes the hub's own schedule again.
    const json::Value* retry = body->is_object() ? body->as_object().if_contains("retry") : nullptr;
    if (retry && retry->is_null()) change.retry = std::optional<base::BackoffSchedule>{};
    if (auto schedule = retryOf(reader)) change.retry = std::move(schedule);
    if (const auto timeout = reader.optionalInteger(
            "timeout_ms", outbound::kShortestTimeout.count(), outbound::kLongestTimeout.count()))
        change.timeout = Milliseconds{*timeout};
    if (auto fits = reader.finish(); !fits) return fits.error();
    return commit<outbound::Endpoint>(
        call, call.hub.endpoints.update(call.actor(), *endpoint, std::move(change)),
        endpointResponse);
}

Outcome deleteEndpoint(Call& call) {
    auto endpoint = endpointFor(call, Permission::EndpointsWrite, false);
    if (!endpoint) return endpoint.error();
    return commit<void>(
        call, call.hub.endpoints.remove(call.actor(), *endpoint),
        [] { return http::Response::empty(204); }, store::Urgency::Essential);
}

Outcome pauseEndpoint(Call& call) {
    auto endpoint = endpointFor(call, Permission::EndpointsWrite, false);
    if (!endpoint) return endpoint.error();
    return commit<outbound::Endpoint>(call, call.hub.endpoints.pause(call.actor(), *endpoint),
                                      endpointResponse, store::Urgency::Essential);
}

Outcome resumeEndpoint(Call& call) {
    auto endpoint = endpointFor(call, Permission::EndpointsWrite, false);
    if (!endpoint) return endpoint.error();
    return commit<outbound::Endpoint>(call, call.hub.endpoints.resume(call.actor(), *endpoint),
                                      endpointResponse);
}

Outcome rotateEndpointSecret(Call& call) {
    auto endpoint = endpointFor(call, Permission::EndpointsWrite, false);
    if (!endpoint) return endpoint.error();
    std::optional<SecretString> secret;
    std::chrono::seconds overlap = outbound::Endpoints::kDefaultOverlap;
    if (!call.request.body.empty()) {
        auto body = call.json();
        if (!body) return body.error();
        json::ObjectReader reader(*body);
        if (auto given = reader.optionalString("secret", 16, 256))
            secret = SecretString(*std::move(given));
        if (const auto hours = reader.optionalInteger("overlap_hours", 0,
                                                      outbound::Endpoints::kLongestOverlap.count()))
            overlap = std::chrono::hours(*hours);
        if (auto fits = reader.finish(); !fits) return fits.error();
    }
    return commit<outbound::Endpoints::Shown>(
        call, call.hub.endpoints.rotateSecret(call.actor(), *endpoint, std::move(secret), overlap),
        [](const outbound::Endpoints::Shown& shown) { return shownResponse(201, shown); });
}

Outcome testEndpoint(Call& call) {
    auto endpoint = endpointFor(call, Permission::EndpointsTest, false);
    if (!endpoint) return endpoint.error();
    std::string type;
    if (!call.request.body.empty()) {
        auto body = call.json();
        if (!body) return body.error();
        json::ObjectReader reader(*body);
        type = reader.optionalString("type", 1, 100).value_or("");
        if (auto fits = reader.finish(); !fits) return fits.error();
    }
    return commit<outbound::Endpoints::TestSend>(
        call, call.hub.endpoints.test(call.actor(), *endpoint, type),
        [](const outbound::Endpoints::TestSend& sent) {
            return jsonResponse(
                201, {{"event_id", sent.eventId.text}, {"delivery_id", sent.deliveryId.text}});
        });
}

Outcome listDeliveries(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor", "status"}); !known) return known.error();
    auto endpoint = endpointFor(call, Permission::DeliveriesRead, true);
    if (!endpoint) return endpoint.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    const auto status = call.queryValue("status");
    if (!status.empty() && status != "pending" && status != "delivered" && status != "failed" &&
        status != "cancelled")
        return invalid("/query/status", "one of pending, delivered, failed, cancelled");
    const outbound::Deliveries::Query query{endpoint->id, status, page->after, page->limit + 1};
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        return pageResponse(
            outbound::Deliveries::list(tx, query), *page,
            outbound::Deliveries::count(tx, query, kCounted + 1),
            [](const auto& delivery) { return toJson(delivery); },
            [](const auto& delivery) { return delivery.id.text; });
    });
}

Result<json::Object> representDelivery(const Call& call, store::ReadTx& tx) {
    const DeliveryId id(call.param("id"));
    const auto delivery = outbound::Deliveries::find(tx, id);
    if (!delivery || !call.who().may(Permission::DeliveriesRead, {delivery->teamId, {}}))
        return call.who().denial(Permission::DeliveriesRead, true);
    auto attempts = call.hub.deliveries.attempts(tx, id);
    if (!attempts) return attempts.error();
    return toJson(*delivery, *attempts);
}

Outcome getDelivery(Call& call) {
    return readResource(call);
}

Outcome retryDelivery(Call& call) {
    const DeliveryId id(call.param("id"));
    const auto delivery =
        call.hub.store.read([&](store::ReadTx& tx) { return outbound::Deliveries::find(tx, id); });
    if (!delivery) return call.who().denial(Permission::DeliveriesRetry, true);
    const access::Place place{delivery->teamId, {}};
    if (!call.who().may(Permission::DeliveriesRetry, place))
        return call.who().denial(Permission::DeliveriesRetry,
                                 !call.who().may(Permission::DeliveriesRead, place));
    return commit<outbound::Delivery>(
        call, call.hub.deliveries.retry(call.actor(), id),
        [](const outbound::Delivery& after) { return jsonResponse(200, toJson(after)); });
}

}  // namespace trusthub::api
