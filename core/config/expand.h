// Expands ${env:NAME} and ${file:PATH} in the scalars of a file that the operator wrote.
#pragma once

#include "config/yaml.h"

#include <filesystem>
#include <vector>

namespace trusthub::config {

/// Changes scalars in place and notes in Node::source where their text came from. `$${` stands for
/// `${`. PATH is relative to the folder of `file`; a last line end of its content is dropped. An
/// unset variable, an unreadable file or an unknown form is a problem with its line; problems name
/// variables and paths only.
std::vector<Problem> expand(Node& root, const std::filesystem::path& file);

}  // namespace trusthub::config
