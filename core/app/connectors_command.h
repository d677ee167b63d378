// `trusthub connectors list|show|doc|lint|trust`: what the command line says about connectors.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>

namespace CLI {
class App;
}

namespace trusthub::app {

/// Asked after the command line was read, so that --config and --data count.
struct ConnectorsCommand {
    std::function<std::filesystem::path()> pluginsFolder;
    std::function<std::filesystem::path()> dataFolder;  ///< holds the record of trusted libraries
    std::ostream& out;
    std::ostream& err;
};

/// Adds the subcommand; its callbacks run while `app` parses. They set `exitCode`: 0, or 1 where
/// there is something to object to. All that is referred to outlives the parse.
void addConnectorsCommand(CLI::App& app, ConnectorsCommand command, int& exitCode);

}  // namespace trusthub::app
