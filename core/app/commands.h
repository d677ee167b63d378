// The command line: serve, check, migrate, users, setup-link, audit, connectors, version.
#pragma once

namespace trusthub::app {

/// Exit codes: 0 done, 1 failed, 2 the configuration or the command line does not fit.
int runCommandLine(int argc, char** argv);

}  // namespace trusthub::app
