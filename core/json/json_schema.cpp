#include "json/schema.h"
#include "json/schema_checks.h"
#include "json/schema_prepare.h"

#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace trusthub::json {
namespace {

using valijson::adapters::BoostJsonAdapter;

constexpr std::size_t kMaxErrors = 20;
constexpr std::size_t kMaxExplained = 10'000;  // values; larger data get one sentence

/// Counts values up to a limit.
std::size_t countValues(const Value& value, std::size_t limit) {
    std::size_t count = 1;
    if (const Array* items = value.if_array()) {
        for (auto it = items->begin(); it != items->end() && count < limit; ++it)
            count += countValues(*it, limit - count);
    } else if (const Object* members = value.if_object()) {
        for (auto it = members->begin(); it != members->end() && count < limit; ++it)
            count += countValues(it->value(), limit - count);
    }
    return count;
}

bool holdsUnsigned(const Value& value) {
    if (const Array* items = value.if_array())
        return std::any_of(items->begin(), items->end(), holdsUnsigned);
    if (const Object* members = value.if_object())
        return std::any_of(members->begin(), members->end(),
                           [](const auto& member) { return holdsUnsigned(member.value()); });
    return value.is_uint64();
}

/// valijson takes an unsigned number for no number at all; as int64 or double it is one.
void makeSigned(Value& value) {
    if (Array* items = value.if_array()) {
        for (Value& item : *items) makeSigned(item);
    } else if (Object* members = value.if_object()) {
        for (auto& member : *members) makeSigned(member.value());
    } else if (const std::uint64_t* number = value.if_uint64()) {
        if (*number <= INT64_MAX)
            value = static_cast<std::int64_t>(*number);
        else
            value = static_cast<double>(*number);
    }
}

void appendToken(std::string& pointer, std::string_view name) {
    pointer.push_back('/');
    for (const char c : name) {
        if (c == '~')
            pointer += "~0";
        else if (c == '/')
            pointer += "~1";
        else
            pointer.push_back(c);
    }
}

/// The name that a sentence of valijson's quotes after `lead`; null for another sentence.
std::optional<std::string_view> quoted(std::string_view sentence, std::string_view lead) {
    if (!sentence.starts_with(lead)) return std::nullopt;
    sentence.remove_prefix(lead.size());
    return sentence.substr(0, sentence.rfind('\''));
}

/// valijson's path and sentence in our form; null for sentences that only repeat what stands
/// deeper.
std::optional<FieldError> translate(const valijson::ValidationResults::Error& error,
                                    std::string_view base) {
    const std::string_view said = error.description;
    FieldError out{std::string(base), {}};
    for (const std::string& step : error.context)
        if (step.starts_with('[')) appendToken(out.pointer, step.substr(1, step.size() - 2));
    if (said.starts_with("Failed to validate item #") ||
        said.starts_with("Failed to validate against schema associated with property") ||
        said.starts_with("Failed to validate against additional properties"))
        return std::nullopt;
    if (const auto missing = quoted(said, "Missing required property '")) {
        appendToken(out.pointer, *missing);
        out.detail = "is required";
    } else if (const auto unwanted = quoted(said,
                                            "Object contains a property that could not be "
                                            "validated using 'properties' or "
                                            "'additionalProperties' constraints: '")) {
        appendToken(out.pointer, *unwanted);
        out.detail = "is not known here";
    } else if (said.starts_with("Failed to match against any enum")) {
        out.detail = "must be one of the listed values";
    } else if (said.starts_with("Failed to match expected value set by 'const'")) {
        out.detail = "must be the one value that the schema names";
    } else {
        out.detail = said;
    }
    return out;
}

}  // namespace

struct JsonSchema::Impl {
    valijson::Schema schema;
};

Result<JsonSchema> JsonSchema::compile(const Value& schema) {
    auto prepared = prepareSchema(schema);
    if (!prepared) return std::move(prepared).error();

    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    for (OwnCheck& check : makeOwnChecks())
        parser.addConstraintBuilder(check.keyword, check.builder.release());  // the parser's now
    auto impl = std::make_shared<Impl>();
    try {
        parser.populateSchema(BoostJsonAdapter(*prepared), impl->schema);
    } catch (const std::exception& e) {
        return invalid("/schema", e.what());
    }
    JsonSchema out;
    out.impl_ = std::move(impl);
    return out;
}

Result<void> JsonSchema::check(const Value& data, std::string_view base) const {
    if (holdsUnsigned(data)) {
        Value copy = data;
        makeSigned(copy);
        return check(copy, base);
    }
    const BoostJsonAdapter target(data);
    valijson::Validator validator;
    if (validator.validate(impl_->schema, target, nullptr)) return {};
    if (countValues(data, kMaxExplained) >= kMaxExplained)
        return invalid(std::string(base), "does not fit its schema");

    valijson::ValidationResults results;
    validator.validate(impl_->schema, target, &results);
    Error error = fail(ErrorKind::InvalidInput);
    for (const auto& found : results) {
        auto field = translate(found, base);
        if (field) error.fields.push_back(*std::move(field));
        if (error.fields.size() == kMaxErrors) break;
    }
    if (error.fields.empty())
        error.fields.push_back({std::string(base), "does not fit its schema"});
    return error;
}

}  // namespace trusthub::json
