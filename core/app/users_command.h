// `trusthub users create-admin|reset|list`: people, seen to on the host.
#pragma once

#include "app/wiring.h"

#include <functional>
#include <iosfwd>

namespace CLI {
class App;
}

namespace trusthub::app {

struct UsersCommand {
    /// Opens the data folder that the command line names and runs the work on it; answers the exit
    /// code.
    std::function<int(const std::function<Result<void>(Ground&, Core&)>&)> withCore;
    /// Adds --config and --data.
    std::function<void(CLI::App&)> addCommonOptions;
    std::istream& in;  ///< a password is read from here when no file is given
    std::ostream& out;
    std::ostream& err;
};

/// Adds the subcommand; its callbacks run while `app` parses and set `exitCode`. All that is
/// referred to outlives the parse.
void addUsersCommand(CLI::App& app, UsersCommand command, int& exitCode);

}  // namespace trusthub::app
