#include "connectors/describe.h"

#include "base/text.h"

namespace trusthub::connectors {

std::string_view text(config::FieldType type) {
    switch (type) {
        case config::FieldType::String:
            return "string";
        case config::FieldType::Integer:
            return "integer";
        case config::FieldType::Boolean:
            return "boolean";
        case config::FieldType::List:
            return "list";
        case config::FieldType::Secret:
            return "secret";
    }
    return "string";
}

std::string commaList(const std::vector<std::string>& items) {
    return items.empty() ? "none" : base::join(items, ", ");
}

std::string hostsText(const std::vector<std::string>& hosts) {
    std::vector<std::string> words;
    for (const auto& host : hosts) {
        const std::string_view setting = hostSetting(host);
        words.push_back(setting.empty() ? host : "the host in `" + std::string(setting) + "`");
    }
    return commaList(words);
}

std::string capabilitiesText(const Descriptor& descriptor) {
    std::vector<std::string> names;
    for (const Capability capability : descriptor.capabilities)
        names.emplace_back(text(capability));
    return commaList(names);
}

std::string valueText(const sdk::Settings::Value& value) {
    if (const auto* string = std::get_if<std::string>(&value)) return *string;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    const auto& items = std::get<std::vector<std::string>>(value);
    return "[" + base::join(items, ", ") + "]";
}

std::string shapeOf(const config::Field& field) {
    std::string out(text(field.type));
    if (field.required) out += ", required";
    if (!field.enumeration.empty()) out += ", one of " + commaList(field.enumeration);
    if (field.min && field.max)
        out += ", " + std::to_string(*field.min) + " to " + std::to_string(*field.max);
    else if (field.min)
        out += ", at least " + std::to_string(*field.min);
    else if (field.max)
        out += ", at most " + std::to_string(*field.max);
    if (!field.pattern.empty()) out += ", like " + field.pattern;
    if (field.defaultValue) out += ", default " + valueText(*field.defaultValue);
    if (field.hostOnly) out += ", from files of the host only";
    if (field.advanced) out += ", advanced";
    return out;
}

}  // namespace trusthub::connectors
