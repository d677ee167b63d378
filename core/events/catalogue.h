// The catalogue of event types: config/events.yaml, with a JSON Schema and an example for each.
#pragma once

#include "json/json.h"
#include "json/schema.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::events {

struct EventType {
    std::string name;
    std::string summary;
    bool own = false;  ///< the hub's own: refused from outside
    json::Value schema;
    json::Value example;
    json::JsonSchema compiled;
};

/// Immutable. [thread-safe]
class Catalogue {
public:
    /// The embedded catalogue. Throws std::runtime_error with file:line on a fault in it.
    static Catalogue embedded();

    const EventType* find(std::string_view name) const;
    const std::vector<EventType>& all() const { return types_; }
    /// `account.created`, `account.*`, `*`: true when it names at least one type.
    bool matchesAny(std::string_view pattern) const;

private:
    std::vector<EventType> types_;
};

/// True when one of the patterns (`*`, `scan.*`, `scan.completed`) takes in the type.
bool matches(const std::vector<std::string>& patterns, std::string_view type);

}  // namespace trusthub::events
