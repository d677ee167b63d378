// What a command line that does not fit is told.
#pragma once

#include <iosfwd>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace trusthub::app {

/// Prints help where it was asked for; else what does not fit, an unknown subcommand by its name.
/// Answers the exit code: 0 or 2.
int refuseLine(const CLI::App& app, const CLI::ParseError& error, std::ostream& out,
               std::ostream& err);

}  // namespace trusthub::app
