// Invitations of people to this hub.
#include "api/handlers.h"
#include "api/invitation_mail.h"
#include "api/pages.h"
#include "api/password_work.h"
#include "api/people_input.h"
#include "people/password_rules.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

using access::Permission;

/// NotFound, or what a key is told, when the caller does not see the invitation.
Result<people::Invitation> seen(const Call& call) {
    const auto found = call.hub.store.read(
        [&](store::ReadTx& tx) { return people::Invitations::find(tx, call.param("id")); });
    if (!found || !found->liesWithin(call.who().teams(Permission::UsersRead)))
        return call.who().denial(Permission::UsersWrite, true);
    if (auto allowed = mayInvite(call.who(), found->roles); !allowed) return allowed.error();
    return *found;
}

/// As lists show it, with how its mail stands.
json::Object shown(const Call& call, store::ReadTx& tx, const people::Invitation& invitation) {
    json::Object body = toJson(invitation, call.hub.clock.now());
    body["mail"] = mailOfInvitation(tx, call.hub.mails, invitation.id);
    return body;
}

/// The unit with the mail that brings the link; one that still waits has an older link.
store::Unit<json::Object> mailed(Call& call, store::Unit<people::Invitations::Sent> unit) {
    return [&call, inner = std::move(unit)](store::WriteTx& tx) mutable -> Result<json::Object> {
        const auto sent = inner(tx);
        if (!sent) return sent.error();
        // The token stands in the fragment, so that no server and no proxy ever logs it.
        const std::string link =
            call.hub.publicUrl + "/invitation#token=" + std::string(sent->token.reveal());
        call.hub.mails.cancel(tx, sent->invitation.id);
        call.hub.mails.add(tx, invitationMail(tx, sent->invitation, call.who().user(), link));
        json::Object body = shown(call, tx, sent->invitation);
        body["accept_url"] = link;
        return body;
    };
}

http::Response answered(const json::Object& body) {
    auto response = jsonResponse(201, body);
    response.headers.add("Cache-Control", "no-store");
    return response;
}

}  // namespace

Outcome createInvitation(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    people::Invitations::New wanted;
    wanted.email = emailOf(reader);
    wanted.name = reader.optionalName("name", 200).value_or(wanted.email);
    wanted.roles = rolesOf(reader, call.hub.clock.now());
    if (auto fits = reader.finish(); !fits) return fits.error();
    if (auto allowed = mayInvite(call.who(), wanted.roles); !allowed) return allowed.error();
    return commit<json::Object>(
        call,
        mailed(call,
               call.hub.invitations.create(call.actor(), call.who().user().id, std::move(wanted))),
        answered);
}

Outcome listInvitations(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor"}); !known) return known.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    const auto teams = teamsListed(call.who(), Permission::UsersRead);
    if (!teams) return teams.error();
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        return pageResponse(
            people::Invitations::list(tx, *teams, page->after, page->limit + 1), *page,
            people::Invitations::count(tx, *teams, kCounted + 1),
            [&](const auto& one) { return shown(call, tx, one); },
            [](const auto& one) { return one.id; });
    });
}

Outcome withdrawInvitation(Call& call) {
    if (const auto found = seen(call); !found) return found.error();
    store::Unit<void> unit =
        [&mails = call.hub.mails, id = call.param("id"),
         inner = call.hub.invitations.withdraw(call.actor(), call.who().user().id,
                                               call.param("id"))](store::WriteTx& tx) mutable {
            auto withdrawn = inner(tx);
            if (withdrawn) mails.cancel(tx, id);
            return withdrawn;
        };
    return commit<void>(
        call, std::move(unit), [] { return http::Response::empty(204); },
        store::Urgency::Essential);
}

Outcome resendInvitation(Call& call) {
    if (const auto found = seen(call); !found) return found.error();
    return commit<json::Object>(
        call,
        mailed(call,
               call.hub.invitations.resend(call.actor(), call.who().user().id, call.param("id"))),
        answered);
}

Outcome acceptInvitation(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    auto token = reader.string("token", 16, 200);
    auto name = reader.name("name", 200);
    SecretString password = newPasswordOf(reader, "password", "", name);
    if (auto fits = reader.finish(); !fits) return fits.error();
    // The unit decides; but nobody shall make the hub hash passwords for nothing.
    const auto invitation = call.hub.store.read(
        [&](store::ReadTx& tx) { return call.hub.invitations.acceptable(tx, token); });
    if (!invitation) return people::Invitations::invalidLink();
    if (const auto fault = people::faultOf(password, invitation->email, name))
        return invalid("/password", *fault);
    return onPasswordPool(
        call,
        [&call, token = std::move(token), name = std::move(name),
         password = std::move(password)]() mutable -> Outcome {
            return commit<people::User>(
                call,
                call.hub.invitations.accept(call.actor(), token, std::move(name),
                                            call.hub.localSignIn.hash(password)),
                [](const people::User& user) { return jsonResponse(201, toJson(user)); });
        });
}

}  // namespace trusthub::api
