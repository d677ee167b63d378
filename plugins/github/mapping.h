// From GitHub's payloads to the hub's events. Pure functions over parsed JSON.
#pragma once

#include "sdk/inbound.h"

#include <string>
#include <vector>

namespace trusthub::github {

/// Every spelling of the repository's address in the payload, without repeats; empty when it names
/// none.
std::vector<std::string> repositoryUrls(sdk::JsonValue payload);

/// InvalidInput names the members that are missing or of another type.
sdk::Result<sdk::InboundEvent> pushOf(sdk::JsonValue payload);
sdk::Result<sdk::InboundEvent> pullRequestOf(sdk::JsonValue payload);

}  // namespace trusthub::github
