// Members that may be absent: what is empty is written as null.
#pragma once

#include "base/ids.h"
#include "json/json.h"
#include "sdk/time.h"

#include <optional>
#include <string_view>

namespace trusthub::json {

inline Value textOrNull(std::string_view text) {
    return text.empty() ? Value(nullptr) : Value(text);
}

template <class Tag>
Value idOrNull(const base::Id<Tag>& id) {
    return textOrNull(id.text);
}

inline Value timeOrNull(const std::optional<TimePoint>& time) {
    return time ? Value(formatTime(*time)) : Value(nullptr);
}

}  // namespace trusthub::json
