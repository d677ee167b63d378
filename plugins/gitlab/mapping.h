// From GitLab's payloads to the hub's events. Pure functions over parsed JSON.
#pragma once

#include "sdk/inbound.h"

#include <string>
#include <string_view>
#include <vector>

namespace trusthub::gitlab {

/// Every spelling of the project's address in the payload, without repeats; empty when it names
/// none.
std::vector<std::string> repositoryUrls(sdk::JsonValue payload);

enum class Hook : std::uint8_t { Push, MergeRequest, Other };

/// Project, group and system hooks name the same thing in different places: the payload's
/// `object_kind`, which a signature covers, goes before its `event_name`, and both before the
/// header.
Hook hookOf(std::string_view header, sdk::JsonValue payload);

/// InvalidInput names the members that are missing or of another type.
sdk::Result<sdk::InboundEvent> pushOf(sdk::JsonValue payload);
sdk::Result<sdk::InboundEvent> mergeRequestOf(sdk::JsonValue payload);

}  // namespace trusthub::gitlab
