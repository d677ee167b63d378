// Key table: what `trusthub api-keys list` prints for people.
#pragma once

#include "access/api_key.h"

#include <string>
#include <string_view>
#include <vector>

namespace trusthub::app {

struct KeyRow {
    access::ApiKey key;
    std::string_view standing;  ///< of access::standing()
};

/// A head and one line a key, at most 120 columns wide: names and owners are cut to fit, prefixes
/// never.
std::string keyTable(const std::vector<KeyRow>& rows);

}  // namespace trusthub::app
