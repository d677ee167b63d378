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
    call.stranger.label = "setup";
    return commit<people::User>(call, call.hub.setup.complete(call.actor(), token, person.user),
                                [data = call.hub.store.folder()](const people::User& user) {
                                    people::dropSetupLink(data);  // used up
                                    return jsonResponse(201, toJson(user));
                                });
}

}  // namespace trusthub::api
