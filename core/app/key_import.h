// Key import: takes over keys that were made elsewhere, from lines of JSON; all of them or none.
#pragma once

#include "app/host_commands.h"

#include <string>
#include <utility>
#include <vector>

namespace trusthub::app {

/// A user as the issuer: the key's rights are bounded by theirs.
Result<access::Principal> issuerOf(const HostPlace& at, const std::string& email);

struct KeyImport {
    std::size_t imported = 0;
    /// Line (from 1) and what is said of it. With any that is refused, nothing was imported.
    std::vector<std::pair<std::size_t, std::string>> warnings, refused;
};

/// Checks every line before the first is written, and writes all in one unit; `owner` is for lines
/// without one. Blank lines are skipped. An error where no line is to blame.
Result<KeyImport> importKeys(const HostPlace& at, const std::string& text,
                             const std::string& owner);

}  // namespace trusthub::app
