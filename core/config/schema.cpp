#include "config/schema.h"

#include "base/text.h"
#include "config/suggest.h"

#include <re2/re2.h>

namespace trusthub::config {
namespace {

using Value = sdk::Settings::Value;

std::string typeText(FieldType type) {
    switch (type) {
        case FieldType::String:
            return "a text";
        case FieldType::Integer:
            return "a whole number";
        case FieldType::Boolean:
            return "true or false";
        case FieldType::List:
            return "a list of texts";
        case FieldType::Secret:
            return "a text";
    }
    return "a text";
}

/// The value in the type that the field declares; null when it has another.
std::optional<Value> convert(FieldType type, const Node& node) {
    switch (type) {
        case FieldType::String:
        case FieldType::Secret:
            if (node.kind == Node::Kind::Scalar) return node.scalar;
            return std::nullopt;
        case FieldType::Integer:
            if (const auto number = node.asInteger()) return *number;
            return std::nullopt;
        case FieldType::Boolean:
            if (const auto flag = node.asBool()) return *flag;
            return std::nullopt;
        case FieldType::List: {
            if (node.kind != Node::Kind::List) return std::nullopt;
            std::vector<std::string> items;
            for (const Node& item : node.items) {
                if (item.kind != Node::Kind::Scalar) return std::nullopt;
                items.push_back(item.scalar);
            }
            return items;
        }
    }
    return std::nullopt;
}

/// What is wrong with one text under enum, length and pattern; "" when nothing is.
std::string checkText(const Field& field, const std::string& text) {
    if (!field.enumeration.empty() && std::find(field.enumeration.begin(), field.enumeration.end(),
                                                text) == field.enumeration.end())
        return "must be one of " + base::join(field.enumeration, ", ");
    if (!field.pattern.empty() && !RE2::FullMatch(text, RE2(field.pattern, RE2::Quiet)))
        return "must match the pattern " + field.pattern;
    return {};
}

/// For numbers min and max bound the value, for texts the bytes, for lists the items.
std::string checkBounds(const Field& field, std::int64_t measure, std::string_view unit) {
    if (field.min && measure < *field.min)
        return "must be at least " + std::to_string(*field.min) + std::string(unit);
    if (field.max && measure > *field.max)
        return "must be at most " + std::to_string(*field.max) + std::string(unit);
    return {};
}

std::string checkValue(const Field& field, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return checkBounds(field, *number, "");
    if (const auto* text = std::get_if<std::string>(&value)) {
        if (field.required && text->empty()) return "must not be empty";
        auto wrong = checkBounds(field, static_cast<std::int64_t>(text->size()), " bytes long");
        return wrong.empty() ? checkText(field, *text) : wrong;
    }
    if (const auto* items = std::get_if<std::vector<std::string>>(&value)) {
        auto wrong = checkBounds(field, static_cast<std::int64_t>(items->size()), " items long");
        for (auto it = items->begin(); wrong.empty() && it != items->end(); ++it)
            wrong = checkText(field, *it);
        return wrong;
    }
    return {};
}

Value emptyValue(FieldType type) {
    switch (type) {
        case FieldType::Integer:
            return std::int64_t{0};
        case FieldType::Boolean:
            return false;
        case FieldType::List:
            return std::vector<std::string>{};
        case FieldType::String:
        case FieldType::Secret:
            break;
    }
    return std::string();
}

}  // namespace

const Field* Schema::find(std::string_view name) const {
    for (const Field& field : fields)
        if (field.name == name) return &field;
    return nullptr;
}

std::variant<Validated, std::vector<Problem>> validate(const Schema& schema, const Node& map,
                                                       const std::string& file) {
    std::vector<Problem> problems;
    if (map.kind != Node::Kind::Map && map.kind != Node::Kind::Null) {
        problems.push_back({file, map.line, "settings must be a map of keys and values"});
        return problems;
    }
    std::vector<std::string_view> names;
    for (const Field& field : schema.fields) names.push_back(field.name);
    for (const auto& [name, node] : map.members)
        if (!schema.find(name)) problems.push_back({file, node.line, unknownKey(name, names)});

    Validated out;
    std::map<std::string, Value, std::less<>> values;
    for (const Field& field : schema.fields) {
        const bool secret = field.type == FieldType::Secret;
        const Node* node = map.find(field.name);
        if (!node || node->kind == Node::Kind::Null) {
            if (field.required)
                problems.push_back(
                    {file, node ? node->line : map.line, "`" + field.name + "` is required"});
            else if (!secret)
                values.emplace(field.name, field.defaultValue.value_or(emptyValue(field.type)));
            continue;
        }
        auto value = convert(field.type, *node);
        const std::string wrong =
            value ? checkValue(field, *value) : "must be " + typeText(field.type);
        if (!wrong.empty()) {
            problems.push_back({file, node->line, "`" + field.name + "` " + wrong});
        } else if (secret) {
            if (node->source.empty())
                out.warnings.push_back(
                    {file, node->line,
                     "the secret `" + field.name +
                         "` stands here as it is; use ${env:NAME} or ${file:PATH}"});
            out.secrets.emplace(field.name, SecretString(std::get<std::string>(*std::move(value))));
        } else {
            values.emplace(field.name, *std::move(value));
        }
    }
    if (!problems.empty()) return problems;
    out.settings = sdk::Settings(std::move(values));
    return out;
}

}  // namespace trusthub::config
