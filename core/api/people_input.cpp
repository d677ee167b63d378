#include "api/people_input.h"

#include "people/password_rules.h"

#include <boost/json.hpp>

namespace trusthub::api {

std::vector<people::RoleGrant> rolesOf(json::ObjectReader& reader, TimePoint now) {
    std::vector<people::RoleGrant> roles;
    const json::Array* items = reader.optionalArray("roles", 50);
    if (!items) return roles;
    for (std::size_t i = 0; i < items->size(); ++i) {
        json::ObjectReader entry((*items)[i], reader.pointer("roles") + "/" + std::to_string(i));
        people::RoleGrant grant;
        const auto name = entry.string("role", 1, 50);
        const auto role = people::parseRole(name);
        if (!role && !name.empty())
            entry.refuse("role",
                         "one of super_admin, auditor, account_manager, team_admin, developer");
        grant.role = role.value_or(people::Role::Developer);
        grant.teamId = entry.optionalId("team_id", "a team").value_or("");
        if (const auto until = entry.optionalString("expires_at", 20, 40)) {
            grant.expiresAt = parseTime(*until);
            if (!grant.expiresAt || *grant.expiresAt <= now)
                entry.refuse("expires_at", "an RFC 3339 time in the future");
        }
        // What is named wrongly has been refused above.
        const auto* object = (*items)[i].if_object();
        const auto* named = object ? object->if_contains("team_id") : nullptr;
        const bool absent = !named || named->is_null();
        if (role && absent && !people::mayHoldForOrganization(*role))
            entry.refuse("team_id", "this role is held for a team; name it");
        if (role && !grant.teamId.empty() && !people::mayHoldForTeam(*role))
            entry.refuse("team_id", "this role is the organization's; leave team_id out");
        reader.merge(entry);
        roles.push_back(std::move(grant));
    }
    return roles;
}

people::Users::Change readUserChange(const Call& call, json::ObjectReader& reader) {
    people::Users::Change change;
    change.name = reader.optionalName("name", 200);
    change.status = reader.optionalString("status", 1, 20);
    if (change.status && *change.status != "active" && *change.status != "disabled")
        reader.refuse("status", "one of active, disabled");
    if (const auto* roles = reader.any("roles")) {
        if (roles->is_null()) reader.refuse("roles", "a list; leave it out to change nothing");
        change.roles = rolesOf(reader, call.hub.clock.now());
        change.giver = call.who().user().roles;
    }
    return change;
}

std::string emailOf(json::ObjectReader& reader) {
    const auto given = reader.string("email", 3, 254);
    const auto email = people::normaliseEmail(given);
    if (!email && !given.empty()) reader.refuse("email", "an e-mail address");
    return email.value_or("");
}

SecretString newPasswordOf(json::ObjectReader& reader, std::string_view member,
                           std::string_view email, std::string_view name) {
    SecretString password(reader.string(member, people::kPasswordMin, people::kPasswordMax));
    if (password.size() == 0) return password;  // which was noted
    if (const auto fault = people::faultOf(password, email, name)) reader.refuse(member, *fault);
    return password;
}

NewPerson readPerson(json::ObjectReader& reader, bool passwordRequired) {
    NewPerson person;
    person.user.email = emailOf(reader);
    person.user.name = reader.name("name", 200);
    const json::Value* given = reader.any("password");
    if (passwordRequired || (given && !given->is_null()))
        person.password = newPasswordOf(reader, "password", person.user.email, person.user.name);
    return person;
}

void hashInto(const Services& hub, NewPerson& person) {
    if (person.password)
        person.user.passwordHash =
            crypto::hashPassword(*person.password, hub.passwordCost, hub.random);
}

Result<void> mayGrant(const access::Principal& who, const std::vector<people::RoleGrant>& roles) {
    for (const auto& grant : roles)
        if (auto allowed = who.require(access::Permission::UsersWrite, {grant.teamId, {}}, false);
            !allowed)
            return allowed;
    if (who.key() && people::isSuperAdmin(roles)) return sparesSuperAdmins();
    return who.require(access::Permission::UsersWrite, {}, false);
}

Result<void> mayAdd(const access::Principal& who, const NewPerson& person) {
    if (auto allowed = mayGrant(who, person.user.roles); !allowed) return allowed;
    if (who.key() && person.password)
        return fail(ErrorKind::Forbidden,
                    "No key sets a password: leave it out, or let a super_admin who signs in add"
                    " the user.",
                    "insufficient_scope");
    return {};
}

Result<void> mayInvite(const access::Principal& who, const std::vector<people::RoleGrant>& roles) {
    if (who.key()) {
        if (auto allowed = mayGrant(who, roles); !allowed) return allowed;
    }
    if (people::mayGrant(who.user().roles, roles)) return {};
    return fail(ErrorKind::Forbidden,
                "A super_admin invites with any role, a team_admin with roles of their own teams.");
}

Error sparesSuperAdmins() {
    return fail(ErrorKind::Forbidden,
                "No key touches a super_admin or makes one: that takes a super_admin who signs in.",
                "insufficient_scope");
}

store::Urgency urgencyOf(const people::Users::Change& change) {
    return change.status == "disabled" || change.roles ? store::Urgency::Essential
                                                       : store::Urgency::Normal;
}

}  // namespace trusthub::api
