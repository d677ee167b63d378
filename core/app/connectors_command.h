// `trusthub connectors list|show|doc|lint|trust`: what the command line says about connectors.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>

namespace CLI {
class App;
}

namespace trusthub::app {

/// Asked after the command line was read, so that --config and --data count.
struct ConnectorsCommand {
    struct Folders {
        std::filesystem::path plugins;
        std::filesystem::path data;  ///< holds the record of trusted libraries
    };
    /// Null when the configuration does not fit; that was printed.
    std::function<std::optional<Folders>()> folders;
    std::function<void(CLI::App&)> addCommonOptions;  ///< those that say where the hub is
    std::ostream& out;
    std::ostream& err;
};

/// Adds the subcommand; its callbacks run while `app` parses. They set `exitCode`: 0, or 1 where
/// there is something to object to, 2 where the configuration does not fit. All that is referred to
/// outlives the parse.
void addConnectorsCommand(CLI::App& app, ConnectorsCommand command, int& exitCode);

}  // namespace trusthub::app
