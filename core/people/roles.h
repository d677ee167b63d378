// Roles: what a person is, for the organization or for one team.
#pragma once

#include "sdk/time.h"

#include <optional>
#include <string>
#include <string_view>

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

}  // namespace trusthub::people
