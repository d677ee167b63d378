// Sessions: a person signed in. The row is read on every request, so that ending it works at once.
#pragma once

#include "audit/audit_log.h"
#include "base/clock.h"
#include "base/ids.h"
#include "people/local_sign_in.h"
#include "people/users.h"
#include "store/hub_secrets.h"
#include "store/store.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trusthub::people {

struct SessionLimits {
    std::chrono::minutes idle{60};
    std::chrono::hours absolute{12};
    std::chrono::minutes accessToken{15};
    std::chrono::minutes stepUp{15};  ///< how long a proof of who one is serves for more than usual
    bool totpForAdmins = false;       ///< admins without one-time codes may only turn them on
};

struct Session {
    SessionId id;
    UserId userId;
    TimePoint createdAt, expiresAt, lastSeenAt;
    TimePoint authenticatedAt;  ///< when the person last showed who they are
    bool byCookie = false;      ///< came with this request as a cookie, not as an access token
};

/// A session as its owner sees it among others.
struct ListedSession {
    Session session;
    std::string ip, userAgent;  ///< of the sign-in
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

    /// Always a new id, whatever the browser sent. Unauthenticated when the proof no longer holds.
    store::Unit<SignedIn> open(const Actor& actor, LocalSignIn& local, LocalProof proof);
    /// A fresh access token of a session; answers how long it is good for.
    std::pair<std::string, std::chrono::seconds> accessToken(const Session& session) const;
    /// The person has shown again who they are. Unauthenticated when the proof no longer holds.
    store::Unit<void> stepUp(const Actor& actor, const SessionId& id, LocalSignIn& local,
                             LocalProof proof);
    store::Unit<void> end(const Actor& actor, const SessionId& id);
    /// Of `user`, or of anybody when null. NotFound when it is not theirs or has ended.
    store::Unit<void> endOne(const Actor& actor, const SessionId& id,
                             const std::optional<UserId>& user);
    /// All of the user's but `keep`.
    store::Unit<void> endOthers(const Actor& actor, const UserId& user, const SessionId& keep);

    /// Those that still work, newest first.
    std::vector<ListedSession> list(store::ReadTx& tx, const UserId& user, std::string_view after,
                                    std::size_t limit) const;
    std::int64_t count(store::ReadTx& tx, const UserId& user) const;

    /// What a page sends back in X-CSRF-Token beside the cookie.
    std::string csrfToken(const SessionId& id) const;
    /// Shown recently enough who they are to be given credentials that outlast the session.
    bool fresh(const Session& session) const;
    /// An admin who must turn one-time codes on before anything else.
    bool mustEnrol(store::ReadTx& tx, const User& user) const;
    /// Removes up to `limit` that ended or ran out before `before`; answers how many.
    static std::size_t expire(store::WriteTx& tx, TimePoint before, std::size_t limit);

    std::optional<Session> byToken(store::ReadTx& tx, std::string_view accessToken) const;
    std::optional<Session> byCookie(store::ReadTx& tx, std::string_view cookie) const;
    /// Moves the idle limit; telemetry, at most once a minute for a session.
    store::Unit<void> touch(const SessionId& id) const;
    bool needsTouch(const Session& session) const;
    /// When the session ends if nothing more comes with it.
    TimePoint idleEnd(const Session& session) const;

private:
    std::optional<Session> valid(store::Rows rows) const;
    TimePoint idleBefore() const { return clock_.now() - limits_.idle; }

    audit::AuditLog& audit_;
    const store::HubSecrets& secrets_;
    const SessionLimits limits_;
    const base::Clock& clock_;
    base::Random& random_;
    base::IdSource& ids_;
};

}  // namespace trusthub::people
