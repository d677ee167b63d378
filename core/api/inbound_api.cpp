// Inbound webhooks.
#include "api/handlers.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

Outcome receiveFrom(Call& call, std::string provider, ConnectionId connection = {}) {
    auto& leaks = call.hub.leaks;
    const bool keyInUrl = leaks.suspects(call.request.path) || leaks.suspects(call.request.query);
    // Moved, not copied: the body may be 25 MiB.
    inbound::Incoming incoming{std::move(provider),          call.request.headers,
                               std::move(call.request.body), call.actor(),
                               std::move(connection),        keyInUrl};
    auto& hub = call.hub;
    return Deferred{[&hub, incoming = std::move(incoming)](Finish finish) mutable {
        // A large body is kept as a file first, so it is received where waiting is allowed.
        const bool large = incoming.body.size() > inbound::Receiver::kInlineBody;
        auto shared = std::make_shared<std::pair<inbound::Incoming, Finish>>(std::move(incoming),
                                                                             std::move(finish));
        const auto work = [&hub, shared] {
            const auto answer = [shared](Result<inbound::Received> result) {
                shared->second([result = std::move(result)]() -> Result<http::Response> {
                    if (!result) return result.error();
                    return jsonResponse(200, inbound::toJson(*result));
                });
            };
            try {
                hub.receiver.receive(std::move(shared->first), answer);
            } catch (const store::StoreError& error) {
                hub.log.error("an inbound webhook met a database error")
                    .with("error", error.what());
                answer(store::errorOf(error));
            }
        };
        if (!large) return work();
        if (!hub.pool.trySubmit(work))
            shared->second([]() -> Result<http::Response> { return fail(ErrorKind::Overloaded); });
    }};
}

}  // namespace

Outcome receiveGithub(Call& call) {
    return receiveFrom(call, "github");
}
Outcome receiveGitlab(Call& call) {
    return receiveFrom(call, "gitlab");
}

Outcome receiveForConnection(Call& call) {
    return receiveFrom(call, "connection", ConnectionId(call.param("id")));
}

}  // namespace trusthub::api
