#include "people/users.h"

#include "base/text.h"

#include <boost/json.hpp>

namespace trusthub::people {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO users (id, email, name, password_hash, status, created_at, updated_at)"
    " VALUES ($1, $2, $3, $4, 'active', $5, $6) ON CONFLICT (email) DO NOTHING";
constexpr std::string_view kSelect =
    "SELECT id, email, name, status, created_at, updated_at, kind, steward_id FROM users"
    " WHERE id = $1";
constexpr std::string_view kPage = "SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT $2";
constexpr std::string_view kCount = "SELECT count(*) FROM users";
constexpr std::string_view kIdByEmail = "SELECT id FROM users WHERE email = $1";
constexpr std::string_view kPassword = "SELECT password_hash FROM users WHERE id = $1";
constexpr std::string_view kAny = "SELECT 1 FROM users LIMIT 1";
constexpr std::string_view kUpdate =
    "UPDATE users SET name = $1, status = $2, updated_at = $3 WHERE id = $4";
constexpr std::string_view kRoles =
    "SELECT role, team_id, expires_at FROM user_roles WHERE user_id = $1"
    " AND (expires_at IS NULL OR expires_at > $2) ORDER BY role, team_id";
constexpr std::string_view kDropRoles = "DELETE FROM user_roles WHERE user_id = $1";
constexpr std::string_view kInsertRole =
    "INSERT INTO user_roles (id, user_id, role, team_id, expires_at, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id, role, team_id) DO NOTHING";
constexpr std::string_view kTeamExists = "SELECT 1 FROM teams WHERE id = $1";
constexpr std::string_view kEndSessions =
    "UPDATE sessions SET ended_at = $1 WHERE user_id = $2 AND ended_at IS NULL";
constexpr std::string_view kSuperAdmins =
    "SELECT count(*) FROM user_roles r JOIN users u ON u.id = r.user_id"
    " WHERE r.role = 'super_admin' AND u.status = 'active'"
    " AND r.expires_at IS NULL AND u.password_hash IS NOT NULL";

json::Array rolesJson(const std::vector<RoleGrant>& roles) {
    json::Array items;
    for (const RoleGrant& grant : roles) {
        json::Object item{
            {"role", text(grant.role)},
            {"team_id", grant.teamId.empty() ? json::Value(nullptr) : json::Value(grant.teamId)}};
        if (grant.expiresAt) item["expires_at"] = formatTime(*grant.expiresAt);
        items.push_back(std::move(item));
    }
    return items;
}

}  // namespace

json::Object toJson(const User& user) {
    return {{"id", user.id.text},
            {"email", user.email},
            {"name", user.name},
            {"status", user.status},
            {"roles", rolesJson(user.roles)},
            {"created_at", formatTime(user.createdAt)},
            {"updated_at", formatTime(user.updatedAt)}};
}

std::optional<std::string> normaliseEmail(std::string_view text) {
    const std::size_t at = text.find('@');
    if (text.size() > 254 || at == 0 || at == std::string_view::npos || at + 1 == text.size() ||
        text.find('@', at + 1) != std::string_view::npos)
        return std::nullopt;
    for (const char c : text)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == ',' || c == ';' ||
            c == '<' || c == '>')
            return std::nullopt;
    return base::toLower(text);
}

store::Unit<User> Users::create(const Actor& actor, New wanted) {
    return [this, actor, wanted = std::move(wanted)](store::WriteTx& tx) {
        return createIn(tx, actor, wanted);
    };
}

Result<User> Users::createIn(store::WriteTx& tx, const Actor& actor, const New& wanted) {
    const auto id = ids_.next<UserId>();
    const TimePoint now = clock_.now();
    const std::optional<std::string> hash =
        wanted.passwordHash.empty() ? std::nullopt : std::optional(wanted.passwordHash);
    if (tx.execute(kInsert, id, wanted.email, wanted.name, hash, now, now) == 0)
        return fail(ErrorKind::Conflict, "A user with this e-mail address exists already.",
                    "email_taken");
    if (auto set = setRoles(tx, id, wanted.roles); !set) return set.error();
    User user = *find(tx, id, now);
    audit_.append(tx, actor,
                  {"create",
                   "users",
                   id.text,
                   "",
                   {{"email", user.email}, {"roles", rolesJson(user.roles)}}});
    return user;
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

store::Unit<User> Users::update(const Actor& actor, const UserId& id, Change change) {
    return [this, actor, id, change = std::move(change)](store::WriteTx& tx) -> Result<User> {
        const TimePoint now = clock_.now();
        const auto before = find(tx, id, now);
        if (!before) return fail(ErrorKind::NotFound);
        rights_.changed(tx);
        const std::string status = change.status.value_or(before->status);
        tx.execute(kUpdate, change.name.value_or(before->name), status, now, id);
        if (change.roles) {
            if (auto set = setRoles(tx, id, *change.roles); !set) return set.error();
        }
        if (status == "disabled") tx.execute(kEndSessions, now, id);
        {
            store::Rows rows = tx.query(kSuperAdmins);
            rows.next();
            if (rows.integer(0) == 0)
                return fail(ErrorKind::Conflict,
                            "The organization needs at least one active super_admin who can sign "
                            "in and whose role does not end.",
                            "last_super_admin");
        }
        User after = *find(tx, id, now);
        audit_.append(
            tx, actor,
            {"update",
             "users",
             id.text,
             "",
             {{"before", {{"status", before->status}, {"roles", rolesJson(before->roles)}}},
              {"after", {{"status", after.status}, {"roles", rolesJson(after.roles)}}}}});
        return after;
    };
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

std::vector<User> Users::list(store::ReadTx& tx, std::string_view after, std::size_t limit,
                              TimePoint now) {
    std::vector<UserId> ids;
    for (store::Rows rows = tx.query(kPage, after, limit); rows.next();)
        ids.push_back(rows.id<UserId>(0));
    std::vector<User> users;
    for (const UserId& id : ids) users.push_back(*find(tx, id, now));
    return users;
}

std::int64_t Users::count(store::ReadTx& tx) {
    store::Rows rows = tx.query(kCount);
    rows.next();
    return rows.integer(0);
}

}  // namespace trusthub::people
