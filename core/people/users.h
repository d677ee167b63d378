// Users: people who sign in, with their roles.
#pragma once

#include "audit/audit_log.h"
#include "base/actor.h"
#include "base/clock.h"
#include "base/ids.h"
#include "people/roles.h"
#include "store/store.h"

#include <optional>
#include <string>
#include <vector>

namespace trusthub::people {

struct User {
    UserId id;
    std::string email;  ///< lower case
    std::string name;
    std::string status;  ///< active | disabled
    TimePoint createdAt, updatedAt;
    std::string kind = "person";   ///< person | service: owns keys and never signs in
    std::string stewardId;         ///< of a service account: the person who answers for it
    std::vector<RoleGrant> roles;  ///< those in force at the time of reading
};

json::Object toJson(const User& user);

/// Lower case; null when it is no e-mail address (one @, no blanks, at most 254 bytes).
std::optional<std::string> normaliseEmail(std::string_view text);

class Users {
public:
    Users(audit::AuditLog& audit, const base::Clock& clock, base::IdSource& ids)
        : audit_(audit), clock_(clock), ids_(ids) {}

    struct New {
        std::string email;  ///< normalised
        std::string name;
        std::string passwordHash;  ///< PHC text; empty: no local sign-in
        std::vector<RoleGrant> roles;
    };
    /// Conflict `email_taken`; InvalidInput when a team does not exist.
    store::Unit<User> create(const Actor& actor, New wanted);
    /// The same as part of another unit (setup). [in a unit]
    Result<User> createIn(store::WriteTx& tx, const Actor& actor, const New& wanted);

    struct Change {
        std::optional<std::string> name, status;
        std::optional<std::vector<RoleGrant>> roles;
    };
    /// Disabling ends the user's sessions. Conflict `last_super_admin` when none would be left.
    store::Unit<User> update(const Actor& actor, const UserId& id, Change change);

    static std::optional<User> find(store::ReadTx& tx, const UserId& id, TimePoint now);
    static std::optional<UserId> idByEmail(store::ReadTx& tx, std::string_view email);
    static std::string passwordHash(store::ReadTx& tx, const UserId& id);
    static bool any(store::ReadTx& tx);
    static std::vector<User> list(store::ReadTx& tx, std::string_view after, std::size_t limit,
                                  TimePoint now);
    static std::int64_t count(store::ReadTx& tx);

private:
    Result<void> setRoles(store::WriteTx& tx, const UserId& id,
                          const std::vector<RoleGrant>& roles);

    audit::AuditLog& audit_;
    const base::Clock& clock_;
    base::IdSource& ids_;
};

}  // namespace trusthub::people
