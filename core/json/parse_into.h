// Parsing into memory of the caller's choice; inside json/ only.
#pragma once

#include "json/json.h"

#include <boost/json/storage_ptr.hpp>

namespace trusthub::json {

/// parse() with every node of the tree in `storage`, which outlives the value.
Result<Value> parseInto(std::string_view text, const ParseLimits& limits,
                        boost::json::storage_ptr storage);

}  // namespace trusthub::json
