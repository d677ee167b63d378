#include "people/roles_json.h"

#include "json/or_null.h"

#include <boost/json.hpp>

namespace trusthub::people {

json::Array toJson(const std::vector<RoleGrant>& roles) {
    json::Array items;
    for (const RoleGrant& grant : roles) {
        json::Object item{{"role", text(grant.role)}, {"team_id", json::textOrNull(grant.teamId)}};
        if (grant.expiresAt) item["expires_at"] = formatTime(*grant.expiresAt);
        items.push_back(std::move(item));
    }
    return items;
}

std::vector<RoleGrant> rolesFromText(std::string_view text) {
    std::vector<RoleGrant> roles;
    const auto parsed = json::parse(text);
    if (!parsed || !parsed->is_array()) return roles;
    for (const json::Value& item : parsed->as_array()) {
        json::ObjectReader reader(item);
        const auto role = parseRole(reader.string("role"));
        RoleGrant grant;
        grant.teamId = reader.optionalString("team_id").value_or("");
        if (const auto until = reader.optionalString("expires_at"))
            grant.expiresAt = parseTime(*until);
        if (!role || !reader.finish()) continue;
        grant.role = *role;
        roles.push_back(std::move(grant));
    }
    return roles;
}

}  // namespace trusthub::people
