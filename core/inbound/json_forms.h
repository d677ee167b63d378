// The same JSON as other programs would write it: for finding out what a sender has signed.
#pragma once

#include "json/json.h"

#include <string>
#include <string_view>
#include <vector>

namespace trusthub::inbound {

struct JsonForm {
    std::string_view name;  ///< "JSON.stringify", "Python's json.dumps" …
    std::string text;
};

/// Empty when `text` is no JSON. Never the text itself.
std::vector<JsonForm> jsonForms(std::string_view text);

}  // namespace trusthub::inbound
