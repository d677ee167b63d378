// Connections: configured uses of connectors.
#include "api/handlers.h"
#include "api/pages.h"
#include "api/team_of.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

using access::Permission;
using connectors::Connection;
using connectors::Connections;

Result<Connection> visibleConnection(const Call& call, store::ReadTx& tx, Permission permission) {
    auto connection = Connections::find(tx, ConnectionId(call.param("id")));
    if (!connection) return call.who().denial(permission, true);
    const access::Place place{connection->teamId, {}};
    if (call.who().may(permission, place)) return *std::move(connection);
    return call.who().denial(permission, permission == Permission::ConnectionsRead ||
                                             !call.who().may(Permission::ConnectionsRead, place));
}

Result<Connection> connectionFor(const Call& call, Permission permission) {
    return call.hub.store.read(
        [&](store::ReadTx& tx) { return visibleConnection(call, tx, permission); });
}

http::Response rendered(int status, const Connection& connection) {
    return jsonResponse(status, toJson(connection));
}

}  // namespace

Outcome listConnections(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor"}); !known) return known.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    const auto teams = teamsListed(call.who(), Permission::ConnectionsRead);
    if (!teams) return teams.error();
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const auto found = Connections::list(tx, *teams, page->after, page->limit + 1);
        return pageResponse(
            found, *page, Connections::count(tx, *teams, kCounted + 1),
            [](const auto& connection) { return toJson(connection); },
            [](const auto& connection) { return connection.id.text; });
    });
}

Outcome createConnection(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    Connections::New wanted;
    wanted.connector = reader.string("connector", 2, 32);
    wanted.name = reader.name("name", 100);
    wanted.teamId = teamOf(call, reader, Permission::ConnectionsWrite);
    if (const auto* settings = reader.optionalObject("settings")) wanted.settings = *settings;
    if (auto fits = reader.finish(); !fits) return fits.error();
    if (auto allowed = call.who().require(Permission::ConnectionsWrite, {wanted.teamId, {}}, false);
        !allowed)
        return allowed.error();
    return commit<Connection>(
        call, call.hub.connections.create(call.actor(), std::move(wanted)),
        [](const Connection& connection) { return rendered(201, connection); });
}

Result<json::Object> representConnection(const Call& call, store::ReadTx& tx) {
    const auto connection = visibleConnection(call, tx, Permission::ConnectionsRead);
    if (!connection) return connection.error();
    return toJson(*connection);
}

Outcome getConnection(Call& call) {
    return readResource(call);
}

Outcome updateConnection(Call& call) {
    const auto connection = connectionFor(call, Permission::ConnectionsWrite);
    if (!connection) return connection.error();
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    Connections::Change change;
    change.name = reader.optionalName("name", 100);
    if (const auto* settings = reader.optionalObject("settings")) change.settings = *settings;
    if (const auto status = reader.optionalString("status", 1, 20)) {
        change.status = connectors::parseConnectionStatus(*status);
        if (!change.status) reader.refuse("status", "one of active, paused");
    }
    if (auto fits = reader.finish(); !fits) return fits.error();
    return commit<Connection>(
        call, call.hub.connections.update(call.actor(), *connection, std::move(change)),
        [](const Connection& changed) { return rendered(200, changed); });
}

Outcome deleteConnection(Call& call) {
    const auto connection = connectionFor(call, Permission::ConnectionsWrite);
    if (!connection) return connection.error();
    return commit<void>(call, call.hub.connections.remove(call.actor(), *connection),
                        [] { return http::Response::empty(204); });
}

}  // namespace trusthub::api
