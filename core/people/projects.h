// Projects: a team's repositories, found by any spelling of their URL, with their webhook secrets.
#pragma once

#include "audit/audit_log.h"
#include "base/actor.h"
#include "base/clock.h"
#include "base/ids.h"
#include "events/events.h"
#include "sdk/secret.h"
#include "store/blob_store.h"
#include "store/revision.h"
#include "store/sealer.h"
#include "store/store.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace trusthub::people {

struct Project {
    ProjectId id;
    TeamId teamId;
    std::string name;
    std::string provider;       ///< github | gitlab
    std::string repositoryUrl;  ///< as the administrator wrote it: what the hub fetches from
    TimePoint createdAt, updatedAt;
};

json::Object toJson(const Project& project);

/// `https://Git.Example/Acme/App.git/`, `git@git.example:acme/app.git`,
/// `ssh://git@git.example:22/acme/app`
/// -> `git.example/acme/app`; local paths and file URLs -> the path. Empty when it is no repository
/// URL.
std::string repositoryKey(std::string_view url);

enum class SecretKind { Token, Signing };
std::string_view text(SecretKind kind);

struct WebhookSecret {
    SecretKind kind;
    SecretString value;
    std::optional<TimePoint> validUntil;
};

/// A project with the secrets that verify, newest first.
struct ProjectSecrets {
    Project project;
    std::vector<WebhookSecret> secrets;
};

/// Projects with their secrets, oldest first, as they were at a revision of all projects.
struct RepositoryProjects {
    std::uint64_t revision = 0;
    std::vector<std::shared_ptr<const ProjectSecrets>> projects;
};

struct ShownSecret {
    SecretString secret;  ///< shown this once
    SecretKind kind;
    std::optional<TimePoint> previousValidUntil;
};

struct SecretStatus {
    std::string id;
    SecretKind kind;
    TimePoint createdAt;
    std::optional<TimePoint> validUntil;
};

class Projects {
public:
    Projects(store::Sealer& sealer, store::BlobStore& blobs, audit::AuditLog& audit,
             events::Events& events, const base::Clock& clock, base::IdSource& ids);

    struct New {
        std::string name;
        TeamId teamId;
        std::string provider;
        std::string repositoryUrl;
    };
    /// Conflict `name_taken`; InvalidInput when the team does not exist.
    store::Unit<Project> create(const Actor& actor, New wanted);
    struct Change {
        std::optional<std::string> name, repositoryUrl;
    };
    store::Unit<Project> update(const Actor& actor, const ProjectId& id, Change change);
    store::Unit<void> remove(const Actor& actor, const ProjectId& id);

    static std::optional<Project> find(store::ReadTx& tx, const ProjectId& id);
    /// `teams` null: all.
    static std::vector<Project> list(store::ReadTx& tx,
                                     const std::optional<std::vector<std::string>>& teams,
                                     std::string_view after, std::size_t limit);
    /// Every project of that provider whose repository is one of these, with its opened secrets.
    /// All repositories, and the secrets of those that were asked for, are kept in memory until a
    /// project or a secret changes: a stranger's guess costs no read. [thread-safe]
    Result<RepositoryProjects> byRepository(store::Store& store, std::string_view provider,
                                            const std::vector<std::string>& urls);
    /// The same from the unit's own view. [in a unit]
    Result<RepositoryProjects> byRepository(store::ReadTx& tx, std::string_view provider,
                                            const std::vector<std::string>& urls);
    /// Rises with every change of a project or of its secrets.
    std::uint64_t revision() const { return revision_.now(); }

    struct NewSecret {
        SecretKind kind = SecretKind::Token;
        std::optional<SecretString> value;  ///< null: one is made
        int overlapHours = 24;
    };
    /// The secrets before it stay valid until the overlap ends. Conflict `too_many_secrets`.
    store::Unit<ShownSecret> rotateSecret(const Actor& actor, const Project& project,
                                          NewSecret wanted, base::Random& random);
    static std::vector<SecretStatus> secretStatus(store::ReadTx& tx, const ProjectId& id,
                                                  TimePoint now);
    store::Unit<int> endPrevious(const Actor& actor, const Project& project);

private:
    using Shared = std::vector<std::shared_ptr<const ProjectSecrets>>;
    /// What is kept of one revision.
    struct Kept {
        std::uint64_t revision = 0;
        std::unordered_set<std::string> known;  ///< provider and key of every repository
        std::unordered_map<std::string, Shared> opened;
    };
    /// Columns id, team_id, name, provider, repository_url, created_at, updated_at.
    static Project fromRow(const store::Rows& rows);
    static std::unordered_set<std::string> readKnown(store::ReadTx& tx);
    Result<Shared> readRepository(store::ReadTx& tx, std::string_view provider,
                                  std::string_view key);
    Result<std::vector<WebhookSecret>> currentSecrets(store::ReadTx& tx, const ProjectId& id);

    store::Sealer& sealer_;
    store::BlobStore& blobs_;
    audit::AuditLog& audit_;
    events::Events& events_;
    const base::Clock& clock_;
    base::IdSource& ids_;
    store::Revision revision_;
    std::mutex mutex_;
    Kept kept_;
};

}  // namespace trusthub::people
