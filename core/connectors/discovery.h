// Discovery: the connectors of a plugins folder, each read, checked and loaded, or refused with the
// reason.
#pragma once

#include "connectors/library.h"
#include "connectors/registry.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace trusthub::connectors {

struct Candidate {
    Found found;
    std::optional<Library> library;  ///< null when refused
};

/// Every `<id>.yaml` of the folder and every library that has none, by name. Nothing of a plugin is
/// created. Empty when there is no such folder.
std::vector<Candidate> discover(const std::filesystem::path& folder,
                                const std::filesystem::path& trustFile);

/// One connector by its descriptor.
Candidate examine(const std::filesystem::path& yaml, const std::filesystem::path& trustFile);

}  // namespace trusthub::connectors
