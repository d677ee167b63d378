#include "access/key_bounds.h"

#include "base/text.h"
#include "people/projects.h"
#include "people/teams.h"

#include <algorithm>

namespace trusthub::access {
namespace {

/// Finds the team of the project, if the issuer may know of it.
Result<void> placeOf(store::ReadTx& tx, const Principal& issuer, NewKey& wanted) {
    if (wanted.scope != Scope::Project) return {};
    const auto project = people::Projects::find(tx, ProjectId(wanted.projectId));
    if (!project ||
        !issuer.may(Permission::ProjectsRead, {project->teamId.text, project->id.text})) {
        // For a key whatever is outside its scope is the same 403, there or not.
        if (issuer.key()) return issuer.denial(Permission::KeysWrite, false);
        return invalid("/project_id", "there is no such project");
    }
    if (!wanted.teamId.empty() && wanted.teamId != project->teamId.text)
        return invalid("/team_id", "the project belongs to another team; leave team_id out");
    wanted.teamId = project->teamId.text;
    return {};
}

/// Who may issue which (product document): org super_admin; team super_admin and team_admin;
/// project also developers.
Result<void> mayIssue(store::ReadTx& tx, const Principal& issuer, const NewKey& wanted) {
    const bool superAdmin = issuer.hasRole(people::Role::SuperAdmin);
    const bool teamAdmin = issuer.hasRole(people::Role::TeamAdmin, wanted.teamId);
    const bool developer = issuer.hasRole(people::Role::Developer, wanted.teamId);
    const bool allowed = superAdmin || (wanted.scope == Scope::Team && teamAdmin) ||
                         (wanted.scope == Scope::Project && (teamAdmin || developer));
    if (!allowed || !issuer.may(Permission::KeysWrite, {wanted.teamId, wanted.projectId})) {
        if (issuer.key()) return issuer.denial(Permission::KeysWrite, false);
        return fail(
            ErrorKind::Forbidden,
            "Keys of scope org are issued by a super_admin, of scope team by its team_admin too,"
            " of scope project also by developers of the project's team.");
    }
    // Whether a team exists is told to those only who may issue keys for it.
    if (wanted.scope == Scope::Team && !people::Teams::exists(tx, wanted.teamId))
        return invalid("/team_id", "there is no such team");
    return {};
}

/// Whoever answers for all that the account may do: a super_admin, its steward, and who
/// administers each team that it has a role in. A key of less than the organization reaches
/// accounts of its team only, and the one that it belongs to.
bool mayIssueFor(const Principal& issuer, const people::User& account) {
    const people::User& self = issuer.user();
    if (account.id == self.id) return true;
    const KeyView* key = issuer.key();
    const bool everywhere = !key || key->scope == Scope::Org;
    const bool superAdmin = issuer.hasRole(people::Role::SuperAdmin);
    if (everywhere && (superAdmin || account.stewardId == self.id.text)) return true;
    return !account.roles.empty() &&
           std::ranges::all_of(account.roles, [&](const people::RoleGrant& grant) {
               return !grant.teamId.empty() && (everywhere || grant.teamId == key->teamId) &&
                      (superAdmin || issuer.hasRole(people::Role::TeamAdmin, grant.teamId));
           });
}

/// The issuer itself, or the service account that it may issue for.
Result<people::User> ownerOf(store::ReadTx& tx, const Principal& issuer, const NewKey& wanted,
                             TimePoint now) {
    if (wanted.serviceAccountId.empty()) return issuer.user();
    constexpr std::string_view kWho =
        "Keys for a service account are issued by a super_admin, its steward, or who is team_admin"
        " of every team that it has roles in";
    auto account = people::Users::find(tx, UserId(wanted.serviceAccountId), now);
    if (account && account->kind != people::kService) account.reset();
    if (!account || !mayIssueFor(issuer, *account)) {
        // The same whether there is such an account or not.
        if (issuer.key())
            return fail(ErrorKind::Forbidden,
                        std::string(kWho) +
                            "; whoever this key belongs to is none of them for that one, or it lies"
                            " outside the key's scope.",
                        "insufficient_scope");
        if (account && issuer.may(Permission::UsersRead, {}))
            return fail(ErrorKind::Forbidden, std::string(kWho) + ".");
        return invalid("/service_account_id", "there is no such service account of yours");
    }
    const auto steward = people::Users::find(tx, UserId(account->stewardId), now);
    if (account->status != "active" || !steward || steward->status != "active")
        return fail(ErrorKind::Conflict,
                    "The service account is disabled or has no active steward; name one first.",
                    "no_steward");
    return *std::move(account);
}

bool holdsThere(const people::User& user, Permission permission, const Place& place) {
    return std::ranges::any_of(user.roles, [&](const people::RoleGrant& grant) {
        return permissionsOf(grant.role).test(bit(permission)) &&
               (grant.teamId.empty() || grant.teamId == place.teamId);
    });
}

/// Of keys and people a key does what the roles of its owner let it do, so whoever hands on the
/// right to must hold, or administer, each of these roles.
const PermissionSet& actsByRole() {
    static const PermissionSet kSet = [] {
        PermissionSet set;
        for (const auto one :
             {Permission::KeysWrite, Permission::TeamsWrite, Permission::UsersWrite})
            set.set(bit(one));
        return set;
    }();
    return kSet;
}

bool coversRoles(const Principal& issuer, const people::User& owner) {
    return owner.id == issuer.user().id || issuer.hasRole(people::Role::SuperAdmin) ||
           std::ranges::all_of(owner.roles, [&](const people::RoleGrant& grant) {
               return issuer.hasRole(grant.role, grant.teamId) ||
                      (!grant.teamId.empty() &&
                       issuer.hasRole(people::Role::TeamAdmin, grant.teamId));
           });
}

Result<void> boundPermissions(const Principal& issuer, const people::User& owner, NewKey& wanted) {
    const Place place{wanted.teamId, wanted.projectId};
    const bool covers = coversRoles(issuer, owner);
    for (std::size_t i = 0; i < wanted.permissions.size(); ++i) {
        const auto permission = static_cast<Permission>(i);
        if (!wanted.permissions.test(i)) continue;
        const bool holds = issuer.may(permission, place);
        const bool handsOn = holds && (covers || !actsByRole().test(i));
        if (handsOn && holdsThere(owner, permission, place)) continue;
        if (wanted.cutToIssuer) {
            wanted.permissions.reset(i);
            (handsOn ? wanted.lackedByOwner : wanted.lackedByIssuer).set(i);
            continue;
        }
        const std::string name(text(permission));
        return fail(ErrorKind::Forbidden,
                    handsOn ? "The service account does not have " + name + " there."
                    : holds ? "The service account has roles that you neither hold nor administer,"
                              " so a key of yours for it cannot have " +
                                  name + "."
                            : "You do not have " + name +
                                  " there yourself, so a key of yours cannot have it.");
    }
    return {};
}

/// What a key issues ends with it at the latest and is as restricted.
Result<void> boundByKey(const KeyView& key, NewKey& wanted) {
    if (key.expiresAt && (!wanted.expiresAt || *wanted.expiresAt > *key.expiresAt)) {
        wanted.expiresAt = key.expiresAt;
        wanted.cutToIssuingKey = true;
    }
    if (wanted.allowedIps.empty()) wanted.allowedIps = key.allowedIps;
    if (!wanted.allowedIps.within(key.allowedIps))
        return fail(ErrorKind::Forbidden,
                    "allowed_ips reaches beyond that of the key that issues it.");
    if (!wanted.rateLimit) wanted.rateLimit = key.rateLimit;
    if (key.rateLimit && !within(*wanted.rateLimit, *key.rateLimit))
        return fail(ErrorKind::Forbidden,
                    "rate_limit reaches beyond that of the key that issues it.");
    return {};
}

Result<void> boundByPolicy(const KeyPolicy& policy, const NewKey& wanted, TimePoint now) {
    if (!policy.maxExpiryDays || wanted.canary) return {};
    if (wanted.expiresAt && *wanted.expiresAt <= now + std::chrono::days(*policy.maxExpiryDays))
        return {};
    return invalid("/expires_at", "keys of this organization end within " +
                                      std::to_string(*policy.maxExpiryDays) +
                                      " days; give expires_in_days or expires_at");
}

/// When the last of the owner's roles ends that give the key anything; null: not by itself.
std::optional<TimePoint> carriedUntil(const people::User& owner, const NewKey& key) {
    std::optional<TimePoint> last;
    for (const auto& grant : owner.roles) {
        const bool reaches = grant.teamId.empty() || grant.teamId == key.teamId;
        if (!reaches || (permissionsOf(grant.role) & key.permissions).none()) continue;
        if (!grant.expiresAt) return std::nullopt;
        if (!last || *grant.expiresAt > *last) last = grant.expiresAt;
    }
    return last;
}

/// Whether the key has a bound there that null would lift.
bool isBounded(const KeyView& key, std::string_view member) {
    if (member == "permissions") return key.permissions != ceiling(key.type);
    if (member == "allowed_ips") return !key.allowedIps.empty();
    if (member == "rate_limit") return key.rateLimit.has_value();
    return key.expiresAt.has_value();  // expires_at, expires_in_days
}

FieldError wider(std::string pointer, std::string detail) {
    return {std::move(pointer), std::move(detail)};
}

}  // namespace

Result<people::User> boundNewKey(store::ReadTx& tx, const Principal& issuer,
                                 const KeyPolicy& policy, NewKey& wanted, TimePoint now) {
    if (auto known = placeOf(tx, issuer, wanted); !known) return known.error();
    if (auto allowed = mayIssue(tx, issuer, wanted); !allowed) return allowed.error();
    auto owner = ownerOf(tx, issuer, wanted, now);
    if (!owner) return owner.error();
    if (wanted.canary) wanted.permissions.reset();
    if (auto fits = boundPermissions(issuer, *owner, wanted); !fits) return fits.error();
    if (const KeyView* key = issuer.key()) {
        if (auto fits = boundByKey(*key, wanted); !fits) return fits.error();
    }
    if (auto fits = boundByPolicy(policy, wanted, now); !fits) return fits.error();
    return owner;
}

std::vector<KeyWarning> warningsOf(const Principal& issuer, const people::User& owner,
                                   const NewKey& bounded) {
    std::vector<KeyWarning> warnings;
    const auto lacked = [&](const PermissionSet& set, std::string_view code, std::string whose) {
        if (set.none()) return;
        warnings.push_back({code, "The key lacks " + base::join(names(set), ", ") + ": " +
                                      std::move(whose) + " may not do that there."});
    };
    const std::string account =
        "the service account " + base::oneLine(owner.name) + ", which owns it,";
    const bool ofService = owner.kind == people::kService;
    lacked(bounded.lackedByIssuer & withinReach(bounded.scope), "limited_by_issuer",
           issuer.key() ? "the key that issues it"
           : owner.id == issuer.user().id && ofService
               ? account
               : base::oneLine(issuer.user().name) + ", who issues it,");
    lacked(bounded.lackedByOwner & withinReach(bounded.scope), "limited_by_owner",
           ofService ? account : "its owner");
    if (bounded.permissions.none() && !bounded.canary)
        warnings.push_back({"no_permissions",
                            "The key has no permission: it may call GET /v1/me and nothing else."});
    if (bounded.cutToIssuingKey)
        warnings.push_back({"expires_with_issuer", "The key ends at " +
                                                       formatTime(*bounded.expiresAt) +
                                                       ", with the key that issues it."});
    const auto carried = carriedUntil(owner, bounded);
    if (carried && (!bounded.expiresAt || *bounded.expiresAt > *carried))
        warnings.push_back({"issuer_role_ends",
                            "The last role that carries the key ends at " + formatTime(*carried) +
                                ": from then on it may do nothing, unless its owner has another."});
    return warnings;
}

Result<std::vector<std::string>> narrow(KeyView& key, const KeyChange& change, TimePoint now) {
    Error refused = fail(ErrorKind::InvalidInput,
                         "A key can be narrowed only; issue a new one for more.", "would_widen");
    KeyView to = key;
    for (const auto& member : change.lifted)
        if (isBounded(key, member))
            refused.fields.push_back(
                wider("/" + member, "null would lift the present bound; leave it out to keep it"));
    if (change.name) to.name = *change.name;
    if (change.type) {
        to.type = *change.type;
        if ((ceiling(to.type) & ~ceiling(key.type)).any())
            refused.fields.push_back(wider("/type", "lets more through than the present one"));
        to.permissions &= ceiling(to.type);
    }
    if (change.permissions) {
        to.permissions = *change.permissions;
        if ((to.permissions & ~key.permissions).any())
            refused.fields.push_back(wider("/permissions", "names some that the key lacks"));
        if ((to.permissions & ~ceiling(to.type)).any())
            refused.fields.push_back(wider("/permissions", "a key of this type cannot have them"));
    }
    if (change.expiresAt) {
        to.expiresAt = change.expiresAt;
        if (key.expiresAt && *to.expiresAt > *key.expiresAt)
            refused.fields.push_back(wider("/expires_at", "is later than the present end"));
        if (*to.expiresAt <= now)
            return invalid("/expires_at", "a time in the future; to end a key now, revoke it");
    }
    if (change.allowedIps) {
        to.allowedIps = *change.allowedIps;
        if (!to.allowedIps.within(key.allowedIps))
            refused.fields.push_back(wider("/allowed_ips", "reaches beyond the present list"));
    }
    if (change.rateLimit) {
        to.rateLimit = change.rateLimit;
        if (key.rateLimit && !within(*to.rateLimit, *key.rateLimit))
            refused.fields.push_back(
                wider("/rate_limit", "lets more through than the present one"));
    }
    if (!refused.fields.empty()) return refused;

    std::vector<std::string> changed;
    if (to.name != key.name) changed.emplace_back("name");
    if (to.type != key.type) changed.emplace_back("type");
    if (to.permissions != key.permissions) changed.emplace_back("permissions");
    if (to.expiresAt != key.expiresAt) changed.emplace_back("expires_at");
    if (!(to.allowedIps == key.allowedIps)) changed.emplace_back("allowed_ips");
    if (to.rateLimit != key.rateLimit) changed.emplace_back("rate_limit");
    key = std::move(to);
    return changed;
}

}  // namespace trusthub::access
