#include "people/users.h"

#include "base/text.h"
#include "people/roles_json.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::people {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO users (id, email, name, password_hash, status, created_at, updated_at, kind,"
    " steward_id) VALUES ($1, $2, $3, $4, 'active', $5, $6, $7, $8) ON CONFLICT (email) DO NOTHING";
constexpr std::string_view kSelect =
    "SELECT id, email, name, status, created_at, updated_at, kind, steward_id, last_sign_in_at"
    " FROM users WHERE id = $1";
constexpr std::string_view kPage =
    "SELECT id FROM users WHERE kind = $1 AND id > $2 ORDER BY id LIMIT $3";
constexpr std::string_view kCount = "SELECT count(*) FROM users WHERE kind = $1";
constexpr std::string_view kIdByEmail = "SELECT id FROM users WHERE email = $1";
constexpr std::string_view kPassword = "SELECT password_hash FROM users WHERE id = $1";
constexpr std::string_view kAny = "SELECT 1 FROM users LIMIT 1";
constexpr std::string_view kUpdate =
    "UPDATE users SET name = $1, status = $2, steward_id = $3, updated_at = $4 WHERE id = $5";
constexpr std::string_view kSetPassword =
    "UPDATE users SET password_hash = $1, updated_at = $2 WHERE id = $3";
constexpr std::string_view kSignedIn = "UPDATE users SET last_sign_in_at = $1 WHERE id = $2";
constexpr std::string_view kDelete = "DELETE FROM users WHERE id = $1";
constexpr std::string_view kRoles =
    "SELECT role, team_id, expires_at FROM user_roles WHERE user_id = $1"
    " AND (expires_at IS NULL OR expires_at > $2) ORDER BY role, team_id";
constexpr std::string_view kDropRoles = "DELETE FROM user_roles WHERE user_id = $1";
constexpr std::string_view kMembers =
    "SELECT DISTINCT user_id FROM user_roles WHERE team_id = $1 ORDER BY user_id";
constexpr std::string_view kDropTeam = "DELETE FROM user_roles WHERE team_id = $1";
constexpr std::string_view kInsertRole =
    "INSERT INTO user_roles (id, user_id, role, team_id, expires_at, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id, role, team_id) DO NOTHING";
constexpr std::string_view kTeamExists = "SELECT 1 FROM teams WHERE id = $1";
constexpr std::string_view kHasKeys =
    "SELECT 1 FROM api_keys WHERE issued_by = $1 AND revoked_at IS NULL"
    " AND (expires_at IS NULL OR expires_at > $2) LIMIT 1";
constexpr std::string_view kEndSessions =
    "UPDATE sessions SET ended_at = $1 WHERE user_id = $2 AND id <> $3 AND ended_at IS NULL";
constexpr std::string_view kSuperAdmins =
    "SELECT count(*) FROM user_roles r JOIN users u ON u.id = r.user_id"
    " WHERE r.role = 'super_admin' AND u.status = 'active'"
    " AND r.expires_at IS NULL AND u.password_hash IS NOT NULL";

bool superAdminLeft(store::ReadTx& tx) {
    store::Rows rows = tx.query(kSuperAdmins);
    rows.next();
    return rows.integer(0) > 0;
}

/// What the audit log says of a user before and after a change.
json::Object stateOf(const User& user) {
    json::Object state{{"name", user.name}, {"status", user.status}, {"roles", toJson(user.roles)}};
    if (user.kind == kService) state["steward_id"] = user.stewardId;
    return state;
}

/// Roles of `wanted` that the user does not have yet, or not for so long.
std::vector<RoleGrant> given(const std::vector<RoleGrant>& wanted,
                             const std::vector<RoleGrant>& before) {
    std::vector<RoleGrant> added;
    for (const RoleGrant& grant : wanted) {
        const bool had = std::ranges::any_of(before, [&](const RoleGrant& own) {
            return own.role == grant.role && own.teamId == grant.teamId &&
                   (!own.expiresAt || (grant.expiresAt && *grant.expiresAt <= *own.expiresAt));
        });
        if (!had) added.push_back(grant);
    }
    return added;
}

std::vector<std::string_view> changesBetween(const User& before, const User& after) {
    std::vector<std::string_view> changed;
    if (before.name != after.name) changed.emplace_back("name");
    if (before.status != after.status) changed.emplace_back("status");
    if (before.roles != after.roles) changed.emplace_back("roles");
    if (before.stewardId != after.stewardId) changed.emplace_back("steward_id");
    return changed;
}

}  // namespace

json::Object toJson(const User& user) {
    json::Object shown{{"id", user.id.text}};
    if (user.kind == kService)
        shown["steward_id"] = user.stewardId;
    else
        shown["email"] = user.email;
    shown["name"] = user.name;
    shown["status"] = user.status;
    shown["roles"] = toJson(user.roles);
    shown["created_at"] = formatTime(user.createdAt);
    shown["updated_at"] = formatTime(user.updatedAt);
    return shown;
}

Error outlastsGiver() {
    return fail(ErrorKind::Forbidden,
                "Your own role ends: what you give by it must end then or before (expires_at).");
}

std::optional<std::string> normaliseEmail(std::string_view text) {
    const std::size_t at = text.find('@');
    if (text.size() > 254 || at == 0 || at == std::string_view::npos || at + 1 == text.size() ||
        text.find('@', at + 1) != std::string_view::npos)
        return std::nullopt;
    if (base::oneLine(text) != text || text.find_first_of(" ,;<>") != text.npos)
        return std::nullopt;
    return base::toLower(text);
}

store::Unit<User> Users::create(const Actor& actor, New wanted) {
    return [this, actor, wanted = std::move(wanted)](store::WriteTx& tx) {
        return createIn(tx, actor, wanted);
    };
}

Result<User> Users::createIn(store::WriteTx& tx, const Actor& actor, const New& wanted) {
    const auto id = wanted.id ? *wanted.id : ids_.next<UserId>();
    const TimePoint now = clock_.now();
    const bool service = wanted.kind == kService;
    if (service) {
        if (auto fits = checkSteward(tx, wanted.stewardId); !fits) return fits.error();
    }
    if (wanted.giver && outlasts(wanted.roles, *wanted.giver)) return outlastsGiver();
    // The column wants something unique; without an @ nobody can sign in or be invited as it.
    const std::string email = service ? "service:" + id.text : wanted.email;
    const std::optional<std::string> hash =
        wanted.passwordHash.empty() ? std::nullopt : std::optional(wanted.passwordHash);
    if (tx.execute(kInsert, id, email, wanted.name, hash, now, now, wanted.kind,
                   wanted.stewardId) == 0)
        return fail(ErrorKind::Conflict, "A user with this e-mail address exists already.",
                    "email_taken");
    if (auto set = setRoles(tx, id, wanted.roles); !set) return set.error();
    User user = *find(tx, id, now);
    json::Object details = stateOf(user);
    if (service)
        details["kind"] = user.kind;
    else
        details["email"] = user.email;
    audit_.append(tx, actor, {"create", "users", id.text, "", std::move(details)});
    emit(tx, actor, "user.created", user);
    return user;
}

Result<void> Users::checkSteward(store::ReadTx& tx, const std::string& id) const {
    const auto steward = find(tx, UserId(id), clock_.now());
    if (!steward || steward->kind != kPerson || steward->status != "active")
        return invalid("/steward_id", "must be an active person of this hub");
    return {};
}

void Users::emit(store::WriteTx& tx, const Actor& actor, std::string_view type, const User& user,
                 const std::vector<std::string_view>& changed) {
    json::Object data{{"user_id", user.id.text},
                      {"kind", user.kind},
                      {"name", user.name},
                      {"status", user.status},
                      {"roles", toJson(user.roles)}};
    if (user.kind == kPerson) data["email"] = user.email;
    if (!changed.empty()) data["changed"] = json::Array(changed.begin(), changed.end());
    events_.emit(tx, actor, events_.draft(type, "", data));
}

void Users::emitUpdated(store::WriteTx& tx, const Actor& actor, const User& user,
                        const std::vector<std::string_view>& changed) {
    emit(tx, actor, "user.updated", user, changed);
}

Result<void> Users::setRoles(store::WriteTx& tx, const UserId& id,
                             const std::vector<RoleGrant>& roles) {
    tx.execute(kDropRoles, id);
    const TimePoint now = clock_.now();
    for (std::size_t i = 0; i < roles.size(); ++i) {
        const RoleGrant& grant = roles[i];
        if (!grant.teamId.empty() && !tx.query(kTeamExists, grant.teamId).next())
            return invalid("/roles/" + std::to_string(i) + "/team_id", "there is no such team");
        tx.execute(kInsertRole, ids_.next(), id, text(grant.role), grant.teamId, grant.expiresAt,
                   now);
    }
    return {};
}

store::Unit<User> Users::update(const Actor& actor, const UserId& id, std::string_view kind,
                                Change change) {
    return [this, actor, id, kind = std::string(kind),
            change = std::move(change)](store::WriteTx& tx) -> Result<User> {
        const TimePoint now = clock_.now();
        const auto before = find(tx, id, now);
        if (!before || before->kind != kind) return fail(ErrorKind::NotFound);
        if (change.stewardId) {
            if (auto fits = checkSteward(tx, *change.stewardId); !fits) return fits.error();
        }
        if (change.roles && change.giver &&
            outlasts(given(*change.roles, before->roles), *change.giver))
            return outlastsGiver();
        rights_.changed(tx);
        const std::string status = change.status.value_or(before->status);
        tx.execute(kUpdate, change.name.value_or(before->name), status,
                   change.stewardId.value_or(before->stewardId), now, id);
        if (change.roles) {
            if (auto set = setRoles(tx, id, *change.roles); !set) return set.error();
        }
        if (status == "disabled") endSessions(tx, id, {}, now);
        if (!superAdminLeft(tx))
            return fail(ErrorKind::Conflict,
                        "The organization needs at least one active super_admin who can sign "
                        "in and whose role does not end.",
                        "last_super_admin");
        User after = *find(tx, id, now);
        audit_.append(tx, actor,
                      {"update",
                       "users",
                       id.text,
                       "",
                       {{"before", stateOf(*before)}, {"after", stateOf(after)}}});
        const bool disabled = before->status != "disabled" && after.status == "disabled";
        emit(tx, actor, disabled ? "user.disabled" : "user.updated", after,
             changesBetween(*before, after));
        return after;
    };
}

store::Unit<void> Users::removeService(const Actor& actor, const UserId& id) {
    return [this, actor, id](store::WriteTx& tx) -> Result<void> {
        const TimePoint now = clock_.now();
        auto user = find(tx, id, now);
        if (!user || user->kind != kService) return fail(ErrorKind::NotFound);
        if (tx.query(kHasKeys, id, now).next())
            return fail(ErrorKind::Conflict,
                        "The service account has keys in force; revoke them first, or set its"
                        " status to disabled, which stops them at once.",
                        "service_account_in_use");
        tx.execute(kDelete, id);
        rights_.changed(tx);
        audit_.append(
            tx, actor,
            {"delete", "users", id.text, "", {{"kind", user->kind}, {"name", user->name}}});
        user->status = "disabled";
        emit(tx, actor, "user.disabled", *user);
        return {};
    };
}

std::int64_t Users::endSessions(store::WriteTx& tx, const UserId& id, const SessionId& keep,
                                TimePoint now) {
    return tx.execute(kEndSessions, now, id, keep);
}

void Users::leaveTeam(store::WriteTx& tx, const Actor& actor, const TeamId& team) {
    const TimePoint now = clock_.now();
    std::vector<UserId> ids;
    for (store::Rows rows = tx.query(kMembers, team); rows.next();)
        ids.push_back(rows.id<UserId>(0));
    std::vector<User> members;
    for (const UserId& id : ids)
        if (auto member = find(tx, id, now)) members.push_back(*std::move(member));
    tx.execute(kDropTeam, team);
    rights_.changed(tx);
    for (const User& before : members) {
        const User after = *find(tx, before.id, now);
        if (before.roles == after.roles) continue;  // what went had ended
        audit_.append(tx, actor,
                      {"update",
                       "users",
                       after.id.text,
                       "",
                       {{"before", stateOf(before)}, {"after", stateOf(after)}}});
        emitUpdated(tx, actor, after, changesBetween(before, after));
    }
}

void Users::setPassword(store::WriteTx& tx, const UserId& id, const std::string& hash,
                        TimePoint now) {
    tx.execute(kSetPassword, hash, now, id);
}

User Users::letIn(store::WriteTx& tx, const Actor& actor, const UserId& id, const std::string& name,
                  const std::string& hash) {
    const TimePoint now = clock_.now();
    const User before = *find(tx, id, now);
    tx.execute(kUpdate, name, before.status, before.stewardId, now, id);
    setPassword(tx, id, hash, now);
    rights_.changed(tx);
    User after = *find(tx, id, now);
    auto changed = changesBetween(before, after);
    changed.emplace_back("password");
    audit_.append(tx, actor,
                  {"update",
                   "users",
                   id.text,
                   "",
                   {{"before", stateOf(before)},
                    {"after", stateOf(after)},
                    {"changed", json::Array(changed.begin(), changed.end())}}});
    emitUpdated(tx, actor, after, changed);
    return after;
}

void Users::noteSignIn(store::WriteTx& tx, const UserId& id, TimePoint now) {
    tx.execute(kSignedIn, now, id);
}

std::optional<User> Users::find(store::ReadTx& tx, const UserId& id, TimePoint now) {
    User user;
    {
        store::Rows rows = tx.query(kSelect, id);
        if (!rows.next()) return std::nullopt;
        user.id = rows.id<UserId>(0);
        user.email = rows.text(1);
        user.name = rows.text(2);
        user.status = rows.text(3);
        user.createdAt = rows.time(4);
        user.updatedAt = rows.time(5);
        user.kind = rows.text(6);
        user.stewardId = rows.text(7);
        user.lastSignInAt = rows.optionalTime(8);
    }
    for (store::Rows rows = tx.query(kRoles, id, now); rows.next();) {
        if (const auto role = parseRole(rows.view(0)))
            user.roles.push_back({*role, rows.text(1), rows.optionalTime(2)});
    }
    return user;
}

std::optional<UserId> Users::idByEmail(store::ReadTx& tx, std::string_view email) {
    store::Rows rows = tx.query(kIdByEmail, email);
    if (!rows.next()) return std::nullopt;
    return rows.id<UserId>(0);
}

std::string Users::passwordHash(store::ReadTx& tx, const UserId& id) {
    store::Rows rows = tx.query(kPassword, id);
    return rows.next() ? rows.text(0) : std::string{};
}

bool Users::any(store::ReadTx& tx) {
    return tx.query(kAny).next();
}

std::vector<User> Users::list(store::ReadTx& tx, std::string_view kind, std::string_view after,
                              std::size_t limit, TimePoint now) {
    std::vector<UserId> ids;
    for (store::Rows rows = tx.query(kPage, kind, after, limit); rows.next();)
        ids.push_back(rows.id<UserId>(0));
    std::vector<User> users;
    for (const UserId& id : ids) users.push_back(*find(tx, id, now));
    return users;
}

std::int64_t Users::count(store::ReadTx& tx, std::string_view kind) {
    store::Rows rows = tx.query(kCount, kind);
    rows.next();
    return rows.integer(0);
}

}  // namespace trusthub::people
