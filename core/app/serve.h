// `trusthub serve`: set-up on first start, signals, a clean stop.
#pragma once

#include "config/hub_config.h"

namespace trusthub::app {

/// Blocks SIGINT and SIGTERM for all threads made later; call it first in main.
void blockSignals();

/// Runs until SIGINT or SIGTERM. Answers the exit code; texts go to stderr, the address and the
/// set-up link to stdout.
int serve(const config::HubConfig& config);

}  // namespace trusthub::app
