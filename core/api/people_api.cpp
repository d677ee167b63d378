// Set-up, sign-in, users and teams.
#include "api/handlers.h"
#include "api/pages.h"
#include "base/embedded.h"
#include "base/text.h"
#include "people/password_rules.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

/// A hash of nothing, verified for unknown addresses so that they take as long as known ones.
const std::string& decoyHash(const Services& hub) {
    static const std::string kHash =
        crypto::hashPassword(SecretString("no such user"), hub.passwordCost, hub.random);
    return kHash;
}

std::vector<people::RoleGrant> rolesOf(json::ObjectReader& reader, TimePoint now) {
    std::vector<people::RoleGrant> roles;
    const json::Array* items = reader.optionalArray("roles", 50);
    if (!items) return roles;
    for (std::size_t i = 0; i < items->size(); ++i) {
        json::ObjectReader entry((*items)[i], reader.pointer("roles") + "/" + std::to_string(i));
        people::RoleGrant grant;
        const auto name = entry.string("role", 1, 50);
        const auto role = people::parseRole(name);
        if (!role && !name.empty())
            entry.refuse("role",
                         "one of super_admin, auditor, account_manager, team_admin, developer");
        grant.role = role.value_or(people::Role::Developer);
        grant.teamId = entry.optionalString("team_id", 36, 36).value_or("");
        if (const auto until = entry.optionalString("expires_at", 20, 40)) {
            grant.expiresAt = parseTime(*until);
            if (!grant.expiresAt || *grant.expiresAt <= now)
                entry.refuse("expires_at", "an RFC 3339 time in the future");
        }
        if (role && grant.teamId.empty() && !people::mayHoldForOrganization(*role))
            entry.refuse("team_id", "this role is held for a team; name it");
        if (role && !grant.teamId.empty() && !people::mayHoldForTeam(*role))
            entry.refuse("team_id", "this role is the organization's; leave team_id out");
        reader.merge(entry);
        roles.push_back(std::move(grant));
    }
    return roles;
}

/// Reads e-mail address, name and password of a new user; the hash is made by the caller, off the
/// workers.
struct NewPerson {
    people::Users::New user;
    std::optional<SecretString> password;
};

NewPerson readPerson(json::ObjectReader& reader, bool passwordRequired) {
    NewPerson person;
    const auto given = reader.string("email", 3, 254);
    const auto email = people::normaliseEmail(given);
    if (!email && !given.empty()) reader.refuse("email", "an e-mail address");
    person.user.email = email.value_or("");
    person.user.name = reader.string("name", 1, 200);
    auto password =
        passwordRequired
            ? std::optional(reader.string("password", people::kPasswordMin, people::kPasswordMax))
            : reader.optionalString("password", people::kPasswordMin, people::kPasswordMax);
    if (password) person.password = SecretString(*std::move(password));
    return person;
}

void hashInto(const Services& hub, NewPerson& person) {
    if (person.password)
        person.user.passwordHash =
            crypto::hashPassword(*person.password, hub.passwordCost, hub.random);
}

http::Response created(const json::Object& body) {
    return jsonResponse(201, body);
}

/// Users are the organization's: who grants a role must be able to write users there. No key makes
/// a super_admin.
Result<void> mayGrant(const Call& call, const std::vector<people::RoleGrant>& roles) {
    for (const auto& grant : roles) {
        if (auto allowed =
                call.who().require(access::Permission::UsersWrite, {grant.teamId, {}}, false);
            !allowed)
            return allowed;
        if (call.who().key() && grant.role == people::Role::SuperAdmin)
            return call.who().denial(access::Permission::UsersWrite, false);
    }
    return call.who().require(access::Permission::UsersWrite, {}, false);
}

}  // namespace

Outcome completeSetup(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    const auto token = reader.string("token", 16, 200);
    NewPerson person = readPerson(reader, true);
    if (auto fits = reader.finish(); !fits) return fits.error();
    // The unit decides; but nobody shall make the hub hash passwords for nothing.
    if (call.hub.store.read([](store::ReadTx& tx) { return people::Users::any(tx); }))
        return people::Setup::alreadySetUp();
    hashInto(call.hub, person);
    person.user.roles = {{people::Role::SuperAdmin, "", std::nullopt}};
    call.actor.label = "setup";
    return commit<people::User>(
        call, call.hub.setup.complete(call.actor, token, person.user),
        [file = call.hub.store.folder() / people::kSetupLinkFile](const people::User& user) {
            std::error_code ignored;
            std::filesystem::remove(file, ignored);  // used up
            return created(toJson(user));
        });
}

Outcome signIn(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    const auto email = people::normaliseEmail(reader.string("email", 1, 254));
    const SecretString password(reader.string("password", 1, people::kPasswordMax));
    if (auto fits = reader.finish(); !fits) return fits.error();
    auto& hub = call.hub;
    const auto user = hub.store.read([&](store::ReadTx& tx) -> std::optional<people::User> {
        const auto id = email ? people::Users::idByEmail(tx, *email) : std::nullopt;
        return id ? people::Users::find(tx, *id, hub.clock.now()) : std::nullopt;
    });
    std::string hash = user ? hub.store.read([&](store::ReadTx& tx) {
        return people::Users::passwordHash(tx, user->id);
    })
                            : std::string{};
    const bool local = !hash.empty();
    if (!local) hash = decoyHash(hub);
    const bool right = crypto::verifyPassword(password, hash);
    if (!right || !local || user->status != "active") {
        Actor actor = call.actor;
        actor.kind = ActorKind::System;
        hub.store.write<void>(hub.sessions.recordFailure(actor), [](Result<void>) {});
        return fail(ErrorKind::Unauthenticated, "E-mail address or password is wrong.");
    }
    Actor actor = call.actor;
    actor.kind = ActorKind::User;
    actor.id = user->id.text;
    actor.label = user->email;
    return commit<people::SignedIn>(
        call, hub.sessions.open(actor, *user), [](const people::SignedIn& signedIn) {
            auto response = created({{"access_token", signedIn.accessToken},
                                     {"token_type", "Bearer"},
                                     {"expires_in", signedIn.expiresIn.count()}});
            response.headers.add("Set-Cookie", std::string(access::kSessionCookie) + "=" +
                                                   signedIn.cookie +
                                                   "; Path=/; Secure; HttpOnly; SameSite=Strict");
            response.headers.add("Cache-Control", "no-store");
            return response;
        });
}

Outcome signOut(Call& call) {
    return commit<void>(call, call.hub.sessions.end(call.actor, call.who().session()->id), [] {
        auto response = http::Response::empty(204);
        response.headers.add("Set-Cookie",
                             std::string(access::kSessionCookie) +
                                 "=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
        return response;
    });
}

Outcome createUser(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    NewPerson person = readPerson(reader, false);
    person.user.roles = rolesOf(reader, call.hub.clock.now());
    if (auto fits = reader.finish(); !fits) return fits.error();
    if (auto allowed = mayGrant(call, person.user.roles); !allowed) return allowed.error();
    if (call.who().key() && person.password)
        return call.who().denial(access::Permission::UsersWrite, false);
    hashInto(call.hub, person);
    return commit<people::User>(call, call.hub.users.create(call.actor, person.user),
                                [](const people::User& user) { return created(toJson(user)); });
}

Outcome updateUser(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    people::Users::Change change;
    change.name = reader.optionalString("name", 1, 200);
    change.status = reader.optionalString("status", 1, 20);
    if (change.status && *change.status != "active" && *change.status != "disabled")
        reader.refuse("status", "one of active, disabled");
    if (const auto* roles = body->is_object() ? body->as_object().if_contains("roles") : nullptr) {
        if (roles->is_null()) reader.refuse("roles", "a list; leave it out to change nothing");
        change.roles = rolesOf(reader, call.hub.clock.now());
    }
    if (auto fits = reader.finish(); !fits) return fits.error();
    if (auto allowed = mayGrant(call, change.roles.value_or(std::vector<people::RoleGrant>{}));
        !allowed)
        return allowed.error();
    const UserId id(call.param("id"));
    if (call.who().key()) {
        const auto user = call.hub.store.read(
            [&](store::ReadTx& tx) { return people::Users::find(tx, id, call.hub.clock.now()); });
        for (const auto& grant : user ? user->roles : std::vector<people::RoleGrant>{})
            if (grant.role == people::Role::SuperAdmin)
                return call.who().denial(access::Permission::UsersWrite, false);
    }
    return commit<people::User>(
        call, call.hub.users.update(call.actor, id, std::move(change)),
        [](const people::User& user) { return jsonResponse(200, toJson(user)); });
}

Outcome listUsers(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor"}); !known) return known.error();
    if (auto allowed = call.who().require(access::Permission::UsersRead, {}, false); !allowed)
        return allowed.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const auto users =
            people::Users::list(tx, page->after, page->limit + 1, call.hub.clock.now());
        return pageResponse(
            users, *page, people::Users::count(tx), [](const auto& user) { return toJson(user); },
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
    if (!user) return fail(ErrorKind::NotFound);
    return toJson(*user);
}

Outcome getUser(Call& call) {
    return readResource(call);
}

Outcome createTeam(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    const auto name = reader.string("name", 1, 100);
    if (auto fits = reader.finish(); !fits) return fits.error();
    if (auto allowed = call.who().require(access::Permission::TeamsWrite, {}, false); !allowed)
        return allowed.error();
    return commit<people::Team>(call, call.hub.teams.create(call.actor, name),
                                [](const people::Team& team) { return created(toJson(team)); });
}

Outcome updateTeam(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    const auto name = reader.string("name", 1, 100);
    if (auto fits = reader.finish(); !fits) return fits.error();
    const TeamId id(call.param("id"));
    if (auto allowed = call.who().require(access::Permission::TeamsWrite, {id.text, {}}, false);
        !allowed)
        return allowed.error();
    return commit<people::Team>(
        call, call.hub.teams.rename(call.actor, id, name),
        [](const people::Team& team) { return jsonResponse(200, toJson(team)); });
}

Outcome deleteTeam(Call& call) {
    const TeamId id(call.param("id"));
    if (auto allowed = call.who().require(access::Permission::TeamsWrite, {id.text, {}}, false);
        !allowed)
        return allowed.error();
    return commit<void>(call, call.hub.teams.remove(call.actor, id),
                        [] { return http::Response::empty(204); });
}

Outcome listTeams(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor"}); !known) return known.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    const auto teams = call.who().teams(access::Permission::TeamsRead);
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const auto found = people::Teams::list(tx, teams, page->after, page->limit + 1);
        const auto total = people::Teams::list(tx, teams, "", kCounted + 1).size();
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
