#include "json/json.h"
#include "json/parse_into.h"

#include <boost/json/monotonic_resource.hpp>

#include <cmath>

namespace trusthub::json {
namespace {

const Value& tree(const void* node) {
    return *static_cast<const Value*>(node);
}

class Access final : public sdk::JsonAccess {
public:
    sdk::JsonKind kind(Node node) const noexcept override {
        switch (tree(node).kind()) {
            case boost::json::kind::null:
                return sdk::JsonKind::Null;
            case boost::json::kind::bool_:
                return sdk::JsonKind::Bool;
            case boost::json::kind::int64:
            case boost::json::kind::uint64:
            case boost::json::kind::double_:
                return sdk::JsonKind::Number;
            case boost::json::kind::string:
                return sdk::JsonKind::String;
            case boost::json::kind::array:
                return sdk::JsonKind::Array;
            case boost::json::kind::object:
                return sdk::JsonKind::Object;
        }
        return sdk::JsonKind::Null;
    }
    std::size_t size(Node node) const noexcept override {
        if (const Array* array = tree(node).if_array()) return array->size();
        if (const Object* object = tree(node).if_object()) return object->size();
        return 0;
    }
    Node at(Node array, std::size_t index) const noexcept override {
        const Array* items = tree(array).if_array();
        return items && index < items->size() ? &(*items)[index] : nullptr;
    }
    Node find(Node object, std::string_view key) const noexcept override {
        const Object* members = tree(object).if_object();
        return members ? members->if_contains(key) : nullptr;
    }
    std::string_view keyAt(Node object, std::size_t index) const noexcept override {
        const auto* found = member(object, index);
        return found ? std::string_view(found->key()) : std::string_view{};
    }
    Node valueAt(Node object, std::size_t index) const noexcept override {
        const auto* found = member(object, index);
        return found ? &found->value() : nullptr;
    }
    std::string_view string(Node node) const noexcept override {
        const auto* text = tree(node).if_string();
        return text ? std::string_view(text->data(), text->size()) : std::string_view{};
    }
    std::optional<std::int64_t> integer(Node node) const noexcept override {
        const std::int64_t* number = tree(node).if_int64();
        return number ? std::optional(*number) : std::nullopt;
    }
    std::optional<double> number(Node node) const noexcept override {
        const Value& value = tree(node);
        if (const double* number = value.if_double()) return *number;
        if (const std::int64_t* number = value.if_int64()) return static_cast<double>(*number);
        if (const std::uint64_t* number = value.if_uint64()) return static_cast<double>(*number);
        return std::nullopt;
    }
    bool boolean(Node node) const noexcept override {
        const bool* flag = tree(node).if_bool();
        return flag && *flag;
    }

private:
    static const boost::json::key_value_pair* member(Node object, std::size_t index) noexcept {
        const Object* members = tree(object).if_object();
        return members && index < members->size() ? members->begin() + index : nullptr;
    }
};

struct Document {
    explicit Document(std::size_t size) : memory(size) {}
    boost::json::monotonic_resource memory;
    std::optional<Value> root;  ///< after `memory`, so that it goes first
};

class Parser final : public sdk::JsonParser {
public:
    Result<sdk::JsonDocument> parse(std::string_view text) const override {
        // The tree of a payload has thousands of nodes and one life: it is taken from one block and
        // given back at once. Twice the text is what such trees need.
        auto document = std::make_shared<Document>(text.size() * 2);
        auto parsed = parseInto(text, {}, &document->memory);
        if (!parsed) return std::move(parsed).error();
        document->root.emplace(*std::move(parsed));
        return sdk::JsonDocument(&access_, std::shared_ptr<const void>(document, &*document->root));
    }

private:
    Access access_;
};

}  // namespace

const sdk::JsonParser& pluginParser() {
    static const Parser kParser;
    return kParser;
}

}  // namespace trusthub::json
