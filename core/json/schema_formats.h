// The formats of JSON Schema that are checked, not only noted (Draft 7, section 7.3); RE2 and own
// parsers.
#pragma once

#include <string_view>

namespace trusthub::json {

using FormatCheck = bool (*)(std::string_view text);

/// Null when the format is not known.
FormatCheck findFormat(std::string_view name);

}  // namespace trusthub::json
