// Show: connectors as text, JSON and reference page, all from their descriptors.
#pragma once

#include "connectors/descriptor.h"
#include "connectors/registry.h"

#include <string>
#include <vector>

namespace trusthub::connectors {

/// One line a connector: id, version, status, capabilities, and whether it loads.
std::string listText(const std::vector<Found>& found);
std::string listJson(const std::vector<Found>& found);

/// All that a descriptor says, and the reason when the connector is refused.
std::string showText(const Found& found);
std::string showJson(const Found& found);

/// The reference page, in Markdown.
std::string docMarkdown(const Descriptor& descriptor);

/// Null when there is none of that id.
const Found* findConnector(const std::vector<Found>& found, std::string_view id);
/// The id that a connector goes by, also when its descriptor is broken.
std::string idOf(const Found& found);

}  // namespace trusthub::connectors
