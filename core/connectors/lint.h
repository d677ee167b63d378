// Lint: finds what is wrong with a connector before anybody runs it.
#pragma once

#include "config/yaml.h"

#include <filesystem>
#include <string>
#include <vector>

namespace trusthub::connectors {

struct LintResult {
    std::vector<config::Problem> problems;
    std::vector<std::string> checked;  ///< files that were read, in order
    bool clean() const { return problems.empty(); }
};

/// `path` is a descriptor, the source folder of a connector, or a built library (which is then
/// loaded as at start, so trusted first). A problem without a line has line 0.
LintResult lint(const std::filesystem::path& path, const std::filesystem::path& trustFile = {});

/// One `path:line: reason` a line; for a clean one a line that says so.
std::string lintText(const LintResult& result);
std::string lintJson(const LintResult& result);

}  // namespace trusthub::connectors
