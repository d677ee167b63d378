// The known name nearest to a mistyped one, for messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trusthub::config {

/// "" when none is near.
std::string_view nearest(std::string_view name, const std::vector<std::string_view>& known);

/// "unknown key `lisen`; did you mean `listen`?"
std::string unknownKey(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace trusthub::config
