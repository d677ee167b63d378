// `trusthub api-keys create|list|revoke|import`: API keys from the host's command line.
#pragma once

#include "config/hub_config.h"

#include <functional>
#include <optional>

namespace CLI {
class App;
}

namespace trusthub::app {

/// Adds the subcommand; its callbacks run while `app` parses. `config` is asked after the command
/// line was read, and null when it does not fit. They set `exitCode`. A change is in force for a
/// running hub when the command returns. All that is referred to outlives the parse.
void addApiKeysCommand(CLI::App& app, std::function<std::optional<config::HubConfig>()> config,
                       const std::function<void(CLI::App&)>& addOptions, int& exitCode);

}  // namespace trusthub::app
