#include "connectors/connection_settings.h"

#include <boost/json.hpp>

namespace trusthub::connectors {
namespace {

using config::Node;

/// Null when a file could not say this either.
std::optional<Node> nodeOf(const json::Value& value) {
    Node node;
    if (value.is_null()) return node;
    if (const auto* items = value.if_array()) {
        node.kind = Node::Kind::List;
        for (const auto& item : *items) {
            if (!item.is_string()) return std::nullopt;
            node.items.push_back(*nodeOf(item));
        }
        return node;
    }
    node.kind = Node::Kind::Scalar;
    if (const auto* text = value.if_string()) {
        node.scalar = *text;
        node.quoted = true;
    } else if (const auto* flag = value.if_bool()) {
        node.scalar = *flag ? "true" : "false";
    } else if (const auto* number = value.if_int64()) {
        node.scalar = std::to_string(*number);
    } else {
        return std::nullopt;
    }
    return node;
}

json::Value valueOf(const sdk::Settings& settings, const config::Field& field) {
    switch (field.type) {
        case config::FieldType::Integer:
            return settings.integer(field.name);
        case config::FieldType::Boolean:
            return settings.boolean(field.name);
        case config::FieldType::List: {
            json::Array items;
            for (const auto& item : settings.list(field.name)) items.emplace_back(item);
            return items;
        }
        case config::FieldType::String:
        case config::FieldType::Secret:
            break;
    }
    return json::Value(settings.string(field.name));
}

}  // namespace

Result<ConnectionSettings> readSettings(const config::Schema& schema, const json::Object& given) {
    Error error;
    error.kind = ErrorKind::InvalidInput;
    const auto refuse = [&](std::string_view name, std::string detail) {
        error.fields.push_back({"/settings/" + std::string(name), std::move(detail)});
    };
    // One setting at a time, so that each refusal has its place.
    ConnectionSettings out;
    for (const auto& member : given) {
        const std::string_view name = member.key();
        const config::Field* field = schema.find(name);
        if (!field)
            refuse(name.substr(0, 100), "unknown setting");
        else if (field->hostOnly)
            refuse(name, "is accepted from files on the host only");
    }
    for (const config::Field& field : schema.fields) {
        const json::Value* value = given.if_contains(field.name);
        if (field.hostOnly) value = nullptr;
        const auto node = nodeOf(value ? *value : json::Value(nullptr));
        if (!node) {
            refuse(field.name, "must be a text, a whole number, true, false or a list of texts");
            continue;
        }
        Node map;
        map.kind = Node::Kind::Map;
        map.members.emplace_back(field.name, *node);
        auto checked = config::validate({{field}}, map, "");
        if (const auto* problems = std::get_if<std::vector<config::Problem>>(&checked)) {
            for (const auto& problem : *problems) refuse(field.name, problem.reason);
            continue;
        }
        const auto& valid = std::get<config::Validated>(checked);
        if (field.type != config::FieldType::Secret)
            out.plain[field.name] = valueOf(valid.settings, field);
        else if (const auto secret = valid.secrets.find(field.name); secret != valid.secrets.end())
            out.secrets[field.name] = secret->second.reveal();
    }
    if (!error.fields.empty()) return error;
    return out;
}

Result<config::Validated> settingsFor(const config::Schema& schema, const json::Object& given) {
    Node map;
    map.kind = Node::Kind::Map;
    for (const config::Field& field : schema.fields)
        if (const json::Value* value = given.if_contains(field.name))
            if (auto node = nodeOf(*value)) map.members.emplace_back(field.name, *std::move(node));
    auto checked = config::validate(schema, map, "");
    if (auto* valid = std::get_if<config::Validated>(&checked)) return std::move(*valid);
    return fail(ErrorKind::InvalidInput,
                "The connection's settings do not fit its connector any more; save them anew.");
}

}  // namespace trusthub::connectors
