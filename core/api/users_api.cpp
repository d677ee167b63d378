// Users: the people of this hub.
#include "api/handlers.h"
#include "api/pages.h"
#include "api/people_input.h"

#include <boost/json.hpp>

namespace trusthub::api {

Outcome createUser(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    NewPerson person = readPerson(reader, false);
    person.user.roles = rolesOf(reader, call.hub.clock.now());
    person.user.giver = call.who().user().roles;
    if (auto fits = reader.finish(); !fits) return fits.error();
    if (auto allowed = mayAdd(call.who(), person); !allowed) return allowed.error();
    hashInto(call.hub, person);
    return commit<people::User>(
        call, call.hub.users.create(call.actor(), person.user),
        [](const people::User& user) { return jsonResponse(201, toJson(user)); });
}

Outcome updateUser(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    people::Users::Change change = readUserChange(call, reader);
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
            call, id, call.hub.users.update(call.actor(), id, people::kPerson, std::move(change))),
        [](const people::User& user) { return jsonResponse(200, toJson(user)); }, urgency);
}

Outcome listUsers(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor"}); !known) return known.error();
    if (auto allowed = call.who().require(access::Permission::UsersRead, {}, false); !allowed)
        return allowed.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const auto users = people::Users::list(tx, people::kPerson, page->after, page->limit + 1,
                                               call.hub.clock.now());
        return pageResponse(
            users, *page, people::Users::count(tx, people::kPerson),
            [](const auto& user) { return toJson(user); },
            [](const auto& user) { return user.id.text; });
    });
}

Result<json::Object> representUser(const Call& call, store::ReadTx& tx) {
    const UserId id(call.param("id"));
    if (!(call.who().isPerson() && call.who().user().id == id)) {
        if (auto allowed = call.who().require(access::Permission::UsersRead, {}, true); !allowed)
            return allowed.error();
    }
    const auto user = people::Users::find(tx, id, call.hub.clock.now());
    if (!user || user->kind != people::kPerson) return fail(ErrorKind::NotFound);
    return toJson(*user);
}

Outcome getUser(Call& call) {
    return readResource(call);
}

}  // namespace trusthub::api
