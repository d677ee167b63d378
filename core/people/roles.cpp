#include "people/roles.h"

#include <algorithm>
#include <array>
#include <utility>

namespace trusthub::people {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 5> kNames{{
    {Role::SuperAdmin, "super_admin"},
    {Role::Auditor, "auditor"},
    {Role::AccountManager, "account_manager"},
    {Role::TeamAdmin, "team_admin"},
    {Role::Developer, "developer"},
}};

/// Whether who holds the one may give the other, their ends aside.
bool gives(const RoleGrant& held, const RoleGrant& offered) {
    if (held.role == Role::SuperAdmin) return true;
    return held.role == Role::TeamAdmin && held.teamId == offered.teamId;
}

bool endsWithin(const RoleGrant& offered, const RoleGrant& held) {
    return !held.expiresAt || (offered.expiresAt && *offered.expiresAt <= *held.expiresAt);
}

}  // namespace

std::string_view text(Role role) {
    for (const auto& [known, name] : kNames)
        if (known == role) return name;
    return {};
}

std::optional<Role> parseRole(std::string_view text) {
    for (const auto& [role, name] : kNames)
        if (name == text) return role;
    return std::nullopt;
}

bool mayHoldForOrganization(Role role) {
    return role == Role::SuperAdmin || role == Role::Auditor || role == Role::AccountManager;
}

bool mayHoldForTeam(Role role) {
    return role == Role::TeamAdmin || role == Role::Developer || role == Role::AccountManager;
}

std::string onlyTeamOf(const std::vector<RoleGrant>& roles) {
    if (roles.empty()) return {};
    const bool one = std::ranges::all_of(
        roles, [&](const RoleGrant& grant) { return grant.teamId == roles.front().teamId; });
    return one ? roles.front().teamId : std::string{};
}

bool isSuperAdmin(const std::vector<RoleGrant>& held) {
    return std::ranges::any_of(
        held, [](const RoleGrant& grant) { return grant.role == Role::SuperAdmin; });
}

bool mayGrant(const std::vector<RoleGrant>& held, const std::vector<RoleGrant>& offered) {
    if (isSuperAdmin(held)) return true;
    return !offered.empty() && std::ranges::all_of(offered, [&](const RoleGrant& grant) {
        return std::ranges::any_of(held, [&](const RoleGrant& own) { return gives(own, grant); });
    });
}

bool outlasts(const std::vector<RoleGrant>& offered, const std::vector<RoleGrant>& held) {
    return std::ranges::any_of(offered, [&](const RoleGrant& grant) {
        return std::ranges::none_of(held, [&](const RoleGrant& own) {
            return gives(own, grant) && endsWithin(grant, own);
        });
    });
}

}  // namespace trusthub::people
