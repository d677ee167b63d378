// The text of one member as it stands in a JSON text.
#pragma once

#include <optional>
#include <string_view>

namespace trusthub::json {

/// The exact text of a top-level object's member value, for JSON that parse() has accepted; null
/// when there is no such member. The view is into `text`.
std::optional<std::string_view> rawMember(std::string_view text, std::string_view name);

}  // namespace trusthub::json
