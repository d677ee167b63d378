// Trust: whose library may be loaded. Owner, mode and SHA-256 are checked before any of its code
// runs.
#pragma once

#include "sdk/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace trusthub::connectors {

/// The name of the operator's own record in the data folder: lines of `<sha256>  <id>`.
inline constexpr std::string_view kTrustFileName = "trusted-plugins";

/// SHA-256 of a file, hex. The file is read once, up to 256 MiB.
Result<std::string> fileDigest(const std::filesystem::path& file);

/// Refuses a file or its folder that somebody else could change: owned by neither root nor this
/// process's user, or writable by group or others. The text names the file, what was found and what
/// is needed.
Result<void> checkOwnership(const std::filesystem::path& file);

/// Accepts a digest that the build wrote to `<id>.sha256` beside the library, or the operator to
/// `trustFile` (which may be empty or absent). Both files must pass checkOwnership themselves.
Result<void> checkDigest(std::string_view id, const std::filesystem::path& library,
                         const std::filesystem::path& trustFile);

/// Records the library's present digest for `id` in `trustFile`, in place of an older one; answers
/// the digest.
Result<std::string> trust(std::string_view id, const std::filesystem::path& library,
                          const std::filesystem::path& trustFile);

}  // namespace trusthub::connectors
