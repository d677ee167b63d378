#include "access/authenticator.h"

#include "base/text.h"

namespace trusthub::access {
namespace {

Error refused() {
    return fail(ErrorKind::Unauthenticated);
}

bool safe(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

}  // namespace

std::string_view cookieValue(const http::RequestHead& head, std::string_view name) {
    for (const auto part : base::split(head.headers.get("Cookie"), ';')) {
        const std::string_view pair = base::trim(part);
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name)
            return pair.substr(equals + 1);
    }
    return {};
}

Authenticator::Authenticator(store::Store& store, const people::Sessions& sessions,
                             KeyVerifier& keys, std::string publicOrigin, const base::Clock& clock)
    : store_(store),
      sessions_(sessions),
      keys_(keys),
      publicOrigin_(std::move(publicOrigin)),
      clock_(clock) {}

Result<Principal> Authenticator::authenticate(const http::RequestHead& head, Actor actor) const {
    if (head.headers.count("Authorization") > 1) return refused();
    if (const auto authorization = head.headers.find("Authorization")) {
        const std::size_t space = authorization->find(' ');
        if (space == std::string_view::npos ||
            !base::equalsIgnoreCase(authorization->substr(0, space), "Bearer"))
            return refused();
        const std::string_view token = base::trim(authorization->substr(space + 1));
        // The text of a session token holds dots and no underscore that early.
        if (token.substr(0, token.find('_')) == keys_.brand())
            return keys_.authenticate(token, std::move(actor));
        return store_.read([&](store::ReadTx& tx) {
            return bySession(tx, sessions_.byToken(tx, token), std::move(actor));
        });
    }
    const std::string_view cookie = cookieValue(head, kSessionCookie);
    if (cookie.empty()) return refused();
    // A browser sends the cookie wherever a page points it: for changes the page must be ours.
    if (!safe(head.method) && head.headers.get("Origin") != publicOrigin_) return refused();
    return store_.read([&](store::ReadTx& tx) {
        return bySession(tx, sessions_.byCookie(tx, cookie), std::move(actor));
    });
}

Result<Principal> Authenticator::bySession(store::ReadTx& tx,
                                           std::optional<people::Session> session,
                                           Actor actor) const {
    if (!session) return refused();
    auto user = people::Users::find(tx, session->userId, clock_.now());
    if (!user || user->status != "active") return refused();
    actor.kind = ActorKind::User;
    actor.id = user->id.text;
    actor.label = user->email;
    return Principal(*std::move(user), *std::move(session), std::move(actor));
}

}  // namespace trusthub::access
