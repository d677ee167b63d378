#include "access/authenticator.h"

#include "base/text.h"
#include "crypto/hash.h"

#include <algorithm>
#include <array>

namespace trusthub::access {
namespace {

Error refused() {
    return fail(ErrorKind::Unauthenticated);
}

bool safe(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

/// What somebody who must first turn on one-time codes may call.
bool servesEnrolment(std::string_view path) {
    static constexpr std::array<std::string_view, 7> kPaths{
        "/v1/me",      "/v1/me/totp",       "/v1/me/totp/confirm", "/v1/me/password",
        "/v1/session", "/v1/session/token", "/v1/session/step-up"};
    return std::ranges::find(kPaths, path) != kPaths.end();
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
            return bySession(tx, sessions_.byToken(tx, token), head, std::move(actor));
        });
    }
    const std::string_view cookie = cookieValue(head, kSessionCookie);
    if (cookie.empty()) return refused();
    // A browser sends the cookie wherever a page points it: for changes the page must be ours.
    if (!safe(head.method) && head.headers.get("Origin") != publicOrigin_) return refused();
    return store_.read([&](store::ReadTx& tx) {
        return bySession(tx, sessions_.byCookie(tx, cookie), head, std::move(actor));
    });
}

Result<Principal> Authenticator::bySession(store::ReadTx& tx,
                                           std::optional<people::Session> session,
                                           const http::RequestHead& head, Actor actor) const {
    if (!session) return refused();
    if (auto ours = checkPage(*session, head); !ours) return ours.error();
    auto user = people::Users::find(tx, session->userId, clock_.now());
    if (!user || user->status != "active") return refused();
    if (sessions_.mustEnrol(tx, *user) && !servesEnrolment(head.path))
        return fail(ErrorKind::Forbidden,
                    "Your role needs one-time codes here: POST /v1/me/totp, then confirm.",
                    "totp_enrolment_required");
    actor.kind = ActorKind::User;
    actor.id = user->id.text;
    actor.label = user->email;
    return Principal(*std::move(user), *std::move(session), std::move(actor));
}

/// A page of the hub can read the token, one of somebody else's cannot.
Result<void> Authenticator::checkPage(const people::Session& session,
                                      const http::RequestHead& head) const {
    if (!session.byCookie || safe(head.method) ||
        crypto::equalConstantTime(head.headers.get("X-CSRF-Token"),
                                  sessions_.csrfToken(session.id)))
        return {};
    return fail(ErrorKind::Forbidden,
                "Calls by cookie carry csrf_token of GET /v1/session as X-CSRF-Token.",
                "csrf_token_invalid");
}

}  // namespace trusthub::access
