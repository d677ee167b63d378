#include "access/principal.h"

#include <algorithm>

namespace trusthub::access {
namespace {

bool has(const people::User& user, people::Role role, std::string_view teamId) {
    return std::ranges::any_of(user.roles, [&](const people::RoleGrant& grant) {
        return grant.role == role && grant.teamId == teamId;
    });
}

/// Teams in which the user's roles have it; null: all of them and the organization.
std::optional<std::vector<std::string>> teamsOf(const people::User& user, Permission permission) {
    std::vector<std::string> found;
    for (const auto& grant : user.roles) {
        if (!permissionsOf(grant.role).test(bit(permission))) continue;
        if (grant.teamId.empty()) return std::nullopt;
        found.push_back(grant.teamId);
    }
    return found;
}

/// What the user's roles come to there.
PermissionSet permissionsAt(const people::User& user, std::string_view teamId) {
    PermissionSet set;
    for (const auto& grant : user.roles)
        if (grant.teamId.empty() || grant.teamId == teamId) set |= permissionsOf(grant.role);
    return set;
}

Error keyDenial(std::string reason) {
    return fail(ErrorKind::Forbidden,
                std::move(reason) + " With the key, GET /v1/me shows its rights.",
                "insufficient_scope");
}

}  // namespace

Principal::Principal(people::User user, people::Session session, Actor actor)
    : user_(std::make_shared<const people::User>(std::move(user))),
      session_(std::move(session)),
      actor_(std::move(actor)) {}

Principal::Principal(std::shared_ptr<const KeyView> key, std::shared_ptr<const people::User> owner,
                     Actor actor, Issuers issuers)
    : user_(std::move(owner)),
      issuers_(std::move(issuers)),
      key_(std::move(key)),
      actor_(std::move(actor)) {}

Principal::Principal(std::shared_ptr<const people::User> user, Actor actor)
    : user_(std::move(user)), actor_(std::move(actor)) {}

Principal Principal::onHost(people::User user, std::optional<base::HostAccount> account) {
    return {std::make_shared<const people::User>(std::move(user)),
            Actor{ActorKind::Host, "", "command line", "", "", "", std::move(account)}};
}

template <class Test>
bool Principal::everybody(Test test) const {
    return test(*user_) &&
           std::ranges::all_of(issuers_, [&](const auto& issuer) { return test(*issuer); });
}

template <class Test>
bool Principal::anyPlace(Test test) const {
    return !everybody([&](const people::User& user) {
        return std::ranges::none_of(user.roles, [&](const people::RoleGrant& grant) {
            return test(Place{grant.teamId, {}});
        });
    });
}

bool Principal::hasRole(people::Role role, std::string_view teamId) const {
    return has(*user_, role, teamId) && std::ranges::all_of(issuers_, [&](const auto& issuer) {
               return has(*issuer, role, teamId) || has(*issuer, people::Role::SuperAdmin, {});
           });
}

bool Principal::personMay(Permission permission, const Place& place) const {
    return everybody([&](const people::User& user) {
        return std::ranges::any_of(user.roles, [&](const people::RoleGrant& grant) {
            if (!permissionsOf(grant.role).test(bit(permission))) return false;
            return grant.teamId.empty() || grant.teamId == place.teamId;
        });
    });
}

bool Principal::names(Permission permission) const {
    return !key_ ||
           (key_->permissions.test(bit(permission)) && ceiling(key_->type).test(bit(permission)));
}

bool Principal::reaches(const Place& place) const {
    if (!key_ || key_->scope == Scope::Org) return true;
    if (key_->teamId != place.teamId) return false;
    return key_->scope != Scope::Project || key_->projectId == place.projectId;
}

bool Principal::may(Permission permission, const Place& place) const {
    return names(permission) && reaches(place) && personMay(permission, place);
}

bool Principal::holds(Permission permission) const {
    return names(permission) && personHolds(permission);
}

bool Principal::personHolds(Permission permission) const {
    const auto has = [&](const people::RoleGrant& grant) {
        return permissionsOf(grant.role).test(bit(permission));
    };
    if (issuers_.empty()) return std::ranges::any_of(user_->roles, has);
    return anyPlace([&](const Place& place) { return personMay(permission, place); });
}

std::optional<std::vector<std::string>> Principal::teams(Permission permission) const {
    if (key_ && key_->scope != Scope::Org) {
        // A project's key sees single things of its project, no lists of the team's.
        if (key_->scope == Scope::Project || !may(permission, {key_->teamId, {}}))
            return std::vector<std::string>{};
        return std::vector<std::string>{key_->teamId};
    }
    if (key_ && !holds(permission)) return std::vector<std::string>{};
    auto found = teamsOf(*user_, permission);
    for (const auto& issuer : issuers_) {
        auto theirs = teamsOf(*issuer, permission);
        if (!found) {
            found = std::move(theirs);
        } else if (theirs) {
            std::erase_if(*found, [&](const std::string& team) {
                return std::ranges::find(*theirs, team) == theirs->end();
            });
        }
    }
    return found;
}

PermissionSet Principal::effective() const {
    PermissionSet set;
    if (issuers_.empty()) {
        for (const auto& grant : user_->roles) {
            const bool reaches = !key_ || key_->scope == Scope::Org || grant.teamId.empty() ||
                                 grant.teamId == key_->teamId;
            if (reaches) set |= permissionsOf(grant.role);
        }
    } else {
        const auto together = [&](std::string_view teamId) {
            PermissionSet shared = permissionsAt(*user_, teamId);
            for (const auto& issuer : issuers_) shared &= permissionsAt(*issuer, teamId);
            return shared;
        };
        if (key_ && key_->scope != Scope::Org)
            set = together(key_->teamId);
        else
            (void)anyPlace([&](const Place& place) {
                set |= together(place.teamId);
                return false;
            });
    }
    if (key_) set &= key_->permissions & ceiling(key_->type) & withinReach(key_->scope);
    return set;
}

Error Principal::denial(Permission permission, bool reading) const {
    if (key_) {
        const std::string name(text(permission));
        if (!names(permission))
            return keyDenial("The type and permissions of this key leave out " + name + ".");
        if (!personHolds(permission))
            return keyDenial("Whoever this key belongs to, or issued it, does not have " + name +
                             ".");
        // Nothing lies outside the organization.
        if (key_->scope == Scope::Org && reading) return fail(ErrorKind::NotFound);
        if (key_->scope == Scope::Org)
            return keyDenial("Whoever this key belongs to, or issued it, does not have " + name +
                             " there.");
        return keyDenial("That lies outside this key's scope, " + std::string(text(key_->scope)) +
                         ", or where its owner does not have " + name + ".");
    }
    if (reading) return fail(ErrorKind::NotFound);
    return fail(ErrorKind::Forbidden,
                "Your roles do not include " + std::string(text(permission)) + " there.");
}

Error Principal::listDenial(Permission permission) const {
    if (!key_ || !holds(permission)) return denial(permission, false);
    if (key_->scope == Scope::Project)
        return keyDenial(
            "The list holds things of whole teams, which the scope of this key, project, does not"
            " cover; a key of scope team or org may list them.");
    return keyDenial("Within this key's scope, " + std::string(text(key_->scope)) +
                     ", its owner does not have " + std::string(text(permission)) + ".");
}

Result<void> Principal::require(Permission permission, const Place& place, bool reading) const {
    if (may(permission, place)) return {};
    return denial(permission, reading);
}

}  // namespace trusthub::access
