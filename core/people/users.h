// Users: people who sign in, and service accounts that own keys, with their roles.
#pragma once

#include "audit/audit_log.h"
#include "base/actor.h"
#include "base/clock.h"
#include "base/ids.h"
#include "events/events.h"
#include "people/rights.h"
#include "people/roles.h"
#include "store/store.h"

#include <optional>
#include <string>
#include <vector>

namespace trusthub::people {

inline constexpr std::string_view kPerson = "person";
inline constexpr std::string_view kService = "service";

struct User {
    UserId id;
    std::string email;  ///< lower case; of a service account no address, and never shown
    std::string name;
    std::string status;  ///< active | disabled
    TimePoint createdAt, updatedAt;
    std::string kind = std::string(kPerson);  ///< kService: owns keys and never signs in
    std::string stewardId;         ///< of a service account: the person who answers for it
    std::vector<RoleGrant> roles;  ///< those in force at the time of reading
    std::optional<TimePoint> lastSignInAt;
};

json::Object toJson(const User& user);

/// Forbidden: a role was offered for longer than the giver has theirs.
Error outlastsGiver();

/// Lower case; null when it is no e-mail address (one @, no blanks, at most 254 bytes).
std::optional<std::string> normaliseEmail(std::string_view text);

class Users {
public:
    Users(audit::AuditLog& audit, events::Events& events, Rights& rights, const base::Clock& clock,
          base::IdSource& ids)
        : audit_(audit), events_(events), rights_(rights), clock_(clock), ids_(ids) {}

    /// The roles of whoever gives roles; null: the host and the set-up, which nothing bounds.
    using Giver = std::optional<std::vector<RoleGrant>>;

    struct New {
        std::string email;  ///< normalised; of a service account it is made here
        std::string name;
        std::string passwordHash;  ///< PHC text; empty: no local sign-in
        std::vector<RoleGrant> roles;
        std::string kind = std::string(kPerson);
        std::string stewardId;     ///< of a service account
        std::optional<UserId> id;  ///< null: a new one
        Giver giver = {};
    };
    /// Conflict `email_taken`; InvalidInput when a team does not exist or the steward is no active
    /// person; Forbidden for roles that outlast the giver's.
    store::Unit<User> create(const Actor& actor, New wanted);
    /// The same as part of another unit (setup, invitations). [in a unit]
    Result<User> createIn(store::WriteTx& tx, const Actor& actor, const New& wanted);

    struct Change {
        std::optional<std::string> name, status, stewardId;
        std::optional<std::vector<RoleGrant>> roles;
        Giver giver = {};
    };
    /// Disabling ends the user's sessions. NotFound when it is of another kind; Conflict
    /// `last_super_admin` when none would be left; Forbidden for roles that outlast the giver's,
    /// but for those that the user has already.
    store::Unit<User> update(const Actor& actor, const UserId& id, std::string_view kind,
                             Change change);
    /// A service account only; Conflict `service_account_in_use` while it has keys in force.
    store::Unit<void> removeService(const Actor& actor, const UserId& id);

    // Parts of other units.
    /// Ends the user's sessions but `keep` (empty: all); answers how many. [in a unit]
    static std::int64_t endSessions(store::WriteTx& tx, const UserId& id, const SessionId& keep,
                                    TimePoint now);
    /// [in a unit]
    static void setPassword(store::WriteTx& tx, const UserId& id, const std::string& hash,
                            TimePoint now);
    /// Name and password of somebody who gets their first way in. [in a unit]
    User letIn(store::WriteTx& tx, const Actor& actor, const UserId& id, const std::string& name,
               const std::string& hash);
    /// [in a unit]
    static void noteSignIn(store::WriteTx& tx, const UserId& id, TimePoint now);
    /// Takes every role of a team that goes. [in a unit]
    void leaveTeam(store::WriteTx& tx, const Actor& actor, const TeamId& team);
    /// `user.updated` that names what changed. [in a unit]
    void emitUpdated(store::WriteTx& tx, const Actor& actor, const User& user,
                     const std::vector<std::string_view>& changed);

    static std::optional<User> find(store::ReadTx& tx, const UserId& id, TimePoint now);
    static std::optional<UserId> idByEmail(store::ReadTx& tx, std::string_view email);
    static std::string passwordHash(store::ReadTx& tx, const UserId& id);
    static bool any(store::ReadTx& tx);
    static std::vector<User> list(store::ReadTx& tx, std::string_view kind, std::string_view after,
                                  std::size_t limit, TimePoint now);
    static std::int64_t count(store::ReadTx& tx, std::string_view kind);

private:
    Result<void> setRoles(store::WriteTx& tx, const UserId& id,
                          const std::vector<RoleGrant>& roles);
    Result<void> checkSteward(store::ReadTx& tx, const std::string& id) const;
    void emit(store::WriteTx& tx, const Actor& actor, std::string_view type, const User& user,
              const std::vector<std::string_view>& changed = {});

    audit::AuditLog& audit_;
    events::Events& events_;
    Rights& rights_;
    const base::Clock& clock_;
    base::IdSource& ids_;
};

}  // namespace trusthub::people
