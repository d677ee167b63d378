// Sessions of people: signing in and out, looking after those that are open.
#include "api/handlers.h"
#include "api/pages.h"
#include "api/password_work.h"
#include "people/password_rules.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

json::Object sessionJson(const people::Session& session) {
    return {{"id", session.id.text},
            {"user_id", session.userId.text},
            {"created_at", formatTime(session.createdAt)},
            {"last_seen_at", formatTime(session.lastSeenAt)},
            {"expires_at", formatTime(session.expiresAt)},
            {"authenticated_at", formatTime(session.authenticatedAt)}};
}

http::Response tokenResponse(const std::string& token, std::chrono::seconds lasts) {
    auto response = jsonResponse(
        201, {{"access_token", token}, {"token_type", "Bearer"}, {"expires_in", lasts.count()}});
    response.headers.add("Cache-Control", "no-store");
    return response;
}

std::string setCookie(std::string_view value, std::string_view more = "") {
    std::string text(access::kSessionCookie);
    text.append("=").append(value).append("; Path=/; Secure; HttpOnly; SameSite=Strict");
    return text.append(more);
}

bool superAdmin(const Call& call) {
    return call.who().hasRole(people::Role::SuperAdmin);
}

}  // namespace

Outcome signIn(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    Shown shown;
    const auto given = reader.string("email", 1, 254);
    shown.email = people::normaliseEmail(given).value_or(given);
    shown.password = SecretString(reader.string("password", 1, people::kPasswordMax));
    shown.code = reader.optionalString("totp", 1, people::kCodeMax).value_or("");
    if (auto fits = reader.finish(); !fits) return fits.error();
    return prove(call, std::move(shown), [&call](people::LocalProof proof) -> Outcome {
        Actor actor = call.actor();
        actor.kind = ActorKind::User;
        actor.id = proof.user.id.text;
        actor.label = proof.user.email;
        return commit<people::SignedIn>(
            call, call.hub.sessions.open(actor, call.hub.localSignIn, std::move(proof)),
            [](const people::SignedIn& signedIn) {
                auto response = tokenResponse(signedIn.accessToken, signedIn.expiresIn);
                response.headers.add("Set-Cookie", setCookie(signedIn.cookie));
                return response;
            },
            store::Urgency::Essential);  // whoever is to revoke something must get in
    });
}

Outcome getSession(Call& call) {
    if (auto known = call.onlyQuery({}); !known) return known.error();
    const auto& session = *call.who().session();
    const auto& user = call.who().user();
    const auto [enabled, mustEnrol] = call.hub.store.read([&](store::ReadTx& tx) {
        return std::pair(people::Totp::enabled(tx, user.id), call.hub.sessions.mustEnrol(tx, user));
    });
    auto response = jsonResponse(200, {{"user", toJson(user)},
                                       {"session", sessionJson(session)},
                                       {"csrf_token", call.hub.sessions.csrfToken(session.id)},
                                       {"step_up_needed", !call.hub.sessions.fresh(session)},
                                       {"totp_enabled", enabled},
                                       {"totp_enrolment_required", mustEnrol}});
    response.headers.add("Cache-Control", "no-store");
    return response;
}

Outcome renewToken(Call& call) {
    const auto [token, lasts] = call.hub.sessions.accessToken(*call.who().session());
    return tokenResponse(token, lasts);
}

Outcome stepUp(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    SecretString password(reader.string("password", 1, people::kPasswordMax));
    auto code = reader.optionalString("totp", 1, people::kCodeMax).value_or("");
    if (auto fits = reader.finish(); !fits) return fits.error();
    return proveAgain(
        call, std::move(password), std::move(code), [&call](people::LocalProof proof) -> Outcome {
            return commit<void>(call,
                                call.hub.sessions.stepUp(call.actor(), call.who().session()->id,
                                                         call.hub.localSignIn, std::move(proof)),
                                [] { return http::Response::empty(204); });
        });
}

Outcome signOut(Call& call) {
    return commit<void>(call, call.hub.sessions.end(call.actor(), call.who().session()->id), [] {
        auto response = http::Response::empty(204);
        response.headers.add("Set-Cookie", setCookie("", "; Max-Age=0"));
        return response;
    });
}

Outcome listSessions(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor", "user_id"}); !known) return known.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    UserId user = call.who().user().id;
    if (const auto wanted = call.queryValue("user_id"); !wanted.empty() && wanted != user.text) {
        if (!superAdmin(call))
            return fail(ErrorKind::Forbidden, "Only a super_admin sees the sessions of others.");
        user = UserId(wanted);
    }
    const auto& current = call.who().session()->id;
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        return pageResponse(
            call.hub.sessions.list(tx, user, page->after, page->limit + 1), *page,
            call.hub.sessions.count(tx, user),
            [&](const people::ListedSession& listed) {
                auto shown = sessionJson(listed.session);
                shown["ip"] = listed.ip;
                shown["user_agent"] = listed.userAgent;
                shown["current"] = listed.session.id == current;
                return shown;
            },
            [](const people::ListedSession& listed) { return listed.session.id.text; });
    });
}

Outcome endSession(Call& call) {
    const SessionId id(call.param("id"));
    const auto owner = superAdmin(call) ? std::nullopt : std::optional(call.who().user().id);
    return commit<void>(
        call, call.hub.sessions.endOne(call.actor(), id, owner),
        [] { return http::Response::empty(204); }, store::Urgency::Essential);
}

Outcome endOtherSessions(Call& call) {
    return commit<void>(
        call,
        call.hub.sessions.endOthers(call.actor(), call.who().user().id, call.who().session()->id),
        [] { return http::Response::empty(204); }, store::Urgency::Essential);
}

}  // namespace trusthub::api
