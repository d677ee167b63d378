// Service accounts: own keys, never sign in, and have a person who answers for them.
#include "api/handlers.h"
#include "api/pages.h"
#include "api/people_input.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

using access::Permission;

std::optional<people::User> accountOf(const Call& call, store::ReadTx& tx) {
    auto user = people::Users::find(tx, UserId(call.param("id")), call.hub.clock.now());
    if (user && user->kind != people::kService) user.reset();
    return user;
}

}  // namespace

Outcome createServiceAccount(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    people::Users::New wanted;
    wanted.kind = people::kService;
    wanted.name = reader.name("name", 200);
    wanted.stewardId =
        reader.optionalId("steward_id", "a user").value_or(call.who().user().id.text);
    wanted.roles = rolesOf(reader, call.hub.clock.now());
    wanted.giver = call.who().user().roles;
    if (auto fits = reader.finish(); !fits) return fits.error();
    if (auto allowed = mayGrant(call.who(), wanted.roles); !allowed) return allowed.error();
    return commit<people::User>(
        call, call.hub.users.create(call.actor(), std::move(wanted)),
        [](const people::User& user) { return jsonResponse(201, toJson(user)); });
}

Outcome listServiceAccounts(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor"}); !known) return known.error();
    if (auto allowed = call.who().require(Permission::UsersRead, {}, false); !allowed)
        return allowed.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        return pageResponse(
            people::Users::list(tx, people::kService, page->after, page->limit + 1,
                                call.hub.clock.now()),
            *page, people::Users::count(tx, people::kService),
            [](const auto& user) { return toJson(user); },
            [](const auto& user) { return user.id.text; });
    });
}

Result<json::Object> representServiceAccount(const Call& call, store::ReadTx& tx) {
    const auto account = accountOf(call, tx);
    const bool steward =
        account && call.who().isPerson() && account->stewardId == call.who().user().id.text;
    if (auto allowed = call.who().require(Permission::UsersRead, {}, true); !steward && !allowed)
        return allowed.error();
    if (!account) return fail(ErrorKind::NotFound);
    return toJson(*account);
}

Outcome getServiceAccount(Call& call) {
    return readResource(call);
}

Outcome updateServiceAccount(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    people::Users::Change change = readUserChange(call, reader);
    change.stewardId = reader.optionalId("steward_id", "a user");
    if (auto fits = reader.finish(); !fits) return fits.error();
    if (auto allowed =
            mayGrant(call.who(), change.roles.value_or(std::vector<people::RoleGrant>{}));
        !allowed)
        return allowed.error();
    const UserId id(call.param("id"));
    const auto urgency = urgencyOf(change);
    return commit<people::User>(
        call,
        sparingSuperAdmin(
            call, id, call.hub.users.update(call.actor(), id, people::kService, std::move(change))),
        [](const people::User& user) { return jsonResponse(200, toJson(user)); }, urgency);
}

Outcome deleteServiceAccount(Call& call) {
    if (auto allowed = call.who().require(Permission::UsersWrite, {}, false); !allowed)
        return allowed.error();
    const UserId id(call.param("id"));
    return commit<void>(call,
                        sparingSuperAdmin(call, id, call.hub.users.removeService(call.actor(), id)),
                        [] { return http::Response::empty(204); });
}

}  // namespace trusthub::api
