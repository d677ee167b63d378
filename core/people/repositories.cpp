// Which projects a repository's URL names: kept in memory, because every inbound webhook asks.
#include "people/projects.h"

#include <algorithm>

namespace trusthub::people {
namespace {

constexpr std::string_view kEvery = "SELECT provider, repository_key FROM projects";
constexpr std::string_view kByKey =
    "SELECT id, team_id, name, provider, repository_url, created_at, updated_at FROM projects"
    " WHERE provider = $1 AND repository_key = $2 ORDER BY id LIMIT 50";

constexpr std::size_t kMaxUrl = 2'000;  ///< longer than any project's

std::string nameOf(std::string_view provider, std::string_view key) {
    return std::string(provider).append(" ").append(key);
}

/// The keys of the URLs, each once.
std::vector<std::string> keysOf(const std::vector<std::string>& urls) {
    std::vector<std::string> keys;
    for (const auto& url : urls) {
        if (url.size() > kMaxUrl) continue;
        auto key = repositoryKey(url);
        if (!key.empty() && std::ranges::find(keys, key) == keys.end())
            keys.push_back(std::move(key));
    }
    return keys;
}

void merge(RepositoryProjects& into,
           const std::vector<std::shared_ptr<const ProjectSecrets>>& more) {
    for (const auto& entry : more) {
        const bool known = std::ranges::any_of(into.projects, [&](const auto& other) {
            return other->project.id == entry->project.id;
        });
        if (!known) into.projects.push_back(entry);
    }
    std::ranges::sort(into.projects, {}, [](const auto& entry) { return entry->project.id.text; });
}

}  // namespace

std::unordered_set<std::string> Projects::readKnown(store::ReadTx& tx) {
    std::unordered_set<std::string> known;
    for (store::Rows rows = tx.query(kEvery); rows.next();)
        known.insert(nameOf(rows.view(0), rows.view(1)));
    return known;
}

Result<Projects::Shared> Projects::readRepository(store::ReadTx& tx, std::string_view provider,
                                                  std::string_view key) {
    std::vector<ProjectSecrets> found;
    for (store::Rows rows = tx.query(kByKey, provider, key); rows.next();)
        found.push_back({fromRow(rows), {}});
    Shared shared;
    for (auto& entry : found) {
        auto secrets = currentSecrets(tx, entry.project.id);
        if (!secrets) return secrets.error();
        entry.secrets = *std::move(secrets);
        shared.push_back(std::make_shared<const ProjectSecrets>(std::move(entry)));
    }
    return shared;
}

Result<RepositoryProjects> Projects::byRepository(store::ReadTx& tx, std::string_view provider,
                                                  const std::vector<std::string>& urls) {
    RepositoryProjects found{revision_.now(), {}};
    for (const auto& key : keysOf(urls)) {
        auto read = readRepository(tx, provider, key);
        if (!read) return read.error();
        merge(found, *read);
    }
    return found;
}

Result<RepositoryProjects> Projects::byRepository(store::Store& store, std::string_view provider,
                                                  const std::vector<std::string>& urls) {
    const auto keys = keysOf(urls);
    RepositoryProjects found{revision_.now(), {}};
    std::vector<std::string> toRead;
    const auto look = [&] {  // [under the lock]
        for (const auto& key : keys) {
            const std::string name = nameOf(provider, key);
            if (!kept_.known.contains(name)) continue;
            if (const auto opened = kept_.opened.find(name); opened != kept_.opened.end())
                merge(found, opened->second);
            else
                toRead.push_back(key);
        }
    };
    {
        std::unique_lock lock(mutex_);
        if (kept_.revision != found.revision) {
            lock.unlock();
            auto known = store.read([](store::ReadTx& tx) { return readKnown(tx); });
            lock.lock();
            // What secrets were opened before is not kept a moment longer.
            if (kept_.revision < found.revision) kept_ = {found.revision, std::move(known), {}};
        }
        // A newer revision than ours holds as well: it was read after our request came in.
        found.revision = kept_.revision;
        look();
    }
    for (const auto& key : toRead) {
        auto read =
            store.read([&](store::ReadTx& tx) { return readRepository(tx, provider, key); });
        if (!read) return read.error();
        merge(found, *read);
        const std::lock_guard lock(mutex_);
        if (kept_.revision == found.revision)
            kept_.opened.insert_or_assign(nameOf(provider, key), *std::move(read));
    }
    return found;
}

}  // namespace trusthub::people
