// Host commands: what is done on the host itself, by the hub that runs on the data folder or, where
// none does, on the folder under its lock.
#pragma once

#include "app/admin_socket.h"
#include "app/wiring.h"

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace trusthub::app {

/// What a command works on.
struct HostPlace {
    const config::HubConfig& config;
    Ground& ground;
    Core& core;
    std::string url;            ///< of the hub, for links
    base::HostAccount account;  ///< who gave the command
};
using HostWork = std::function<int(const HostPlace&)>;  ///< answers the exit code

/// Where commands are read and run. All that is referred to outlives the parse.
struct HostBench {
    /// Runs the work, or has a hub run the command; answers the exit code.
    std::function<int(const HostCommand&, const HostWork&)> run;
    /// Adds the options that say where the hub is.
    std::function<void(CLI::App&)> addCommonOptions;
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    bool inHub = false;  ///< all that is read was sent along; nobody is there to be asked
};

/// Adds `users`, `api-keys` and `setup-link`; their callbacks run while `app` parses and set
/// `exitCode`.
void addHostCommands(CLI::App& app, const HostBench& bench, int& exitCode);

/// The words of a subcommand as it was typed, but for options that the hub has no use for: where it
/// is, and files that were read already.
std::vector<std::string> wordsOf(const CLI::App& sub, const std::vector<std::string_view>& without);

/// On the command line: asks the hub that runs on the folder; where none does, holds the folder's
/// lock and works on the database.
int runOnHost(const config::HubConfig& config, const HostCommand& command, const HostWork& work,
              std::ostream& out, std::ostream& err);

/// In the hub.
HostAnswer runInHub(const HostCommand& command, const HostPlace& place);

}  // namespace trusthub::app
