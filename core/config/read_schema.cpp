#include "config/node_reader.h"
#include "config/schema.h"

#include <re2/re2.h>

namespace trusthub::config {
namespace {

constexpr std::pair<std::string_view, FieldType> kTypes[] = {{"string", FieldType::String},
                                                             {"integer", FieldType::Integer},
                                                             {"boolean", FieldType::Boolean},
                                                             {"list", FieldType::List},
                                                             {"secret", FieldType::Secret}};

FieldType typeOf(std::string_view name) {
    for (const auto& [known, type] : kTypes)
        if (known == name) return type;
    return FieldType::String;
}

/// An example may be a list: it is shown as YAML would write it.
std::string exampleText(const Node& node) {
    if (node.kind != Node::Kind::List) return node.scalar;
    std::string out = "[";
    for (const Node& item : node.items) out += (out.size() > 1 ? ", " : "") + item.scalar;
    return out + "]";
}

Field readField(const std::string& name, const Node& node, Findings& findings) {
    NodeReader reader(node, name, findings);
    Field field;
    field.name = name;
    static const RE2 kName("[a-z][a-z0-9_]{0,63}");
    if (!RE2::FullMatch(name, kName))
        findings.refuse(node.line, "the name of a setting must match " + kName.pattern());
    field.type = typeOf(reader.oneOf("type", {"string", "integer", "boolean", "list", "secret"})
                            .value_or("string"));
    if (!reader.has("type")) reader.refuse("type", "is required");
    if (reader.boolean("secret").value_or(false)) {
        if (field.type != FieldType::String && field.type != FieldType::Secret)
            reader.refuse("secret", "goes with type string only");
        field.type = FieldType::Secret;
    }
    field.description = reader.text("description").value_or("");
    if (!reader.has("description")) reader.refuse("description", "is required");
    field.required = reader.boolean("required").value_or(false);
    field.hostOnly = reader.boolean("host_only").value_or(false);
    field.advanced = reader.boolean("advanced").value_or(false);
    field.enumeration = reader.texts("enum").value_or(std::vector<std::string>{});
    field.pattern = reader.text("pattern").value_or("");
    if (!RE2(field.pattern, RE2::Quiet).ok()) reader.refuse("pattern", "is none that RE2 takes");
    field.min = reader.integer("min", INT64_MIN, INT64_MAX);
    field.max = reader.integer("max", INT64_MIN, INT64_MAX);
    if (const Node* example = reader.any("example")) field.example = exampleText(*example);

    if (const Node* declared = reader.any("default")) {
        if (field.type == FieldType::Secret || field.required) {
            reader.refuse("default", "makes no sense for a secret or a required setting");
        } else {
            // The default is checked as if an operator had written it.
            const Node map{
                .kind = Node::Kind::Map, .line = declared->line, .members = {{name, *declared}}};
            auto checked = validate(Schema{{field}}, map, findings.file);
            if (const auto* problems = std::get_if<std::vector<Problem>>(&checked)) {
                findings.problems.insert(findings.problems.end(), problems->begin(),
                                         problems->end());
            } else {
                const sdk::Settings& settings = std::get<Validated>(checked).settings;
                switch (field.type) {
                    case FieldType::Integer:
                        field.defaultValue = settings.integer(name);
                        break;
                    case FieldType::Boolean:
                        field.defaultValue = settings.boolean(name);
                        break;
                    case FieldType::List:
                        field.defaultValue = settings.list(name);
                        break;
                    case FieldType::String:
                    case FieldType::Secret:
                        field.defaultValue = std::string(settings.string(name));
                        break;
                }
            }
        }
    }
    reader.finish();
    return field;
}

}  // namespace

std::variant<Schema, std::vector<Problem>> readSchema(const Node& settings,
                                                      const std::string& file) {
    Findings findings{file, {}, {}};
    Schema schema;
    if (settings.kind != Node::Kind::Map && settings.kind != Node::Kind::Null)
        findings.refuse(settings.line, "settings must be a map of names");
    for (const auto& [name, node] : settings.members)
        schema.fields.push_back(readField(name, node, findings));
    if (!findings.problems.empty()) return std::move(findings.problems);
    return schema;
}

}  // namespace trusthub::config
