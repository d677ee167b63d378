// One function for each kind of lock file. An Error means that the file as a whole could not be
// read.
#pragma once

#include "inventory.h"

#include <optional>
#include <string_view>

namespace trusthub::inventory {

enum class LockKind : std::uint8_t {
    Npm,
    Yarn,
    Requirements,
    Pipfile,
    Poetry,
    Uv,
    Cargo,
    GoMod,
    Unsupported,  ///< a lock file, but of a kind that is not read
};

/// By the name of the file alone; null for what is no lock file.
std::optional<LockKind> lockKindOf(std::string_view fileName);

/// package-lock.json and npm-shrinkwrap.json, lockfileVersion 1 to 3.
sdk::Result<void> readNpm(std::string_view text, const Tools& tools, Inventory& out);
/// yarn.lock of Yarn 1; the YAML of later ones is refused.
sdk::Result<void> readYarn(std::string_view text, const Tools& tools, Inventory& out);
/// requirements.txt: what is pinned with `==`. The number of the rest becomes a note.
sdk::Result<void> readRequirements(std::string_view text, std::string_view path, Inventory& out);
sdk::Result<void> readPipfile(std::string_view text, const Tools& tools, Inventory& out);
sdk::Result<void> readPoetry(std::string_view text, Inventory& out);
sdk::Result<void> readUv(std::string_view text, Inventory& out);
sdk::Result<void> readCargo(std::string_view text, Inventory& out);
/// `sums` is the go.sum beside it, or empty. Its h1 digests are of the module's tree, not of its
/// archive.
sdk::Result<void> readGoMod(std::string_view text, std::string_view sums, const Tools& tools,
                            Inventory& out);

}  // namespace trusthub::inventory
