// `trusthub api-keys create|list|revoke|import`: API keys from the host's command line.
#pragma once

#include "app/host_commands.h"

namespace trusthub::app {

/// Adds the subcommand; its callbacks run while `app` parses and set `exitCode`. A change is in
/// force when the command returns.
void addApiKeysCommand(CLI::App& app, const HostBench& bench, int& exitCode);

}  // namespace trusthub::app
