// Invitations of users that exist already: a way in for those whose account was made without one.
#include "people/invitations.h"

#include <algorithm>

namespace trusthub::people {
namespace {

Error taken(std::string_view what) {
    return fail(ErrorKind::Conflict,
                "A user with this e-mail address exists already" + std::string(what),
                "email_taken");
}

}  // namespace

bool Invitations::waitsForWayIn(store::ReadTx& tx, const User& user) {
    // Who has signed in without a password came by an identity provider.
    return user.kind == kPerson && user.status == "active" && !user.lastSignInAt &&
           Users::passwordHash(tx, user.id).empty();
}

Result<void> Invitations::checkLetIn(store::ReadTx& tx, const UserId& by, const User& user) const {
    if (auto may = checkGiver(tx, by, user.roles); !may) return may;
    const auto giver = Users::find(tx, by, clock_.now());
    if (giver && (isSuperAdmin(giver->roles) || !Users::isSteward(tx, user.id))) return {};
    return fail(ErrorKind::Forbidden,
                "The user answers for service accounts: a super_admin invites them.");
}

bool Invitations::stands(store::ReadTx& tx, const Invitation& row) const {
    // What somebody may no longer give is not given by a link of theirs.
    const auto user = Users::find(tx, row.userId, clock_.now());
    if (!user) return checkGiver(tx, row.invitedBy, row.roles).has_value();
    return waitsForWayIn(tx, *user) && checkLetIn(tx, row.invitedBy, *user);
}

Result<void> Invitations::inviteKnown(store::ReadTx& tx, const Actor& actor, const UserId& id,
                                      Invitation& row) const {
    const auto user = Users::find(tx, id, clock_.now());
    // No key touches how somebody signs in; and others learn no more than that there is a user.
    if (!user || actor.kind == ActorKind::ApiKey || !checkLetIn(tx, row.invitedBy, *user))
        return taken(
            "; a super_admin can change their roles, or invite them when they have no"
            " password yet.");
    if (user->status != "active")
        return taken(" and is disabled; set the status to active first: PATCH /v1/users/{id}.");
    if (!waitsForWayIn(tx, *user))
        return taken(
            " and has a way in. Who forgot the password gets a new one on the host:"
            " `trusthub users reset --email ADDRESS`.");
    const bool theirs = std::ranges::all_of(row.roles, [&](const RoleGrant& grant) {
        return std::ranges::find(user->roles, grant) != user->roles.end();
    });
    if (!theirs)
        return invalid("/roles",
                       "the user exists already and keeps their roles: name only such, or none;"
                       " PATCH /v1/users/{id} changes them");
    row.userId = id;
    row.name = user->name;
    row.roles = user->roles;
    row.teamId = onlyTeamOf(row.roles);
    return {};
}

Result<void> Invitations::resendToKnown(store::ReadTx& tx, const Actor& actor, const UserId& by,
                                        const Invitation& row) const {
    const auto user = Users::find(tx, row.userId, clock_.now());
    if (!user) return {};
    if (actor.kind == ActorKind::ApiKey)
        return fail(ErrorKind::Forbidden, "The user exists already: a person invites them.");
    if (!waitsForWayIn(tx, *user) || user->roles != row.roles)
        return fail(ErrorKind::Conflict,
                    "The user, their roles or their way in have changed since; withdraw the"
                    " invitation, and make another where one is wanted.",
                    "invitation_closed");
    return checkLetIn(tx, by, *user);
}

}  // namespace trusthub::people
