// Set-up, and who the caller is.
#include "api/handlers.h"
#include "api/people_input.h"

#include <boost/json.hpp>

namespace trusthub::api {

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
            return jsonResponse(201, toJson(user));
        });
}

Outcome me(Call& call) {
    const auto& who = call.who();
    json::Array permissions;
    for (const auto& name : access::names(who.effective())) permissions.emplace_back(name);
    json::Object body{{"kind", who.key() ? "api_key" : "user"},
                      {"permissions", std::move(permissions)}};
    if (const auto* key = who.key()) {
        body["key"] = {
            {"id", key->id.text},
            {"key_prefix", key->prefix},
            {"name", key->name},
            {"type", access::text(key->type)},
            {"scope", access::text(key->scope)},
            {"team_id", key->teamId.empty() ? json::Value(nullptr) : json::Value(key->teamId)},
            {"project_id",
             key->projectId.empty() ? json::Value(nullptr) : json::Value(key->projectId)},
            {"expires_at",
             key->expiresAt ? json::Value(formatTime(*key->expiresAt)) : json::Value(nullptr)}};
    } else {
        body["user"] = toJson(who.user());
    }
    return jsonResponse(200, body);
}

}  // namespace trusthub::api
