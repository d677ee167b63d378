// `trusthub users create-admin|reset|list`: people, seen to on the host.
#pragma once

#include "app/host_commands.h"

namespace trusthub::app {

/// Adds the subcommand; its callbacks run while `app` parses and set `exitCode`.
void addUsersCommand(CLI::App& app, const HostBench& bench, int& exitCode);

}  // namespace trusthub::app
