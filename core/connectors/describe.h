// Pieces that texts about a connector are made of.
#pragma once

#include "config/schema.h"
#include "connectors/descriptor.h"

#include <string>

namespace trusthub::connectors {

std::string_view text(config::FieldType type);
/// "integer, 1 to 100, default 20"
std::string shapeOf(const config::Field& field);
/// As YAML would have it: text, number, true, [a, b].
std::string valueText(const sdk::Settings::Value& value);
/// "a, b", or "none".
std::string capabilitiesText(const Descriptor& descriptor);
/// The hosts of a region, in words.
std::string hostsText(const std::vector<std::string>& hosts);
std::string commaList(const std::vector<std::string>& items);

}  // namespace trusthub::connectors
