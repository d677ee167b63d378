#include "json/schema_prepare.h"

namespace trusthub::json {
namespace {

enum class Use { Check, Own, Schema, SchemaList, SchemaMap, Items, Dependencies, Note };

struct Keyword {
    std::string_view name;
    Use use;
};

// Draft 7 in full, but patternProperties, which valijson would match with std::regex, and
// contentMediaType and contentEncoding, which it would ignore.
constexpr Keyword kKeywords[] = {
    {"type", Use::Own},
    {"pattern", Use::Own},
    {"format", Use::Own},
    {"minimum", Use::Own},
    {"maximum", Use::Own},
    {"exclusiveMinimum", Use::Own},
    {"exclusiveMaximum", Use::Own},
    {"minLength", Use::Own},
    {"maxLength", Use::Own},
    {"enum", Use::Check},
    {"const", Use::Check},
    {"multipleOf", Use::Check},
    {"minItems", Use::Check},
    {"maxItems", Use::Check},
    {"uniqueItems", Use::Check},
    {"minProperties", Use::Check},
    {"maxProperties", Use::Check},
    {"required", Use::Check},
    {"additionalItems", Use::Schema},
    {"contains", Use::Schema},
    {"additionalProperties", Use::Schema},
    {"propertyNames", Use::Schema},
    {"not", Use::Schema},
    {"if", Use::Schema},
    {"then", Use::Schema},
    {"else", Use::Schema},
    {"allOf", Use::SchemaList},
    {"anyOf", Use::SchemaList},
    {"oneOf", Use::SchemaList},
    {"properties", Use::SchemaMap},
    {"items", Use::Items},
    {"dependencies", Use::Dependencies},
    {"title", Use::Note},
    {"description", Use::Note},
    {"default", Use::Note},
    {"examples", Use::Note},
    {"$comment", Use::Note},
    {"readOnly", Use::Note},
    {"writeOnly", Use::Note},
};

constexpr std::string_view kDefinitions = "#/definitions/";
constexpr std::size_t kMaxSchemas = 5000;       // after references were put in place
constexpr std::int64_t kMaxUniqueItems = 1000;  // valijson compares each pair

const Keyword* findKeyword(std::string_view name) {
    for (const Keyword& keyword : kKeywords)
        if (keyword.name == name) return &keyword;
    return nullptr;
}

bool isNote(std::string_view name) {
    const Keyword* keyword = findKeyword(name);
    return name.starts_with("x-") || (keyword && keyword->use == Use::Note);
}

class Preparer {
public:
    explicit Preparer(const Value& root) : root_(root) {}

    Value run() {
        Value out = schema(root_, "");
        // Also those that nothing refers to must be sound.
        for (const auto& member : definitions()) {
            const std::string place = "/definitions/" + std::string(member.key());
            (void)schema(member.value(), place);
        }
        return out;
    }
    std::vector<FieldError>& errors() { return errors_; }

private:
    void refuse(const std::string& place, std::string why) {
        if (errors_.size() < 20) errors_.push_back({"/schema" + place, std::move(why)});
    }

    const Object& definitions() const {
        static const Object kNone;
        const Object* root = root_.if_object();
        const Value* found = root ? root->if_contains("definitions") : nullptr;
        return found && found->is_object() ? found->get_object() : kNone;
    }

    Value schema(const Value& node, const std::string& place) {
        if (++schemas_ > kMaxSchemas) {
            if (schemas_ == kMaxSchemas + 1) refuse(place, "the schema is too large");
            return true;
        }
        if (node.is_bool()) return node;
        const Object* object = node.if_object();
        if (!object) {
            refuse(place, "must be a schema");
            return true;
        }
        if (object->contains("$ref")) return reference(*object, place);
        checkCompany(*object, place);
        Object out;
        for (const auto& member : *object) keyword(member.key(), member.value(), place, out);
        return out;
    }

    /// Keywords that mean nothing without another one.
    void checkCompany(const Object& object, const std::string& place) {
        const auto needs = [&](std::string_view name, bool met, std::string_view what) {
            if (object.contains(name) && !met)
                refuse(place + "/" + std::string(name), "needs " + std::string(what));
        };
        const Value* items = object.if_contains("items");
        needs("additionalItems", items && items->is_array(), "a list in items");
        needs("then", object.contains("if"), "if");
        needs("else", object.contains("if"), "if");
        const Value* unique = object.if_contains("uniqueItems");
        const Value* most = object.if_contains("maxItems");
        const std::int64_t* number = most ? most->if_int64() : nullptr;
        needs("uniqueItems",
              (unique && unique->is_bool() && !unique->get_bool()) ||
                  (number && *number <= kMaxUniqueItems),
              "maxItems of at most " + std::to_string(kMaxUniqueItems));
    }

    Value reference(const Object& object, const std::string& place) {
        for (const auto& member : object)
            if (member.key() != "$ref" && !isNote(member.key()))
                refuse(place + "/" + std::string(member.key()), "is ignored beside $ref");
        const auto* text = object.at("$ref").if_string();
        const std::string_view target = text ? std::string_view(*text) : std::string_view{};
        const Value* found = target.starts_with(kDefinitions)
                                 ? definitions().if_contains(target.substr(kDefinitions.size()))
                                 : nullptr;
        if (!found) {
            refuse(place + "/$ref", "must name a schema as #/definitions/NAME");
            return true;
        }
        if (std::find(open_.begin(), open_.end(), found) != open_.end()) {
            refuse(place + "/$ref", "refers to itself");
            return true;
        }
        open_.push_back(found);
        Value out = schema(*found, place);
        open_.pop_back();
        return out;
    }

    void keyword(std::string_view name, const Value& value, const std::string& parent,
                 Object& out) {
        const std::string place = parent + "/" + std::string(name);
        if (parent.empty() && (name == "$schema" || name == "$id" || name == "definitions")) {
            rootKeyword(name, value, place);
            return;
        }
        if (isNote(name)) return;
        const Keyword* known = findKeyword(name);
        if (!known) {
            refuse(place, "this keyword is not supported");
            return;
        }
        switch (known->use) {
            case Use::Check:
                out[name] = value;
                break;
            case Use::Own:
                out[std::string(kOwnKeyword) + std::string(name)] = value;
                break;
            case Use::Schema:
                out[name] = schema(value, place);
                break;
            case Use::SchemaList:
                out[name] = list(value, place);
                break;
            case Use::SchemaMap:
                out[name] = map(value, place, false);
                break;
            case Use::Items:
                out[name] = value.is_array() ? list(value, place) : schema(value, place);
                break;
            case Use::Dependencies:
                out[name] = map(value, place, true);
                break;
            case Use::Note:
                break;
        }
    }

    void rootKeyword(std::string_view name, const Value& value, const std::string& place) {
        if (name == "definitions" && !value.is_object()) refuse(place, "must be an object");
        if (name != "$schema") return;
        const auto* text = value.if_string();
        std::string_view uri = text ? std::string_view(*text) : std::string_view{};
        if (uri.ends_with('#')) uri.remove_suffix(1);
        if (uri != "http://json-schema.org/draft-07/schema")
            refuse(place, "must be http://json-schema.org/draft-07/schema#");
    }

    Value list(const Value& value, const std::string& place) {
        const Array* items = value.if_array();
        if (!items || items->empty()) {
            refuse(place, "must be a list of schemas");
            return Array{true};
        }
        Array out;
        for (const Value& item : *items)
            out.push_back(schema(item, place + "/" + std::to_string(out.size())));
        return out;
    }

    Value map(const Value& value, const std::string& place, bool mayListNames) {
        const Object* members = value.if_object();
        if (!members) {
            refuse(place, "must be an object");
            return Object{};
        }
        Object out;
        for (const auto& member : *members) {
            out[member.key()] =
                mayListNames && member.value().is_array()
                    ? member.value()
                    : schema(member.value(), place + "/" + std::string(member.key()));
        }
        return out;
    }

    const Value& root_;
    std::vector<const Value*> open_;  ///< references being put in place
    std::size_t schemas_ = 0;
    std::vector<FieldError> errors_;
};

}  // namespace

Result<Value> prepareSchema(const Value& schema) {
    Preparer preparer(schema);
    Value out = preparer.run();
    if (preparer.errors().empty()) return out;
    Error error = fail(ErrorKind::InvalidInput, "The schema cannot be used.");
    error.fields = std::move(preparer.errors());
    return error;
}

}  // namespace trusthub::json
