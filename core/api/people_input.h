// What requests say about people: e-mail addresses, passwords, roles, and who may give which.
#pragma once

#include "api/call.h"
#include "people/users.h"

#include <optional>
#include <vector>

namespace trusthub::api {

/// The member `roles`; empty when it is left out.
std::vector<people::RoleGrant> rolesOf(json::ObjectReader& reader, TimePoint now);

/// What users and service accounts may have changed alike: name, status and roles, which the caller
/// gives. The members of a kind's own are the handler's to read.
people::Users::Change readUserChange(const Call& call, json::ObjectReader& reader);

/// A required, normalised e-mail address.
std::string emailOf(json::ObjectReader& reader);
/// A required new password, as people::faultOf() wants it for the account of `email` and `name`.
SecretString newPasswordOf(json::ObjectReader& reader, std::string_view member,
                           std::string_view email, std::string_view name);

struct NewPerson {
    people::Users::New user;
    std::optional<SecretString> password;
};
/// E-mail address, name and password; the hash is made by hashInto(), off the workers.
NewPerson readPerson(json::ObjectReader& reader, bool passwordRequired);
void hashInto(const Services& hub, NewPerson& person);  ///< slow

/// Users are the organization's: who grants a role must be able to write users there. No key makes
/// a super_admin.
Result<void> mayGrant(const access::Principal& who, const std::vector<people::RoleGrant>& roles);
/// The same for a new user. No key sets a password.
Result<void> mayAdd(const access::Principal& who, const NewPerson& person);
/// A person gives what their roles let them; a key needs the right to write users, and makes no
/// super_admin.
Result<void> mayInvite(const access::Principal& who, const std::vector<people::RoleGrant>& roles);

/// What a key is told that would touch a super_admin, or make one.
Error sparesSuperAdmins();
/// The unit, refused where the call is a key's and that user a super_admin.
template <class T>
store::Unit<T> sparingSuperAdmin(const Call& call, const UserId& id, store::Unit<T> unit) {
    if (!call.who().key()) return unit;
    return [&clock = call.hub.clock, id,
            inner = std::move(unit)](store::WriteTx& tx) mutable -> Result<T> {
        const auto user = people::Users::find(tx, id, clock.now());
        if (user && people::isSuperAdmin(user->roles)) return sparesSuperAdmins();
        return inner(tx);
    };
}

/// Disabling somebody must work on a full disk too.
store::Urgency urgencyOf(const people::Users::Change& change);

}  // namespace trusthub::api
