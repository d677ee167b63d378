#include "people/teams.h"

#include "base/letter_case.h"
#include "base/text.h"
#include "people/invitations.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::people {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO teams (id, name, created_at, updated_at) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kSelect =
    "SELECT id, name, created_at, updated_at FROM teams WHERE id = $1";
constexpr std::string_view kPage =
    "SELECT id, name, created_at, updated_at FROM teams WHERE id > $1 ORDER BY id";
constexpr std::string_view kNames = "SELECT id, name FROM teams";
constexpr std::string_view kRename = "UPDATE teams SET name = $1, updated_at = $2 WHERE id = $3";
constexpr std::string_view kHasProjects = "SELECT 1 FROM projects WHERE team_id = $1 LIMIT 1";
constexpr std::string_view kHasEndpoints =
    "SELECT 1 FROM endpoints WHERE team_id = $1 AND deleted_at IS NULL LIMIT 1";
constexpr std::string_view kHasConnections = "SELECT 1 FROM connections WHERE team_id = $1 LIMIT 1";
constexpr std::string_view kHasKeys =
    "SELECT 1 FROM api_keys WHERE team_id = $1 AND revoked_at IS NULL LIMIT 1";
constexpr std::string_view kDelete = "DELETE FROM teams WHERE id = $1";

Team teamOf(const store::Rows& rows) {
    return {rows.id<TeamId>(0), rows.text(1), rows.time(2), rows.time(3)};
}

Error nameTaken() {
    return fail(ErrorKind::Conflict,
                "A team with this name exists already, or with one that looks like it.",
                "name_taken");
}

std::string looksOf(std::string_view name) {
    return base::lowerCase(base::squeezed(name));
}

/// Another team has this name but for case and blanks.
bool isTaken(store::ReadTx& tx, std::string_view name, const TeamId& by) {
    const std::string looks = looksOf(name);
    for (store::Rows rows = tx.query(kNames); rows.next();)
        if (rows.view(0) != by.text && looksOf(rows.view(1)) == looks) return true;
    return false;
}

}  // namespace

json::Object toJson(const Team& team) {
    return {{"id", team.id.text},
            {"name", team.name},
            {"created_at", formatTime(team.createdAt)},
            {"updated_at", formatTime(team.updatedAt)}};
}

void Teams::emit(store::WriteTx& tx, const Actor& actor, std::string_view type, const Team& team) {
    events_.emit(
        tx, actor,
        events_.draft(type, team.id.text, {{"team_id", team.id.text}, {"name", team.name}}));
}

store::Unit<Team> Teams::create(const Actor& actor, std::string name) {
    return [this, actor, name = std::move(name)](store::WriteTx& tx) -> Result<Team> {
        const TimePoint now = clock_.now();
        const Team team{ids_.next<TeamId>(), name, now, now};
        if (isTaken(tx, name, team.id)) return nameTaken();
        tx.execute(kInsert, team.id, team.name, now, now);
        audit_.append(tx, actor, {"create", "teams", team.id.text, team.id.text, {{"name", name}}});
        emit(tx, actor, "team.created", team);
        return team;
    };
}

store::Unit<Team> Teams::rename(const Actor& actor, const TeamId& id, std::string name) {
    return [this, actor, id, name = std::move(name)](store::WriteTx& tx) -> Result<Team> {
        auto team = find(tx, id);
        if (!team) return fail(ErrorKind::NotFound);
        if (isTaken(tx, name, id)) return nameTaken();
        audit_.append(tx, actor,
                      {"update",
                       "teams",
                       id.text,
                       id.text,
                       {{"before", {{"name", team->name}}}, {"after", {{"name", name}}}}});
        team->name = name;
        team->updatedAt = clock_.now();
        tx.execute(kRename, team->name, team->updatedAt, id);
        emit(tx, actor, "team.updated", *team);
        return *team;
    };
}

store::Unit<void> Teams::remove(const Actor& actor, const TeamId& id) {
    return [this, actor, id](store::WriteTx& tx) -> Result<void> {
        const auto team = find(tx, id);
        if (!team) return fail(ErrorKind::NotFound);
        if (tx.query(kHasProjects, id).next() || tx.query(kHasEndpoints, id).next() ||
            tx.query(kHasKeys, id).next() || tx.query(kHasConnections, id).next())
            return fail(
                ErrorKind::Conflict,
                "The team still has projects, endpoints, connections or API keys; remove and revoke"
                " them first.",
                "team_in_use");
        users_.leaveTeam(tx, actor, id);
        Invitations::withdrawOfTeam(tx, audit_, actor, id, clock_.now());
        tx.execute(kDelete, id);
        audit_.append(tx, actor, {"delete", "teams", id.text, id.text, {{"name", team->name}}});
        emit(tx, actor, "team.deleted", *team);
        return {};
    };
}

std::optional<Team> Teams::find(store::ReadTx& tx, const TeamId& id) {
    store::Rows rows = tx.query(kSelect, id);
    if (!rows.next()) return std::nullopt;
    return teamOf(rows);
}

bool Teams::exists(store::ReadTx& tx, std::string_view id) {
    return tx.query(kSelect, id).next();
}

std::vector<Team> Teams::list(store::ReadTx& tx,
                              const std::optional<std::vector<std::string>>& teams,
                              std::string_view after, std::size_t limit) {
    std::vector<Team> found;
    for (store::Rows rows = tx.query(kPage, after); found.size() < limit && rows.next();) {
        if (!teams || std::ranges::find(*teams, rows.view(0)) != teams->end())
            found.push_back(teamOf(rows));
    }
    return found;
}

}  // namespace trusthub::people
