// Invitations: links by which people become users of this hub with the roles that were offered, or
// get a way into an account that was made for them without a password.
#pragma once

#include "audit/audit_log.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "events/events.h"
#include "people/users.h"
#include "sdk/secret.h"
#include "store/hub_secrets.h"

#include <optional>
#include <string>
#include <vector>

namespace trusthub::people {

struct Invitation {
    std::string id;
    UserId userId;  ///< the id that the user will have, or has
    std::string email, name;
    std::vector<RoleGrant> roles;
    std::string teamId;  ///< the one team of all its roles; empty: the organization's
    UserId invitedBy;
    TimePoint createdAt, expiresAt;
    std::optional<TimePoint> acceptedAt, withdrawnAt;

    /// Whether whoever may see users in `teams` (null: everywhere) may see it: in all teams that
    /// its roles name.
    bool liesWithin(const std::optional<std::vector<std::string>>& teams) const;
    /// pending | accepted | withdrawn | expired
    std::string_view status(TimePoint now) const;
};

json::Object toJson(const Invitation& invitation, TimePoint now);

class Invitations {
public:
    static constexpr std::chrono::hours kValid{72};

    Invitations(Users& users, audit::AuditLog& audit, events::Events& events,
                const store::HubSecrets& secrets, const base::Clock& clock, base::Random& random,
                base::IdSource& ids)
        : users_(users),
          audit_(audit),
          events_(events),
          secrets_(secrets),
          clock_(clock),
          random_(random),
          ids_(ids) {}

    struct New {
        std::string email;  ///< normalised
        std::string name;
        std::vector<RoleGrant> roles;
    };
    struct Sent {
        Invitation invitation;
        SecretString token;  ///< shown this once
    };
    /// Emits `user.invited`. Forbidden when `by` may not give these roles; InvalidInput when a team
    /// does not exist; Conflict `invitation_pending`, or `email_taken` for a user that exists.
    ///
    /// But an active person who has no password and never signed in is let in by the link: they
    /// keep id and roles (InvalidInput for others). Whoever has such a link has the account, with
    /// all that it is given later; so it is a super_admin in person who invites them, as one alone
    /// changes users, and the account gets no more roles before the link is used.
    store::Unit<Sent> create(const Actor& actor, const UserId& by, New wanted);
    /// A new link for another 72 hours in the name of `by`; the old one ends. NotFound; Conflict
    /// `invitation_closed`; Forbidden.
    store::Unit<Sent> resend(const Actor& actor, const UserId& by, const std::string& id);
    /// NotFound; Conflict `invitation_closed`; Forbidden.
    store::Unit<void> withdraw(const Actor& actor, const UserId& by, const std::string& id);

    /// Uses the link up. Gone `invitation_invalid` when it was used, has expired, was withdrawn or
    /// never was, when who gave it could no longer give those roles, or when the user has another
    /// way in by now. Roles of teams that are gone, and those that have ended, are left out.
    store::Unit<User> accept(const Actor& actor, const std::string& token, std::string name,
                             std::string passwordHash);
    /// What accept() would find, so that nobody hashes passwords for nothing.
    std::optional<Invitation> acceptable(store::ReadTx& tx, std::string_view token) const;
    static Error invalidLink();

    static std::optional<Invitation> find(store::ReadTx& tx, std::string_view id);
    /// Newest first, those that lie within `teams`.
    static std::vector<Invitation> list(store::ReadTx& tx,
                                        const std::optional<std::vector<std::string>>& teams,
                                        std::string_view after, std::size_t limit);
    /// At most `cap`: what is beyond is not counted.
    static std::int64_t count(store::ReadTx& tx,
                              const std::optional<std::vector<std::string>>& teams,
                              std::int64_t cap);
    /// The open ones of a team that goes. [in a unit]
    static void withdrawOfTeam(store::WriteTx& tx, audit::AuditLog& audit, const Actor& actor,
                               const TeamId& team, TimePoint now);
    /// Removes up to `limit` that ran out before `before`; answers how many.
    static std::size_t expire(store::WriteTx& tx, TimePoint before, std::size_t limit);

private:
    Result<Invitation> openOne(store::ReadTx& tx, const UserId& by, const std::string& id) const;
    /// Forbidden when `by` may not give these roles, for however long.
    Result<User> managerOf(store::ReadTx& tx, const UserId& by,
                           const std::vector<RoleGrant>& roles) const;
    /// The same, or when they would outlast the roles of `by`.
    Result<void> checkGiver(store::ReadTx& tx, const UserId& by,
                            const std::vector<RoleGrant>& roles) const;
    // For users that exist, in invited_users.cpp.
    /// Makes `row` theirs; Conflict `email_taken`, InvalidInput.
    Result<void> inviteKnown(store::ReadTx& tx, const Actor& actor, const UserId& id,
                             Invitation& row) const;
    /// Conflict `invitation_closed`; Forbidden.
    Result<void> resendToKnown(store::ReadTx& tx, const Actor& actor, const UserId& by,
                               const Invitation& row) const;
    /// Whether nothing is taken from anybody when a link leads into the account.
    static bool waitsForWayIn(store::ReadTx& tx, const User& user);
    /// Forbidden but for a super_admin.
    Result<void> checkLetIn(store::ReadTx& tx, const UserId& by) const;
    /// Whether the link may still do what it was made for.
    bool stands(store::ReadTx& tx, const Invitation& row) const;
    events::Draft drafted(const Actor& actor, const Invitation& row) const;

    std::optional<Invitation> byToken(store::ReadTx& tx, std::string_view token) const;
    std::string fingerprint(std::string_view token) const {
        return secrets_.fingerprint("invitation", token);
    }

    Users& users_;
    audit::AuditLog& audit_;
    events::Events& events_;
    const store::HubSecrets& secrets_;
    const base::Clock& clock_;
    base::Random& random_;
    base::IdSource& ids_;
};

}  // namespace trusthub::people
