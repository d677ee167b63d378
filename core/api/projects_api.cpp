// Projects and their webhook secrets.
#include "api/handlers.h"
#include "api/pages.h"
#include "base/text.h"
#include "connectors/git_source.h"
#include "json/or_null.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

using access::Permission;

struct Repository {
    std::string provider, url;
};

void checkUrl(const Call& call, json::ObjectReader& reader, const std::string& url) {
    if (url.empty()) return;
    // Credentials in the URL would be shown with the project and end up in logs of others.
    // `git@host` is no secret; a password is one everywhere, and over http a user name may be a
    // token.
    const std::size_t scheme = url.find("://");
    const std::size_t start = scheme == std::string::npos ? 0 : scheme + 3;
    const std::string authority = url.substr(start, url.find('/', start) - start);
    const std::size_t at = authority.rfind('@');
    const bool http = base::toLower(url.substr(0, 4)) == "http";
    const bool password =
        scheme != std::string::npos && authority.substr(0, at).find(':') != std::string::npos;
    if (at != std::string::npos && (http || password))
        reader.refuse("url", "a URL without user name and password");
    else if (people::repositoryKey(url).empty())
        reader.refuse("url",
                      "the clone URL of a repository: https://host/owner/name.git, or a path that"
                      " scans.allow_local opens");
    else if (auto opened = connectors::checkLocalPath(url, call.hub.allowLocal); !opened)
        reader.refuse("url", opened.error().kind == ErrorKind::InvalidInput
                                 ? "a path, or a file URL without a host and broken escapes"
                                 : "a path is taken only below a folder that scans.allow_local of"
                                   " the hub's configuration names, and without `..`; who runs the"
                                   " hub can add it");
}

Repository repositoryOf(const Call& call, json::ObjectReader& reader) {
    Repository repository;
    const json::Object* object = reader.object("repository");
    if (!object) return repository;
    json::ObjectReader nested(*object, reader.pointer("repository"));
    repository.provider = nested.string("provider", 1, 20);
    if (repository.provider != "github" && repository.provider != "gitlab" &&
        !repository.provider.empty())
        nested.refuse("provider", "one of github, gitlab");
    repository.url = nested.string("url", 1, 1000);
    checkUrl(call, nested, repository.url);
    reader.merge(nested);
    return repository;
}

/// The project, when the caller may read it: what is not theirs looks like what is not there.
Result<people::Project> readable(const Call& call, store::ReadTx& tx, Permission permission) {
    const auto project = people::Projects::find(tx, ProjectId(call.param("id")));
    if (!project) return call.who().denial(permission, true);
    const access::Place place{project->teamId.text, project->id.text};
    if (!call.who().may(permission, place)) {
        // Whoever may see it learns that it is the right that is missing.
        const bool reading = !call.who().may(Permission::ProjectsRead, place);
        return call.who().denial(permission, reading);
    }
    return *project;
}
Result<people::Project> readable(const Call& call, Permission permission) {
    return call.hub.store.read([&](store::ReadTx& tx) { return readable(call, tx, permission); });
}

json::Object statusJson(const std::vector<people::SecretStatus>& secrets) {
    json::Array items;
    for (const auto& secret : secrets)
        items.push_back(json::Object{{"id", secret.id},
                                     {"kind", text(secret.kind)},
                                     {"created_at", formatTime(secret.createdAt)},
                                     {"valid_until", json::timeOrNull(secret.validUntil)}});
    return {{"configured", !items.empty()}, {"secrets", std::move(items)}};
}

}  // namespace

Outcome createProject(Call& call) {
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    people::Projects::New wanted;
    wanted.name = reader.name("name", 200);
    wanted.teamId = TeamId(reader.string("team_id", 1, 36));
    auto repository = repositoryOf(call, reader);
    if (auto fits = reader.finish(); !fits) return fits.error();
    wanted.provider = std::move(repository.provider);
    wanted.repositoryUrl = std::move(repository.url);
    if (auto allowed =
            call.who().require(Permission::ProjectsWrite, {wanted.teamId.text, {}}, false);
        !allowed)
        return allowed.error();
    return commit<people::Project>(
        call, call.hub.projects.create(call.actor(), std::move(wanted)),
        [](const people::Project& project) { return jsonResponse(201, toJson(project)); });
}

Outcome listProjects(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor"}); !known) return known.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    const auto teams = teamsListed(call.who(), Permission::ProjectsRead);
    if (!teams) return teams.error();
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const auto found = people::Projects::list(tx, *teams, page->after, page->limit + 1);
        const auto total = people::Projects::list(tx, *teams, "", kCounted + 1).size();
        return pageResponse(
            found, *page, static_cast<std::int64_t>(total), [](const auto& p) { return toJson(p); },
            [](const auto& p) { return p.id.text; });
    });
}

Result<json::Object> representProject(const Call& call, store::ReadTx& tx) {
    auto project = readable(call, tx, Permission::ProjectsRead);
    if (!project) return project.error();
    return toJson(*project);
}

Outcome getProject(Call& call) {
    return readResource(call);
}

Outcome updateProject(Call& call) {
    auto project = readable(call, Permission::ProjectsWrite);
    if (!project) return project.error();
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    people::Projects::Change change;
    change.name = reader.optionalName("name", 200);
    if (const json::Object* object = reader.optionalObject("repository")) {
        json::ObjectReader nested(*object, reader.pointer("repository"));
        change.repositoryUrl = nested.string("url", 1, 1000);
        checkUrl(call, nested, *change.repositoryUrl);
        reader.merge(nested);
    }
    if (auto fits = reader.finish(); !fits) return fits.error();
    return commit<people::Project>(
        call, call.hub.projects.update(call.actor(), project->id, std::move(change)),
        [](const people::Project& after) { return jsonResponse(200, toJson(after)); });
}

Outcome deleteProject(Call& call) {
    auto project = readable(call, Permission::ProjectsWrite);
    if (!project) return project.error();
    return commit<void>(
        call,
        [&call, project = *project, remove = call.hub.projects.remove(call.actor(), project->id)](
            store::WriteTx& tx) mutable -> Result<void> {
            // They would go on to prove who calls, for nothing.
            for (const auto& key : access::ApiKeys::ofProject(tx, project))
                call.hub.keys.revokeIn(tx, call.actor(), key, {{"reason", "project removed"}});
            return remove(tx);
        },
        [] { return http::Response::empty(204); });
}

Outcome rotateWebhookSecret(Call& call) {
    auto project = readable(call, Permission::ProjectsWrite);
    if (!project) return project.error();
    // The body may be left out altogether: a token is made, with an overlap of a day.
    people::Projects::NewSecret wanted;
    if (!call.request.body.empty()) {
        auto body = call.json();
        if (!body) return body.error();
        json::ObjectReader reader(*body);
        if (const auto kind = reader.optionalString("kind", 1, 20)) {
            if (*kind == "signing")
                wanted.kind = people::SecretKind::Signing;
            else if (*kind != "token")
                reader.refuse("kind", "one of token, signing");
        }
        if (auto secret = reader.optionalString("secret", 16, 256)) {
            if (wanted.kind == people::SecretKind::Signing &&
                (!secret->starts_with("whsec_") || !base::fromBase64(secret->substr(6))))
                reader.refuse("secret", "a signing token: whsec_ and base64, as GitLab shows it");
            wanted.value = SecretString(*std::move(secret));
        }
        if (const auto hours = reader.optionalInteger("overlap_hours", 0, 24 * 30))
            wanted.overlapHours = static_cast<int>(*hours);
        if (auto fits = reader.finish(); !fits) return fits.error();
    }
    if (wanted.kind == people::SecretKind::Signing && project->provider != "gitlab")
        return invalid("/kind", "signing tokens are GitLab's; GitHub signs with the token itself");
    // Without an overlap it ends a secret that may be known to others.
    const auto urgency =
        wanted.overlapHours == 0 ? store::Urgency::Essential : store::Urgency::Normal;
    return commit<people::ShownSecret>(
        call,
        call.hub.projects.rotateSecret(call.actor(), *project, std::move(wanted), call.hub.random),
        [](const people::ShownSecret& shown) {
            auto response = jsonResponse(
                201, {{"secret", shown.secret.reveal()},
                      {"kind", text(shown.kind)},
                      {"previous_valid_until", json::timeOrNull(shown.previousValidUntil)}});
            response.headers.add("Cache-Control", "no-store");
            return response;
        },
        urgency);
}

Result<json::Object> representWebhookSecret(const Call& call, store::ReadTx& tx) {
    auto project = readable(call, tx, Permission::ProjectsRead);
    if (!project) return project.error();
    return statusJson(people::Projects::secretStatus(tx, project->id, call.hub.clock.now()));
}

Outcome getWebhookSecret(Call& call) {
    return readResource(call);
}

Outcome endPreviousSecrets(Call& call) {
    auto project = readable(call, Permission::ProjectsWrite);
    if (!project) return project.error();
    return commit<int>(
        call, call.hub.projects.endPrevious(call.actor(), *project),
        [](int) { return http::Response::empty(204); }, store::Urgency::Essential);
}

}  // namespace trusthub::api
