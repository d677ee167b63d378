// Roles: what a person is, for the organization or for one team.
#pragma once

#include "sdk/time.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::people {

enum class Role { SuperAdmin, Auditor, AccountManager, TeamAdmin, Developer };

std::string_view text(Role role);
std::optional<Role> parseRole(std::string_view text);
/// super_admin and auditor are the organization's; team_admin and developer a team's;
/// account_manager either's.
bool mayHoldForOrganization(Role role);
bool mayHoldForTeam(Role role);

struct RoleGrant {
    Role role = Role::Developer;
    std::string teamId;  ///< empty: the organization
    std::optional<TimePoint> expiresAt;
    bool operator==(const RoleGrant&) const = default;
};

/// The one team of all roles; empty: the organization's.
std::string onlyTeamOf(const std::vector<RoleGrant>& roles);
bool isSuperAdmin(const std::vector<RoleGrant>& held);
/// Whether somebody who holds `held` may give `offered`: a super_admin anything, a team_admin roles
/// of teams of their own, and at least one.
bool mayGrant(const std::vector<RoleGrant>& held, const std::vector<RoleGrant>& offered);
/// Whether one of `offered` lasts longer than each of `held` by which it could be given. Nobody
/// gives for longer than they have.
bool outlasts(const std::vector<RoleGrant>& offered, const std::vector<RoleGrant>& held);

}  // namespace trusthub::people
