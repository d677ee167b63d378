// Teams.
#include "api/handlers.h"
#include "api/pages.h"

#include <boost/json.hpp>

namespace trusthub::api {

Outcome createTeam(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    const auto name = reader.name("name", 100);
    if (auto fits = reader.finish(); !fits) return fits.error();
    if (auto allowed = call.who().require(access::Permission::TeamsWrite, {}, false); !allowed)
        return allowed.error();
    return commit<people::Team>(
        call, call.hub.teams.create(call.actor(), name),
        [](const people::Team& team) { return jsonResponse(201, toJson(team)); });
}

Outcome updateTeam(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    const auto name = reader.name("name", 100);
    if (auto fits = reader.finish(); !fits) return fits.error();
    const TeamId id(call.param("id"));
    if (auto allowed = call.who().require(access::Permission::TeamsWrite, {id.text, {}}, false);
        !allowed)
        return allowed.error();
    return commit<people::Team>(
        call, call.hub.teams.rename(call.actor(), id, name),
        [](const people::Team& team) { return jsonResponse(200, toJson(team)); });
}

Outcome deleteTeam(Call& call) {
    const TeamId id(call.param("id"));
    if (auto allowed = call.who().require(access::Permission::TeamsWrite, {id.text, {}}, false);
        !allowed)
        return allowed.error();
    return commit<void>(call, call.hub.teams.remove(call.actor(), id),
                        [] { return http::Response::empty(204); });
}

Outcome listTeams(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor"}); !known) return known.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    const auto teams = teamsListed(call.who(), access::Permission::TeamsRead);
    if (!teams) return teams.error();
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const auto found = people::Teams::list(tx, *teams, page->after, page->limit + 1);
        const auto total = people::Teams::list(tx, *teams, "", kCounted + 1).size();
        return pageResponse(
            found, *page, static_cast<std::int64_t>(total),
            [](const auto& team) { return toJson(team); },
            [](const auto& team) { return team.id.text; });
    });
}

Result<json::Object> representTeam(const Call& call, store::ReadTx& tx) {
    const TeamId id(call.param("id"));
    if (auto allowed = call.who().require(access::Permission::TeamsRead, {id.text, {}}, true);
        !allowed)
        return allowed.error();
    const auto team = people::Teams::find(tx, id);
    if (!team) return fail(ErrorKind::NotFound);
    return toJson(*team);
}

Outcome getTeam(Call& call) {
    return readResource(call);
}

}  // namespace trusthub::api
