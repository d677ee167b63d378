// Roles as JSON: how the API and the database write them.
#pragma once

#include "json/json.h"
#include "people/roles.h"

#include <string_view>
#include <vector>

namespace trusthub::people {

json::Array toJson(const std::vector<RoleGrant>& roles);
/// What toJson() wrote, read back; a role that this program does not know is left out.
std::vector<RoleGrant> rolesFromText(std::string_view text);

}  // namespace trusthub::people
