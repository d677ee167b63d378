// Turns a Draft 7 schema into the form that the validator gets: no references, nothing that it
// would ignore.
#pragma once

#include "json/json.h"

namespace trusthub::json {

/// Prefix of keywords that our own constraints check instead of valijson's.
inline constexpr std::string_view kOwnKeyword = "trusthub:";

/// InvalidInput names the place in the schema (JSON pointer below /schema) and what is wrong with
/// it.
Result<Value> prepareSchema(const Value& schema);

}  // namespace trusthub::json
