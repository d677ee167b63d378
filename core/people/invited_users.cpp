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

bool allAmong(const std::vector<RoleGrant>& some, const std::vector<RoleGrant>& all) {
    return std::ranges::all_of(
        some, [&](const RoleGrant& grant) { return std::ranges::find(all, grant) != all.end(); });
}

}  // namespace

bool Invitations::waitsForWayIn(store::ReadTx& tx, const User& user) {
    // Who has signed in without a password came by an identity provider.
    return user.kind == kPerson && user.status == "active" && !user.lastSignInAt &&
           Users::passwordHash(tx, user.id).empty();
}

Result<void> Invitations::checkLetIn(store::ReadTx& tx, const UserId& by) const {
    const auto giver = Users::find(tx, by, clock_.now());
    if (giver && giver->status == "active" && isSuperAdmin(giver->roles)) return {};
    return fail(ErrorKind::Forbidden, "The user exists already: a super_admin lets them in.");
}

bool Invitations::stands(store::ReadTx& tx, const Invitation& row) const {
    // What somebody may no longer give is not given by a link of theirs.
    const auto user = Users::find(tx, row.userId, clock_.now());
    if (!user) return checkGiver(tx, row.invitedBy, row.roles).has_value();
    // The link is worth what it was made for, and no more.
    return waitsForWayIn(tx, *user) && allAmong(user->roles, row.roles) &&
           checkLetIn(tx, row.invitedBy);
}

Result<void> Invitations::inviteKnown(store::ReadTx& tx, const Actor& actor, const UserId& id,
                                      Invitation& row) const {
    const auto user = Users::find(tx, id, clock_.now());
    // No key touches how somebody signs in; and others learn no more than that there is a user.
    if (!user || actor.kind == ActorKind::ApiKey || !checkLetIn(tx, row.invitedBy))
        return taken(
            "; a super_admin can change their roles, or invite them when they have no"
            " password yet.");
    if (user->status != "active")
        return taken(" and is disabled; set the status to active first: PATCH /v1/users/{id}.");
    if (!waitsForWayIn(tx, *user))
        return taken(
            " and has a way in. Who forgot the password gets a new one on the host:"
            " `trusthub users reset --email ADDRESS`.");
    if (!allAmong(row.roles, user->roles))
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
    const TimePoint now = clock_.now();
    const auto user = Users::find(tx, row.userId, now);
    if (!user && !Users::idByEmail(tx, row.email)) return {};
    if (actor.kind == ActorKind::ApiKey)
        return fail(ErrorKind::Forbidden, "The user exists already: a person lets them in.",
                    "insufficient_scope");
    if (auto may = checkLetIn(tx, by); !may) return may;
    auto roles = row.roles;
    std::erase_if(
        roles, [&](const RoleGrant& grant) { return grant.expiresAt && *grant.expiresAt <= now; });
    if (!user || !waitsForWayIn(tx, *user) || user->roles != roles)
        return fail(ErrorKind::Conflict,
                    "A user with this address was added, or their roles or their way in have"
                    " changed since; withdraw the invitation, and make another where one is"
                    " wanted.",
                    "invitation_closed");
    return {};
}

}  // namespace trusthub::people
