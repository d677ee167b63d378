#include "store/migrate.h"

#include "base/embedded.h"
#include "base/text.h"
#include "store/session.h"

#include <cstdlib>

namespace trusthub::embedded {
extern const base::EmbeddedFile kMigrations[];
extern const std::size_t kMigrationsCount;
}  // namespace trusthub::embedded

namespace trusthub::store {
namespace {

constexpr std::string_view kVersion = "SELECT COALESCE(MAX(version), 0) FROM schema_migrations";
constexpr std::string_view kRecord =
    "INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)";
constexpr std::string_view kHasTable =
    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'";

/// `0001_init.sql` -> 1.
int versionOf(std::string_view name) {
    return std::atoi(std::string(name.substr(0, 4)).c_str());
}

int currentVersion(Session& session) {
    {
        Rows rows = session.query(kHasTable);
        rows.next();
        if (rows.integer(0) == 0) return 0;
    }
    Rows rows = session.query(kVersion);
    rows.next();
    return static_cast<int>(rows.integer(0));
}

Result<MigrationPlan> planOf(int current) {
    MigrationPlan plan;
    plan.current = current;
    for (std::size_t i = 0; i < embedded::kMigrationsCount; ++i) {
        const auto& file = embedded::kMigrations[i];
        plan.newest = std::max(plan.newest, versionOf(file.name));
        if (versionOf(file.name) > current) plan.pending.emplace_back(file.name);
    }
    if (current > plan.newest)
        return fail(ErrorKind::Conflict, "The database has schema " + std::to_string(current) +
                                             ", this program knows up to " +
                                             std::to_string(plan.newest) +
                                             ". Run the newer program, or restore a backup.");
    return plan;
}

}  // namespace

Result<MigrationPlan> planMigrations(const std::filesystem::path& dataFolder) {
    const auto file = dataFolder / "trusthub.db";
    if (!std::filesystem::exists(file)) return planOf(0);
    Session session(file, Session::Mode::ReadWrite);
    return planOf(currentVersion(session));
}

Result<MigrationPlan> applyMigrations(const std::filesystem::path& dataFolder,
                                      const base::Clock& clock) {
    const auto file = dataFolder / "trusthub.db";
    Session session(file, Session::Mode::ReadWrite);
    auto plan = planOf(currentVersion(session));
    if (!plan || plan->pending.empty()) return plan;
    if (plan->current > 0) {
        const auto folder = dataFolder / "backup";
        std::filesystem::create_directories(folder);
        const auto copy = folder / ("before-" + std::to_string(plan->newest) + ".db");
        std::filesystem::remove(copy);
        const std::string target = copy.string();
        const std::array<Param, 1> params{Param(target)};
        session.execute("VACUUM INTO $1", params);
    }
    for (std::size_t i = 0; i < embedded::kMigrationsCount; ++i) {
        const auto& migration = embedded::kMigrations[i];
        const int version = versionOf(migration.name);
        if (version <= plan->current) continue;
        session.execute("BEGIN IMMEDIATE");
        try {
            session.script(std::string(migration.text));
            const std::array<Param, 3> params{Param(version), Param(migration.name),
                                              Param(clock.now())};
            session.execute(kRecord, params);
            session.execute("COMMIT");
        } catch (...) {
            session.execute("ROLLBACK");
            throw;
        }
    }
    return plan;
}

}  // namespace trusthub::store
