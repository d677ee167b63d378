// Who may see a key, manage it, and issue one like it.
#include "access/api_keys.h"
#include "access/key_bounds.h"

namespace trusthub::access {

bool ApiKeys::maySee(const Principal& by, const ApiKey& key) {
    if (by.isPerson() && (key.createdBy == by.user().id.text || key.stewardId == by.user().id.text))
        return true;
    if (key.view.scope == Scope::Org) return by.may(Permission::KeysRead, {});
    return by.may(Permission::KeysRead, {key.view.teamId, key.view.projectId});
}

Result<void> ApiKeys::couldIssue(store::ReadTx& tx, const Principal& by, const ApiKey& like) const {
    NewKey wanted;
    wanted.name = like.view.name;
    wanted.type = like.view.type;
    wanted.scope = like.view.scope;
    wanted.teamId = like.view.teamId;
    wanted.projectId = like.view.projectId;
    wanted.permissions = like.view.permissions;
    wanted.expiresAt = like.view.expiresAt;
    wanted.allowedIps = like.view.allowedIps;
    wanted.rateLimit = like.view.rateLimit;
    wanted.cutToIssuer =
        by.key() ? by.key()->id == like.view.id : like.createdBy == by.user().id.text;
    if (like.ownerKind == "service") wanted.serviceAccountId = like.ownedBy;
    // A rotation makes no end later, so the policy for new keys does not stand in its way.
    const auto owner = boundNewKey(tx, by, {}, wanted, p_.clock.now());
    if (owner) return {};
    // Nothing of it is the caller's to correct: all that is asked for is the key's own.
    if (owner.error().kind == ErrorKind::InvalidInput && !owner.error().fields.empty())
        return fail(ErrorKind::Forbidden,
                    "A rotation makes the key anew, and you could not issue it: " +
                        owner.error().fields.front().detail + ".");
    return owner.error();
}

bool ApiKeys::mayManage(const Principal& by, const ApiKey& key) {
    const std::string& caller = by.user().id.text;
    return by.may(Permission::KeysWrite, {key.view.teamId, key.view.projectId}) &&
           ((by.isPerson() && (key.createdBy == caller || key.stewardId == caller)) ||
            by.hasRole(people::Role::SuperAdmin) ||
            by.hasRole(people::Role::TeamAdmin, key.view.teamId));
}

Error ApiKeys::notManaged(const Principal& by, const ApiKey& key) {
    if (!by.may(Permission::KeysWrite, {key.view.teamId, key.view.projectId}))
        return by.denial(Permission::KeysWrite, false);
    if (by.key())
        return fail(ErrorKind::Forbidden,
                    "Keys are changed, rotated and revoked by keys of a team_admin of their team or"
                    " of a super_admin; whoever this key belongs to, or issued it, is neither.",
                    "insufficient_scope");
    return fail(ErrorKind::Forbidden,
                "Keys are changed, rotated and revoked by who issued them, the steward of the"
                " service account that owns them, a team_admin of their team, or a super_admin;"
                " your roles there let you issue keys, not touch those of others.");
}

}  // namespace trusthub::access
