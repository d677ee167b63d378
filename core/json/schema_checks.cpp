#include "json/schema_checks.h"

#include "base/text.h"
#include "json/json.h"
#include "json/schema_formats.h"
#include "json/schema_prepare.h"

#include <re2/re2.h>
#include <valijson/constraint_builder.hpp>
#include <valijson/constraints/concrete_constraints.hpp>
#include <valijson/internal/adapter.hpp>
#include <valijson/validation_results.hpp>

#include <cmath>
#include <stdexcept>

namespace trusthub::json {
namespace {

using valijson::adapters::Adapter;

/// A test of one value and the sentence for what fails it.
struct Rule {
    std::function<bool(const Adapter& target)> holds;
    std::string sentence;
};

class RuleConstraint final : public valijson::constraints::PolyConstraint {
public:
    explicit RuleConstraint(Rule rule) : rule_(std::make_shared<const Rule>(std::move(rule))) {}

    bool validate(const Adapter& target, const std::vector<std::string>& context,
                  valijson::ValidationResults* results) const override {
        if (rule_->holds(target)) return true;
        if (results) results->pushError(context, rule_->sentence);
        return false;
    }

private:
    Constraint* cloneInto(void* memory) const override {
        return new (memory) RuleConstraint(*this);
    }
    std::size_t sizeOf() const override { return sizeof(RuleConstraint); }

    std::shared_ptr<const Rule> rule_;
};

class RuleBuilder final : public valijson::ConstraintBuilder {
public:
    using Make = Rule (*)(const Adapter& keyword);
    explicit RuleBuilder(Make rule) : make_(rule) {}
    valijson::constraints::Constraint* make(const Adapter& keyword) const override {
        return new RuleConstraint(make_(keyword));
    }

private:
    Make make_;
};

std::string text(const Adapter& keyword) {
    if (!keyword.isString()) throw std::runtime_error("must be a string");
    return keyword.asString();
}

double bound(const Adapter& keyword) {
    if (!keyword.isNumber()) throw std::runtime_error("must be a number");
    return keyword.asDouble();
}

std::int64_t length(const Adapter& keyword) {
    if (!keyword.isInteger() || keyword.asInteger() < 0)
        throw std::runtime_error("must be a whole number from 0");
    return keyword.asInteger();
}

/// In characters, as the specification counts.
std::int64_t lengthOf(const std::string& text) {
    return static_cast<std::int64_t>(base::characters(text));
}

bool isType(const Adapter& value, std::string_view type) {
    if (type == "object") return value.isObject();
    if (type == "array") return value.isArray();
    if (type == "string") return value.isString();
    if (type == "boolean") return value.isBool();
    if (type == "null") return value.isNull();
    if (!value.isNumber()) return false;
    return type == "number" || value.isInteger() ||
           value.asDouble() == std::floor(value.asDouble());
}

Rule typeRule(const Adapter& keyword) {
    static constexpr std::string_view kTypes[] = {"object", "array",  "string", "boolean",
                                                  "null",   "number", "integer"};
    std::vector<std::string> types;
    const auto add = [&](const Adapter& item) {
        types.push_back(text(item));
        if (std::find(std::begin(kTypes), std::end(kTypes), types.back()) == std::end(kTypes))
            throw std::runtime_error("type must be one of JSON's types");
        return true;
    };
    if (keyword.isArray())
        keyword.applyToArray(add);
    else
        add(keyword);
    if (types.empty()) throw std::runtime_error("type must name one");
    std::string sentence = "must be of type ";
    for (std::size_t i = 0; i < types.size(); ++i) sentence += (i == 0 ? "" : " or ") + types[i];
    return {[types](const Adapter& target) {
                return std::any_of(types.begin(), types.end(),
                                   [&](const auto& type) { return isType(target, type); });
            },
            sentence};
}

Rule patternRule(const Adapter& keyword) {
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(1 << 20);
    const std::string pattern = text(keyword);
    const auto compiled = std::make_shared<const RE2>(pattern, options);
    if (!compiled->ok()) throw std::runtime_error("RE2 does not take this pattern");
    return {[compiled](const Adapter& target) {
                return !target.isString() || RE2::PartialMatch(target.asString(), *compiled);
            },
            "must match the pattern " + pattern};
}

Rule formatRule(const Adapter& keyword) {
    const std::string name = text(keyword);
    const FormatCheck check = findFormat(name);
    if (!check) throw std::runtime_error("this format is not supported");
    return {
        [check](const Adapter& target) { return !target.isString() || check(target.asString()); },
        "must be a valid " + name};
}

template <class Compare>
Rule boundRule(const Adapter& keyword, std::string_view words) {
    const double limit = bound(keyword);
    return {[limit](const Adapter& target) {
                return !target.isNumber() || Compare{}(target.asDouble(), limit);
            },
            "must be " + std::string(words) + " " + canonical(limit)};
}

template <class Compare>
Rule lengthRule(const Adapter& keyword, std::string_view words) {
    const std::int64_t limit = length(keyword);
    return {[limit](const Adapter& target) {
                return !target.isString() || Compare{}(lengthOf(target.asString()), limit);
            },
            "must have " + std::string(words) + " " + std::to_string(limit) + " characters"};
}

}  // namespace

std::vector<OwnCheck> makeOwnChecks() {
    const std::pair<std::string_view, RuleBuilder::Make> table[] = {
        {"type", typeRule},
        {"pattern", patternRule},
        {"format", formatRule},
        {"minimum",
         [](const Adapter& k) { return boundRule<std::greater_equal<>>(k, "at least"); }},
        {"maximum", [](const Adapter& k) { return boundRule<std::less_equal<>>(k, "at most"); }},
        {"exclusiveMinimum",
         [](const Adapter& k) { return boundRule<std::greater<>>(k, "above"); }},
        {"exclusiveMaximum", [](const Adapter& k) { return boundRule<std::less<>>(k, "below"); }},
        {"minLength",
         [](const Adapter& k) { return lengthRule<std::greater_equal<>>(k, "at least"); }},
        {"maxLength", [](const Adapter& k) { return lengthRule<std::less_equal<>>(k, "at most"); }},
    };
    std::vector<OwnCheck> checks;
    for (const auto& [name, make] : table)
        checks.push_back({std::string(kOwnKeyword) + std::string(name),
                          std::make_unique<const RuleBuilder>(make)});
    return checks;
}

}  // namespace trusthub::json
