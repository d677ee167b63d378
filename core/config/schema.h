// Field schemas: one description of settings drives validation, defaults, redaction and documents.
#pragma once

#include "config/yaml.h"
#include "sdk/secret.h"
#include "sdk/settings.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace trusthub::config {

enum class FieldType : std::uint8_t { String, Integer, Boolean, List, Secret };

/// One setting as plugin.yaml (or hub.yaml's own table) declares it.
struct Field {
    std::string name;
    FieldType type = FieldType::String;
    std::string description;
    bool required = false;
    bool hostOnly = false;  ///< accepted from files under config/ only
    bool advanced = false;
    std::optional<sdk::Settings::Value> defaultValue;
    std::vector<std::string> enumeration;
    std::string pattern;  ///< RE2, whole text
    std::optional<std::int64_t> min, max;
    std::string example;
};

struct Schema {
    std::vector<Field> fields;
    const Field* find(std::string_view name) const;
};

/// Checks a map against a schema: unknown keys (with the nearest known name), wrong types, enum,
/// range, pattern, missing required. Secrets are checked for presence and come out separately.
struct Validated {
    sdk::Settings settings;
    std::map<std::string, SecretString, std::less<>> secrets;
    std::vector<Problem> warnings;  ///< secrets that stand in the file as they are
};
std::variant<Validated, std::vector<Problem>> validate(const Schema& schema, const Node& map,
                                                       const std::string& file);

/// Reads a `settings:` block of plugin.yaml into a schema: `NAME: {type, description, required,
/// default, enum, pattern, min, max, host_only, advanced, example}`; `secret: true` makes a string
/// a secret.
std::variant<Schema, std::vector<Problem>> readSchema(const Node& settings,
                                                      const std::string& file);

}  // namespace trusthub::config
