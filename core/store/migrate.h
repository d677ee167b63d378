// Migrations: numbered SQL files, embedded, each applied once in its own transaction.
#pragma once

#include "base/clock.h"
#include "sdk/result.h"

#include <filesystem>
#include <string>
#include <vector>

namespace trusthub::store {

struct MigrationPlan {
    int current = 0;                   ///< schema version of the database; 0 when new
    int newest = 0;                    ///< what this program brings
    std::vector<std::string> pending;  ///< file names in order
};

/// Reads the state of DATA/trusthub.db; a missing file counts as version 0. Conflict when the
/// schema is newer than this program.
Result<MigrationPlan> planMigrations(const std::filesystem::path& dataFolder);

/// Applies what is pending; an existing database is first copied to DATA/backup/before-<n>.db.
Result<MigrationPlan> applyMigrations(const std::filesystem::path& dataFolder,
                                      const base::Clock& clock);

}  // namespace trusthub::store
