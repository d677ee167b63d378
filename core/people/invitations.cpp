#include "people/invitations.h"

#include "base/text.h"
#include "json/or_null.h"
#include "people/roles_json.h"
#include "people/teams.h"
#include "store/filter.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::people {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO invitations (id, token_hmac, user_id, email, name, roles, team_id, invited_by,"
    " created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
constexpr std::string_view kSelect =
    "SELECT id, user_id, email, name, roles, team_id, invited_by, created_at, expires_at,"
    " accepted_at, withdrawn_at FROM invitations WHERE id = $1";
constexpr std::string_view kByToken =
    "SELECT id, user_id, email, name, roles, team_id, invited_by, created_at, expires_at,"
    " accepted_at, withdrawn_at FROM invitations WHERE token_hmac = $1";
constexpr std::string_view kPage =
    "SELECT id, user_id, email, name, roles, team_id, invited_by, created_at, expires_at,"
    " accepted_at, withdrawn_at FROM invitations";
constexpr std::string_view kWithdrawExpired =
    "UPDATE invitations SET withdrawn_at = $1 WHERE email = $2 AND accepted_at IS NULL"
    " AND withdrawn_at IS NULL AND expires_at <= $3";
constexpr std::string_view kPending =
    "SELECT 1 FROM invitations WHERE email = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL";
constexpr std::string_view kRenew =
    "UPDATE invitations SET token_hmac = $1, expires_at = $2, invited_by = $3 WHERE id = $4";
constexpr std::string_view kOpenOfTeam =
    "SELECT id, email FROM invitations WHERE team_id = $1 AND accepted_at IS NULL"
    " AND withdrawn_at IS NULL ORDER BY id";
constexpr std::string_view kWithdraw = "UPDATE invitations SET withdrawn_at = $1 WHERE id = $2";
constexpr std::string_view kAccept =
    "UPDATE invitations SET accepted_at = $1 WHERE id = $2 AND accepted_at IS NULL";
constexpr std::string_view kExpire =
    "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE expires_at < $1"
    " LIMIT $2)";

constexpr std::string_view kInsertTeam =
    "INSERT INTO invitation_teams (invitation_id, team_id) VALUES ($1, $2)"
    " ON CONFLICT (team_id, invitation_id) DO NOTHING";

Invitation invitationOf(const store::Rows& rows) {
    Invitation found;
    found.id = rows.text(0);
    found.userId = rows.id<UserId>(1);
    found.email = rows.text(2);
    found.name = rows.text(3);
    found.roles = rolesFromText(rows.view(4));
    found.teamId = rows.text(5);
    found.invitedBy = rows.id<UserId>(6);
    found.createdAt = rows.time(7);
    found.expiresAt = rows.time(8);
    found.acceptedAt = rows.optionalTime(9);
    found.withdrawnAt = rows.optionalTime(10);
    return found;
}

/// Those that name one of the teams, and nothing outside of them.
void addTeams(store::Filter& filter, const std::optional<std::vector<std::string>>& teams) {
    if (!teams) return;
    filter.addIn("id IN (SELECT invitation_id FROM invitation_teams WHERE team_id", *teams, ")");
    filter.addIn(
        "NOT EXISTS (SELECT 1 FROM invitation_teams t WHERE t.invitation_id = invitations.id"
        " AND t.team_id NOT",
        *teams, ")");
}

}  // namespace

std::string_view Invitation::status(TimePoint now) const {
    if (acceptedAt) return "accepted";
    if (withdrawnAt) return "withdrawn";
    return expiresAt <= now ? "expired" : "pending";
}

json::Object toJson(const Invitation& invitation, TimePoint now) {
    return {{"id", invitation.id},
            {"email", invitation.email},
            {"name", invitation.name},
            {"roles", toJson(invitation.roles)},
            {"team_id", json::textOrNull(invitation.teamId)},
            {"status", invitation.status(now)},
            {"invited_by", invitation.invitedBy.text},
            {"user_id", invitation.userId.text},
            {"created_at", formatTime(invitation.createdAt)},
            {"expires_at", formatTime(invitation.expiresAt)},
            {"accepted_at", json::timeOrNull(invitation.acceptedAt)}};
}

bool Invitation::liesWithin(const std::optional<std::vector<std::string>>& teams) const {
    if (!teams) return true;
    return !roles.empty() && std::ranges::all_of(roles, [&](const RoleGrant& grant) {
        return !grant.teamId.empty() && std::ranges::find(*teams, grant.teamId) != teams->end();
    });
}

Result<User> Invitations::managerOf(store::ReadTx& tx, const UserId& by,
                                    const std::vector<RoleGrant>& roles) const {
    auto user = Users::find(tx, by, clock_.now());
    if (user && user->status == "active" && mayGrant(user->roles, roles)) return *std::move(user);
    return fail(ErrorKind::Forbidden,
                "A super_admin invites with any role, a team_admin with roles of their own teams.");
}

Result<void> Invitations::checkGiver(store::ReadTx& tx, const UserId& by,
                                     const std::vector<RoleGrant>& roles) const {
    const auto giver = managerOf(tx, by, roles);
    if (!giver) return giver.error();
    if (outlasts(roles, giver->roles)) return outlastsGiver();
    return {};
}

store::Unit<Invitations::Sent> Invitations::create(const Actor& actor, const UserId& by,
                                                   New wanted) {
    Sent made;
    made.token = SecretString(base::toBase64Url(random_.bytes(32)));
    const TimePoint now = clock_.now();
    made.invitation = {ids_.next(),
                       ids_.next<UserId>(),
                       wanted.email,
                       wanted.name,
                       wanted.roles,
                       onlyTeamOf(wanted.roles),
                       by,
                       now,
                       now + kValid,
                       {},
                       {}};
    auto event = drafted(actor, made.invitation);
    return [this, actor, made = std::move(made),
            event = std::move(event)](store::WriteTx& tx) -> Result<Sent> {
        Sent sent = made;
        Invitation& row = sent.invitation;
        if (auto may = checkGiver(tx, row.invitedBy, row.roles); !may) return may.error();
        for (std::size_t i = 0; i < row.roles.size(); ++i)
            if (!row.roles[i].teamId.empty() && !Teams::exists(tx, row.roles[i].teamId))
                return invalid("/roles/" + std::to_string(i) + "/team_id", "there is no such team");
        const auto known = Users::idByEmail(tx, row.email);
        if (known) {
            if (auto may = inviteKnown(tx, actor, *known, row); !may) return may.error();
        }
        tx.execute(kWithdrawExpired, row.createdAt, row.email, row.createdAt);
        if (tx.query(kPending, row.email).next())
            return fail(ErrorKind::Conflict,
                        "This address is invited already; resend or withdraw that invitation.",
                        "invitation_pending");
        const std::string roles = boost::json::serialize(toJson(row.roles));
        tx.execute(kInsert, row.id, fingerprint(sent.token.reveal()), row.userId, row.email,
                   row.name, roles, row.teamId, row.invitedBy, row.createdAt, row.expiresAt);
        for (const RoleGrant& grant : row.roles) tx.execute(kInsertTeam, row.id, grant.teamId);
        audit_.append(
            tx, actor,
            {"create",
             "invitations",
             row.id,
             row.teamId,
             {{"email", row.email}, {"user_id", row.userId.text}, {"roles", toJson(row.roles)}}});
        events_.emit(tx, actor, known ? drafted(actor, row) : event);
        return sent;
    };
}

events::Draft Invitations::drafted(const Actor& actor, const Invitation& row) const {
    return events_.draft("user.invited", row.teamId,
                         {{"user_id", row.userId.text},
                          {"email", row.email},
                          {"name", row.name},
                          {"invited_by", actor.label},
                          {"roles", toJson(row.roles)}});
}

Result<Invitation> Invitations::openOne(store::ReadTx& tx, const UserId& by,
                                        const std::string& id) const {
    auto row = find(tx, id);
    if (!row) return fail(ErrorKind::NotFound);
    if (auto may = managerOf(tx, by, row->roles); !may) return may.error();
    if (row->acceptedAt || row->withdrawnAt)
        return fail(ErrorKind::Conflict, "The invitation was accepted or withdrawn.",
                    "invitation_closed");
    return *std::move(row);
}

store::Unit<Invitations::Sent> Invitations::resend(const Actor& actor, const UserId& by,
                                                   const std::string& id) {
    SecretString token(base::toBase64Url(random_.bytes(32)));
    return [this, actor, by, id, token](store::WriteTx& tx) -> Result<Sent> {
        auto row = openOne(tx, by, id);
        if (!row) return row.error();
        if (auto may = checkGiver(tx, by, row->roles); !may) return may.error();
        if (auto may = resendToKnown(tx, actor, by, *row); !may) return may.error();
        row->invitedBy = by;
        row->expiresAt = clock_.now() + kValid;
        tx.execute(kRenew, fingerprint(token.reveal()), row->expiresAt, by, id);
        // One from before teams were noted beside it has none yet.
        for (const RoleGrant& grant : row->roles) tx.execute(kInsertTeam, id, grant.teamId);
        audit_.append(tx, actor,
                      {"update",
                       "invitations",
                       id,
                       row->teamId,
                       {{"email", row->email}, {"expires_at", formatTime(row->expiresAt)}}});
        return Sent{*std::move(row), token};
    };
}

store::Unit<void> Invitations::withdraw(const Actor& actor, const UserId& by,
                                        const std::string& id) {
    return [this, actor, by, id](store::WriteTx& tx) -> Result<void> {
        const auto row = openOne(tx, by, id);
        if (!row) return row.error();
        tx.execute(kWithdraw, clock_.now(), id);
        audit_.append(tx, actor,
                      {"revoke", "invitations", id, row->teamId, {{"email", row->email}}});
        return {};
    };
}

Error Invitations::invalidLink() {
    return fail(ErrorKind::Gone,
                "The invitation was used, has expired, was withdrawn or is not of this hub; ask"
                " for a new one.",
                "invitation_invalid");
}

std::optional<Invitation> Invitations::byToken(store::ReadTx& tx, std::string_view token) const {
    const std::string hmac = fingerprint(token);  // the statement views it
    store::Rows rows = tx.query(kByToken, hmac);
    if (!rows.next()) return std::nullopt;
    auto row = invitationOf(rows);
    if (row.status(clock_.now()) != "pending") return std::nullopt;
    return row;
}

std::optional<Invitation> Invitations::acceptable(store::ReadTx& tx, std::string_view token) const {
    auto row = byToken(tx, token);
    if (row && !stands(tx, *row)) return std::nullopt;
    return row;
}

store::Unit<User> Invitations::accept(const Actor& actor, const std::string& token,
                                      std::string name, std::string passwordHash) {
    return [this, actor, token = SecretString(token), name = std::move(name),
            passwordHash = std::move(passwordHash)](store::WriteTx& tx) -> Result<User> {
        const TimePoint now = clock_.now();
        const auto row = byToken(tx, token.reveal());
        if (!row || !stands(tx, *row)) return invalidLink();
        tx.execute(kAccept, now, row->id);
        Users::New wanted;
        wanted.id = row->userId;
        wanted.email = row->email;
        wanted.name = name;
        wanted.passwordHash = passwordHash;
        for (const RoleGrant& grant : row->roles)
            if ((!grant.expiresAt || *grant.expiresAt > now) &&
                (grant.teamId.empty() || Teams::exists(tx, grant.teamId)))
                wanted.roles.push_back(grant);
        Actor self = actor;
        self.kind = ActorKind::User;
        self.id = row->userId.text;
        self.label = row->email;
        const bool known = Users::find(tx, row->userId, now).has_value();
        auto user = known ? users_.letIn(tx, self, row->userId, name, passwordHash)
                          : users_.createIn(tx, self, wanted);
        if (!user) return user;
        audit_.append(tx, self, {"accept", "invitations", row->id, row->teamId, {}});
        return user;
    };
}

std::optional<Invitation> Invitations::find(store::ReadTx& tx, std::string_view id) {
    store::Rows rows = tx.query(kSelect, id);
    if (!rows.next()) return std::nullopt;
    return invitationOf(rows);
}

std::vector<Invitation> Invitations::list(store::ReadTx& tx,
                                          const std::optional<std::vector<std::string>>& teams,
                                          std::string_view after, std::size_t limit) {
    store::Filter filter;
    addTeams(filter, teams);
    if (!after.empty()) filter.add("id < ", after);
    const std::string last = filter.bind(limit);
    const std::string sql = std::string(kPage) + filter.where() + " ORDER BY id DESC LIMIT " + last;
    std::vector<Invitation> found;
    for (store::Rows rows = tx.queryWith(sql, filter.params()); rows.next();)
        found.push_back(invitationOf(rows));
    return found;
}

std::int64_t Invitations::count(store::ReadTx& tx,
                                const std::optional<std::vector<std::string>>& teams,
                                std::int64_t cap) {
    store::Filter filter;
    addTeams(filter, teams);
    const std::string where = filter.where();
    const std::string last = filter.bind(cap);
    const std::string sql = "SELECT COUNT(*) FROM (SELECT 1 FROM invitations" + where + " LIMIT " +
                            last + ") AS counted";
    store::Rows rows = tx.queryWith(sql, filter.params());
    return rows.next() ? rows.integer(0) : 0;
}

void Invitations::withdrawOfTeam(store::WriteTx& tx, audit::AuditLog& audit, const Actor& actor,
                                 const TeamId& team, TimePoint now) {
    std::vector<std::pair<std::string, std::string>> open;
    for (store::Rows rows = tx.query(kOpenOfTeam, team); rows.next();)
        open.emplace_back(rows.text(0), rows.text(1));
    for (const auto& [id, email] : open) {
        tx.execute(kWithdraw, now, id);
        audit.append(tx, actor, {"revoke", "invitations", id, team.text, {{"email", email}}});
    }
}

std::size_t Invitations::expire(store::WriteTx& tx, TimePoint before, std::size_t limit) {
    return static_cast<std::size_t>(tx.execute(kExpire, before, limit));
}

}  // namespace trusthub::people
