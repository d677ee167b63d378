#include "events/catalogue.h"

#include "base/embedded.h"
#include "config/yaml.h"

#include <boost/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace trusthub::embedded {
extern const base::EmbeddedFile kEventCatalogue[];
extern const std::size_t kEventCatalogueCount;
}  // namespace trusthub::embedded

namespace trusthub::events {
namespace {

json::Value toJson(const config::Node& node) {
    switch (node.kind) {
        case config::Node::Kind::Null:
            return nullptr;
        case config::Node::Kind::List: {
            json::Array items;
            for (const auto& item : node.items) items.push_back(toJson(item));
            return items;
        }
        case config::Node::Kind::Map: {
            json::Object members;
            for (const auto& [name, member] : node.members) members[name] = toJson(member);
            return members;
        }
        case config::Node::Kind::Scalar:
            break;
    }
    if (!node.quoted) {
        if (const auto flag = node.asBool()) return *flag;
        if (const auto integer = node.asInteger()) return *integer;
        if (const auto number = node.asNumber()) return *number;
    }
    return json::Value(node.scalar);
}

[[noreturn]] void refuse(const config::Loaded& file, int line, const std::string& reason) {
    throw std::runtime_error(config::Problem{file.file, line, reason}.text());
}

EventType typeOf(const config::Loaded& file, const std::string& name, const config::Node& node) {
    EventType type;
    type.name = name;
    for (const auto& [key, member] : node.members) {
        if (key == "summary") {
            type.summary = member.scalar;
        } else if (key == "own") {
            type.own = member.asBool().value_or(false);
        } else if (key == "schema") {
            type.schema = toJson(member);
        } else if (key == "example") {
            type.example = toJson(member);
        } else {
            refuse(file, member.line, "unknown key '" + key + "' of an event type");
        }
    }
    auto compiled = json::JsonSchema::compile(type.schema);
    if (!compiled) refuse(file, node.line, name + ": the schema cannot be used");
    type.compiled = *std::move(compiled);
    if (const auto fits = type.compiled.check(type.example); !fits)
        refuse(file, node.line, name + ": the example does not fit the schema");
    return type;
}

}  // namespace

Catalogue Catalogue::embedded() {
    const auto& source = embedded::kEventCatalogue[0];
    auto parsed = config::parseYaml(source.text, std::string(source.name));
    if (const auto* problem = std::get_if<config::Problem>(&parsed))
        throw std::runtime_error(problem->text());
    const auto& file = std::get<config::Loaded>(parsed);
    const config::Node* types = file.root.find("events");
    if (!types) refuse(file, 1, "the key 'events' is missing");
    Catalogue catalogue;
    for (const auto& [name, node] : types->members)
        catalogue.types_.push_back(typeOf(file, name, node));
    std::ranges::sort(catalogue.types_, {}, &EventType::name);
    return catalogue;
}

const EventType* Catalogue::find(std::string_view name) const {
    const auto found = std::ranges::lower_bound(types_, name, {}, &EventType::name);
    return found != types_.end() && found->name == name ? &*found : nullptr;
}

bool Catalogue::matchesAny(std::string_view pattern) const {
    const std::vector<std::string> patterns{std::string(pattern)};
    return std::ranges::any_of(types_,
                               [&](const EventType& t) { return matches(patterns, t.name); });
}

bool matches(const std::vector<std::string>& patterns, std::string_view type) {
    return std::ranges::any_of(patterns, [&](std::string_view pattern) {
        if (pattern == "*" || pattern == type) return true;
        return pattern.ends_with(".*") && type.starts_with(pattern.substr(0, pattern.size() - 1));
    });
}

}  // namespace trusthub::events
