#include "api/resources.h"

#include "api/handlers.h"
#include "api/routes.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::api {
namespace {

// In the order of the route table.
const std::vector<Resource>& resources() {
    static const std::vector<Resource> kResources{
        {"/v1/users/{id}", representUser},
        {"/v1/service-accounts/{id}", representServiceAccount},
        {"/v1/teams/{id}", representTeam},
        {"/v1/projects/{id}", representProject},
        {"/v1/projects/{id}/webhook-secret", representWebhookSecret},
        {"/v1/api-keys/{id}",
         representApiKey,
         {"effective_status", "last_used_at", "last_used_ip", "last_used_user_agent"}},
        {"/v1/scans/{id}", representScan},
        {"/v1/receipts/{id}", representReceipt},
        {"/v1/connections/{id}", representConnection},
        {"/v1/alerts/{id}", representAlert, {"count", "last_at", "summary", "mails"}},
        {"/v1/events/{id}", representEvent},
        {"/v1/endpoints/{id}", representEndpoint},
        {"/v1/deliveries/{id}", representDelivery},
        {"/v1/access-reviews/{id}", representAccessReview},
    };
    return kResources;
}

bool readable(std::string_view pattern) {
    return std::ranges::any_of(routes(), [&](const Route& route) {
        return route.method == "GET" && route.pattern == pattern;
    });
}

const Resource* find(const Route& route) {
    const auto& all = resources();
    auto found = std::ranges::find(all, route.pattern, &Resource::pattern);
    if (found == all.end() && !readable(route.pattern))
        found = std::ranges::find(all, route.pattern.substr(0, route.pattern.rfind('/')),
                                  &Resource::pattern);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

const Resource* resourceOf(const Route& route) {
    static const std::vector<const Resource*> kByRow = [] {
        std::vector<const Resource*> rows;
        for (const Route& row : routes()) rows.push_back(find(row));
        return rows;
    }();
    return kByRow[static_cast<std::size_t>(&route - routes().data())];
}

bool changes(const Route& route) {
    return route.method != "GET" && resourceOf(route) != nullptr;
}

Result<void> readPreconditions(Call& call, const Route& route) {
    call.resource = resourceOf(route);
    const bool reading = route.method == "GET";
    if (reading && !call.resource) return {};
    auto conditions = Preconditions::of(call.request.headers);
    if (!conditions) return conditions.error();
    if (!reading && !call.resource && conditions->match)
        return fail(ErrorKind::PreconditionFailed,
                    "There is no ETag of what this call changes; leave If-Match out.");
    const bool replaces = route.method == "PATCH" || route.method == "DELETE";
    if (replaces && call.resource && call.hub.requireIfMatch && !conditions->match)
        return fail(ErrorKind::PreconditionRequired);
    call.preconditions = *std::move(conditions);
    return {};
}

Result<void> confirmPreconditions(const Call& call, store::ReadTx& tx) {
    auto body = call.resource->represent(call, tx);
    if (!body) return body.error();
    return call.preconditions.allow(
        entityTag(*body, boost::json::serialize(*body), call.resource->telemetry));
}

std::string tagAfter(const Call& call, store::ReadTx& tx) {
    auto body = call.resource->represent(call, tx);
    return body ? entityTag(*body, boost::json::serialize(*body), call.resource->telemetry)
                : std::string{};
}

Outcome readResource(Call& call) {
    auto body =
        call.hub.store.read([&](store::ReadTx& tx) { return call.resource->represent(call, tx); });
    if (!body) return body.error();
    std::string text = boost::json::serialize(*body);
    std::string tag = entityTag(*body, text, call.resource->telemetry);
    auto response = call.preconditions.notModified(tag)
                        ? http::Response::empty(304)
                        : http::Response::json(200, std::move(text));
    response.headers.add("ETag", std::move(tag));
    // Whoever keeps it asks again before using it.
    response.headers.add("Cache-Control", "private, no-cache");
    return response;
}

}  // namespace trusthub::api
