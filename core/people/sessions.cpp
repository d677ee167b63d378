#include "people/sessions.h"

#include "base/text.h"
#include "crypto/jwt.h"

#include <boost/json.hpp>

#include <algorithm>
#include <tuple>

namespace trusthub::people {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO sessions (id, token_hmac, user_id, created_at, last_seen_at, expires_at, ip,"
    " user_agent, authenticated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
constexpr std::string_view kById =
    "SELECT id, user_id, created_at, last_seen_at, expires_at, ended_at, authenticated_at"
    " FROM sessions WHERE id = $1";
constexpr std::string_view kByToken =
    "SELECT id, user_id, created_at, last_seen_at, expires_at, ended_at, authenticated_at"
    " FROM sessions WHERE token_hmac = $1";
constexpr std::string_view kList =
    "SELECT id, user_id, created_at, last_seen_at, expires_at, ended_at, authenticated_at, ip,"
    " user_agent FROM sessions WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2"
    " AND last_seen_at > $3 AND id < $4 ORDER BY id DESC LIMIT $5";
constexpr std::string_view kCount =
    "SELECT count(*) FROM sessions WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2"
    " AND last_seen_at > $3";
constexpr std::string_view kEnd =
    "UPDATE sessions SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL";
constexpr std::string_view kTouch = "UPDATE sessions SET last_seen_at = $1 WHERE id = $2";
constexpr std::string_view kStepUp =
    "UPDATE sessions SET authenticated_at = $1 WHERE id = $2 AND user_id = $3"
    " AND ended_at IS NULL";
constexpr std::string_view kExpire =
    "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1"
    " OR ended_at < $2 LIMIT $3)";

constexpr std::chrono::minutes kTouchEvery{1};

Session sessionOf(const store::Rows& rows) {
    return {rows.id<SessionId>(0), rows.id<UserId>(1), rows.time(2),
            rows.time(4),          rows.time(3),       rows.time(6)};
}

bool administers(const User& user) {
    return std::ranges::any_of(user.roles, [](const RoleGrant& grant) {
        return grant.role == Role::SuperAdmin || grant.role == Role::TeamAdmin;
    });
}

}  // namespace

Sessions::Sessions(audit::AuditLog& audit, const store::HubSecrets& secrets, SessionLimits limits,
                   const base::Clock& clock, base::Random& random, base::IdSource& ids)
    : audit_(audit),
      secrets_(secrets),
      limits_(limits),
      clock_(clock),
      random_(random),
      ids_(ids) {}

store::Unit<SignedIn> Sessions::open(const Actor& actor, LocalSignIn& local, LocalProof proof) {
    SignedIn made;
    const TimePoint now = clock_.now();
    made.session = {ids_.next<SessionId>(), proof.user.id, now, now + limits_.absolute, now, now};
    made.cookie = base::toBase64Url(random_.bytes(32));
    std::tie(made.accessToken, made.expiresIn) = accessToken(made.session);
    return [this, actor, &local, proof = std::move(proof),
            made](store::WriteTx& tx) -> Result<SignedIn> {
        if (auto holds = local.stillHolds(tx, proof); !holds) return holds.error();
        const Session& session = made.session;
        tx.execute(kInsert, session.id, secrets_.fingerprint("session", made.cookie),
                   session.userId, session.createdAt, session.lastSeenAt, session.expiresAt,
                   actor.ip, base::clipUtf8(actor.userAgent, 256), session.authenticatedAt);
        Users::noteSignIn(tx, session.userId, session.createdAt);
        audit_.append(tx, actor, {"sign_in", "sessions", session.id.text, "", {}});
        return made;
    };
}

std::pair<std::string, std::chrono::seconds> Sessions::accessToken(const Session& session) const {
    const TimePoint now = clock_.now();
    const auto left = std::chrono::floor<std::chrono::seconds>(session.expiresAt - now);
    const auto lasts = std::min<std::chrono::seconds>(
        {limits_.accessToken, limits_.idle, std::max(left, std::chrono::seconds{1})});
    return {crypto::signToken({session.userId.text, session.id.text, now, now + lasts},
                              secrets_.tokenKey()),
            lasts};
}

store::Unit<void> Sessions::stepUp(const Actor& actor, const SessionId& id, LocalSignIn& local,
                                   LocalProof proof) {
    return [this, actor, id, &local, proof = std::move(proof)](store::WriteTx& tx) -> Result<void> {
        if (auto holds = local.stillHolds(tx, proof); !holds) return holds;
        if (tx.execute(kStepUp, clock_.now(), id, proof.user.id) == 0)
            return fail(ErrorKind::Unauthenticated);
        audit_.append(tx, actor, {"step_up", "sessions", id.text, "", {}});
        return {};
    };
}

store::Unit<void> Sessions::end(const Actor& actor, const SessionId& id) {
    return [this, actor, id](store::WriteTx& tx) -> Result<void> {
        if (tx.execute(kEnd, clock_.now(), id) == 1)
            audit_.append(tx, actor, {"sign_out", "sessions", id.text, "", {}});
        return {};
    };
}

store::Unit<void> Sessions::endOne(const Actor& actor, const SessionId& id,
                                   const std::optional<UserId>& user) {
    return [this, actor, id, user](store::WriteTx& tx) -> Result<void> {
        const auto session = valid(tx.query(kById, id));
        if (!session || (user && session->userId != *user)) return fail(ErrorKind::NotFound);
        tx.execute(kEnd, clock_.now(), id);
        audit_.append(tx, actor,
                      {"revoke", "sessions", id.text, "", {{"user_id", session->userId.text}}});
        return {};
    };
}

store::Unit<void> Sessions::endOthers(const Actor& actor, const UserId& user,
                                      const SessionId& keep) {
    return [this, actor, user, keep](store::WriteTx& tx) -> Result<void> {
        const auto ended = Users::endSessions(tx, user, keep, clock_.now());
        if (ended > 0)
            audit_.append(
                tx, actor,
                {"revoke", "sessions", "", "", {{"user_id", user.text}, {"ended", ended}}});
        return {};
    };
}

std::vector<ListedSession> Sessions::list(store::ReadTx& tx, const UserId& user,
                                          std::string_view after, std::size_t limit) const {
    std::vector<ListedSession> found;
    // Newest first: "g" sorts behind every id, whose first digit is hexadecimal.
    for (store::Rows rows =
             tx.query(kList, user, clock_.now(), idleBefore(), after.empty() ? "g" : after, limit);
         rows.next();)
        found.push_back({sessionOf(rows), rows.text(7), rows.text(8)});
    return found;
}

std::int64_t Sessions::count(store::ReadTx& tx, const UserId& user) const {
    store::Rows rows = tx.query(kCount, user, clock_.now(), idleBefore());
    rows.next();
    return rows.integer(0);
}

std::string Sessions::csrfToken(const SessionId& id) const {
    return secrets_.fingerprint("csrf", id.text);
}

bool Sessions::fresh(const Session& session) const {
    return clock_.now() < session.authenticatedAt + limits_.stepUp;
}

bool Sessions::mustEnrol(store::ReadTx& tx, const User& user) const {
    return limits_.totpForAdmins && administers(user) && !Totp::enabled(tx, user.id);
}

std::size_t Sessions::expire(store::WriteTx& tx, TimePoint before, std::size_t limit) {
    return static_cast<std::size_t>(tx.execute(kExpire, before, before, limit));
}

std::optional<Session> Sessions::valid(store::Rows rows) const {
    if (!rows.next() || !rows.isNull(5)) return std::nullopt;
    Session session = sessionOf(rows);
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
    auto session = valid(tx.query(kByToken, secrets_.fingerprint("session", cookie)));
    if (session) session->byCookie = true;
    return session;
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
