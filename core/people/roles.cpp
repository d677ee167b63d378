#include "people/roles.h"

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

}  // namespace trusthub::people
