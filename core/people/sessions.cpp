#include "people/sessions.h"

#include "base/text.h"
#include "crypto/jwt.h"

#include <boost/json.hpp>

namespace trusthub::people {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO sessions (id, token_hmac, user_id, created_at, last_seen_at, expires_at, ip,"
    " user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr std::string_view kById =
    "SELECT id, user_id, created_at, last_seen_at, expires_at, ended_at FROM sessions WHERE id = "
    "$1";
constexpr std::string_view kByToken =
    "SELECT id, user_id, created_at, last_seen_at, expires_at, ended_at FROM sessions"
    " WHERE token_hmac = $1";
constexpr std::string_view kEnd =
    "UPDATE sessions SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL";
constexpr std::string_view kTouch = "UPDATE sessions SET last_seen_at = $1 WHERE id = $2";

constexpr std::chrono::minutes kTouchEvery{1};

}  // namespace

Sessions::Sessions(audit::AuditLog& audit, const store::HubSecrets& secrets, SessionLimits limits,
                   const base::Clock& clock, base::Random& random, base::IdSource& ids)
    : audit_(audit),
      secrets_(secrets),
      limits_(limits),
      clock_(clock),
      random_(random),
      ids_(ids) {}

store::Unit<SignedIn> Sessions::open(const Actor& actor, const User& user) {
    SignedIn made;
    const TimePoint now = clock_.now();
    made.session = {ids_.next<SessionId>(), user.id, now, now + limits_.absolute, now};
    made.cookie = base::toBase64Url(random_.bytes(32));
    made.expiresIn = std::min<std::chrono::seconds>(limits_.accessToken, limits_.idle);
    made.accessToken = crypto::signToken(
        {user.id.text, made.session.id.text, now, now + made.expiresIn}, secrets_.tokenKey());
    return [this, actor, user, made](store::WriteTx& tx) -> Result<SignedIn> {
        const auto current = Users::find(tx, user.id, clock_.now());
        if (!current || current->status != "active") return fail(ErrorKind::Unauthenticated);
        tx.execute(kInsert, made.session.id, secrets_.fingerprint("session", made.cookie), user.id,
                   made.session.createdAt, made.session.createdAt, made.session.expiresAt, actor.ip,
                   base::clipUtf8(actor.userAgent, 256));
        audit_.append(tx, actor, {"sign_in", "sessions", made.session.id.text, "", {}});
        return made;
    };
}

store::Unit<void> Sessions::end(const Actor& actor, const SessionId& id) {
    return [this, actor, id](store::WriteTx& tx) -> Result<void> {
        if (tx.execute(kEnd, clock_.now(), id) == 1)
            audit_.append(tx, actor, {"sign_out", "sessions", id.text, "", {}});
        return {};
    };
}

store::Unit<void> Sessions::recordFailure(const Actor& actor) {
    return [this, actor](store::WriteTx& tx) -> Result<void> {
        audit_.append(tx, actor, {"sign_in_failed", "sessions", "", "", {}});
        return {};
    };
}

std::optional<Session> Sessions::valid(store::Rows rows) const {
    if (!rows.next() || !rows.isNull(5)) return std::nullopt;
    Session session{rows.id<SessionId>(0), rows.id<UserId>(1), rows.time(2), rows.time(4),
                    rows.time(3)};
    const TimePoint now = clock_.now();
    if (now >= session.expiresAt || now >= session.lastSeenAt + limits_.idle) return std::nullopt;
    return session;
}

std::optional<Session> Sessions::byToken(store::ReadTx& tx, std::string_view accessToken) const {
    const auto claims =
        crypto::verifyToken(accessToken, secrets_.tokenKey().publicKey, clock_.now());
    if (!claims) return std::nullopt;
    auto session = valid(tx.query(kById, claims->sessionId));
    if (!session || session->userId.text != claims->subject) return std::nullopt;
    return session;
}

std::optional<Session> Sessions::byCookie(store::ReadTx& tx, std::string_view cookie) const {
    return valid(tx.query(kByToken, secrets_.fingerprint("session", cookie)));
}

TimePoint Sessions::idleEnd(const Session& session) const {
    return std::min(session.expiresAt, session.lastSeenAt + limits_.idle);
}

bool Sessions::needsTouch(const Session& session) const {
    return clock_.now() >= session.lastSeenAt + kTouchEvery;
}

store::Unit<void> Sessions::touch(const SessionId& id) const {
    return [this, id](store::WriteTx& tx) -> Result<void> {
        tx.execute(kTouch, clock_.now(), id);
        return {};
    };
}

}  // namespace trusthub::people
