// Sessions: a person signed in. The row is read on every request, so that ending it works at once.
#pragma once

#include "audit/audit_log.h"
#include "base/clock.h"
#include "base/ids.h"
#include "people/users.h"
#include "store/hub_secrets.h"
#include "store/store.h"

#include <optional>
#include <string>

namespace trusthub::people {

struct SessionLimits {
    std::chrono::minutes idle{60};
    std::chrono::hours absolute{12};
    std::chrono::minutes accessToken{15};
};

struct Session {
    SessionId id;
    UserId userId;
    TimePoint createdAt, expiresAt, lastSeenAt;
};

struct SignedIn {
    Session session;
    std::string accessToken;  ///< JWT, short-lived, void once the session ends
    std::string cookie;       ///< opaque, as long as the session
    std::chrono::seconds expiresIn;
};

class Sessions {
public:
    Sessions(audit::AuditLog& audit, const store::HubSecrets& secrets, SessionLimits limits,
             const base::Clock& clock, base::Random& random, base::IdSource& ids);

    /// Always a new id, whatever the browser sent. Unauthenticated when the user was disabled
    /// meanwhile.
    store::Unit<SignedIn> open(const Actor& actor, const User& user);
    store::Unit<void> end(const Actor& actor, const SessionId& id);
    /// One audit row; no word about whether the address exists.
    store::Unit<void> recordFailure(const Actor& actor);

    std::optional<Session> byToken(store::ReadTx& tx, std::string_view accessToken) const;
    std::optional<Session> byCookie(store::ReadTx& tx, std::string_view cookie) const;
    /// Moves the idle limit; telemetry, at most once a minute for a session.
    store::Unit<void> touch(const SessionId& id) const;
    bool needsTouch(const Session& session) const;
    /// When the session ends if nothing more comes with it.
    TimePoint idleEnd(const Session& session) const;

private:
    std::optional<Session> valid(store::Rows rows) const;

    audit::AuditLog& audit_;
    const store::HubSecrets& secrets_;
    const SessionLimits limits_;
    const base::Clock& clock_;
    base::Random& random_;
    base::IdSource& ids_;
};

}  // namespace trusthub::people
