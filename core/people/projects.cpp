#include "people/projects.h"

#include "people/teams.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::people {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO projects (id, team_id, name, provider, repository_url, repository_key, created_at,"
    " updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (team_id, name) DO NOTHING";
constexpr std::string_view kSelect =
    "SELECT id, team_id, name, provider, repository_url, created_at, updated_at FROM projects"
    " WHERE id = $1";
constexpr std::string_view kPage =
    "SELECT id, team_id, name, provider, repository_url, created_at, updated_at FROM projects"
    " WHERE id > $1 ORDER BY id";
constexpr std::string_view kByName = "SELECT id FROM projects WHERE team_id = $1 AND name = $2";
constexpr std::string_view kUpdate =
    "UPDATE projects SET name = $1, repository_url = $2, repository_key = $3, updated_at = $4"
    " WHERE id = $5";
constexpr std::string_view kDelete = "DELETE FROM projects WHERE id = $1";
constexpr std::string_view kReports =
    "SELECT report_blob FROM scans WHERE project_id = $1 AND report_blob IS NOT NULL";
constexpr std::string_view kBodies =
    "SELECT body_blob FROM webhook_deliveries WHERE project_id = $1 AND body_blob IS NOT NULL";

Error nameTaken() {
    return fail(ErrorKind::Conflict, "The team has a project with this name already.",
                "name_taken");
}

}  // namespace

json::Object toJson(const Project& project) {
    return {{"id", project.id.text},
            {"name", project.name},
            {"team_id", project.teamId.text},
            {"repository", {{"provider", project.provider}, {"url", project.repositoryUrl}}},
            {"created_at", formatTime(project.createdAt)},
            {"updated_at", formatTime(project.updatedAt)}};
}

Project Projects::fromRow(const store::Rows& rows) {
    return {rows.id<ProjectId>(0), rows.id<TeamId>(1), rows.text(2), rows.text(3),
            rows.text(4),          rows.time(5),       rows.time(6)};
}

Projects::Projects(store::Sealer& sealer, store::BlobStore& blobs, audit::AuditLog& audit,
                   events::Events& events, const base::Clock& clock, base::IdSource& ids)
    : sealer_(sealer), blobs_(blobs), audit_(audit), events_(events), clock_(clock), ids_(ids) {}

store::Unit<Project> Projects::create(const Actor& actor, New wanted) {
    const TimePoint now = clock_.now();
    Project project{ids_.next<ProjectId>(), wanted.teamId, wanted.name, wanted.provider,
                    wanted.repositoryUrl,   now,           now};
    auto event = events_.draft("project.created", project.teamId.text, toJson(project));
    return [this, actor, project = std::move(project),
            event = std::move(event)](store::WriteTx& tx) -> Result<Project> {
        if (!Teams::exists(tx, project.teamId.text))
            return invalid("/team_id", "there is no such team");
        if (tx.execute(kInsert, project.id, project.teamId, project.name, project.provider,
                       project.repositoryUrl, repositoryKey(project.repositoryUrl),
                       project.createdAt, project.updatedAt) == 0)
            return nameTaken();
        revision_.changed(tx);
        audit_.append(tx, actor,
                      {"create",
                       "projects",
                       project.id.text,
                       project.teamId.text,
                       {{"name", project.name}, {"provider", project.provider}}});
        events_.emit(tx, actor, event);
        return project;
    };
}

store::Unit<Project> Projects::update(const Actor& actor, const ProjectId& id, Change change) {
    return [this, actor, id, change = std::move(change)](store::WriteTx& tx) -> Result<Project> {
        auto project = find(tx, id);
        if (!project) return fail(ErrorKind::NotFound);
        json::Array changed;
        if (change.name && *change.name != project->name) {
            store::Rows rows = tx.query(kByName, project->teamId, *change.name);
            if (rows.next()) return nameTaken();
            project->name = *change.name;
            changed.emplace_back("name");
        }
        if (change.repositoryUrl && *change.repositoryUrl != project->repositoryUrl) {
            project->repositoryUrl = *change.repositoryUrl;
            changed.emplace_back("repository.url");
        }
        project->updatedAt = clock_.now();
        tx.execute(kUpdate, project->name, project->repositoryUrl,
                   repositoryKey(project->repositoryUrl), project->updatedAt, id);
        revision_.changed(tx);
        audit_.append(tx, actor,
                      {"update",
                       "projects",
                       id.text,
                       project->teamId.text,
                       {{"changed", std::move(changed)}}});
        return *project;
    };
}

store::Unit<void> Projects::remove(const Actor& actor, const ProjectId& id) {
    return [this, actor, id](store::WriteTx& tx) -> Result<void> {
        const auto project = find(tx, id);
        if (!project) return fail(ErrorKind::NotFound);
        for (const auto sql : {kReports, kBodies}) {
            std::vector<std::string> digests;
            for (store::Rows rows = tx.query(sql, id); rows.next();)
                digests.push_back(rows.text(0));
            for (const auto& digest : digests) blobs_.release(tx, project->teamId.text, digest);
        }
        tx.execute(kDelete, id);
        revision_.changed(tx);
        audit_.append(
            tx, actor,
            {"delete", "projects", id.text, project->teamId.text, {{"name", project->name}}});
        return {};
    };
}

std::optional<Project> Projects::find(store::ReadTx& tx, const ProjectId& id) {
    store::Rows rows = tx.query(kSelect, id);
    if (!rows.next()) return std::nullopt;
    return fromRow(rows);
}

std::vector<Project> Projects::list(store::ReadTx& tx,
                                    const std::optional<std::vector<std::string>>& teams,
                                    std::string_view after, std::size_t limit) {
    std::vector<Project> found;
    for (store::Rows rows = tx.query(kPage, after); found.size() < limit && rows.next();) {
        if (!teams || std::ranges::find(*teams, rows.view(1)) != teams->end())
            found.push_back(fromRow(rows));
    }
    return found;
}

}  // namespace trusthub::people
