// JSON for plugins: read-only values over data that the host owns, and a small writer.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace trusthub::sdk {

enum class JsonKind : std::uint8_t { Null, Bool, Number, String, Array, Object };

/// How the host reads its own tree. Every function takes a node of a document that is still alive.
/// [thread-safe]
class JsonAccess {
public:
    using Node = const void*;
    virtual JsonKind kind(Node node) const noexcept = 0;
    virtual std::size_t size(Node node) const noexcept = 0;             ///< of array or object
    virtual Node at(Node array, std::size_t index) const noexcept = 0;  ///< null past the end
    virtual Node find(Node object, std::string_view key) const noexcept = 0;  ///< null when absent
    virtual std::string_view keyAt(Node object, std::size_t index) const noexcept = 0;
    virtual Node valueAt(Node object, std::size_t index) const noexcept = 0;
    virtual std::string_view string(Node node) const noexcept = 0;  ///< "" when not a string
    virtual std::optional<std::int64_t> integer(Node node) const noexcept = 0;
    virtual std::optional<double> number(Node node) const noexcept = 0;
    virtual bool boolean(Node node) const noexcept = 0;

protected:
    ~JsonAccess() = default;
};

/// A view of one node; valid as long as its document. Reading what is absent gives an absent value,
/// so that paths can be written without checks: `event["repository"]["clone_url"].string()`.
class JsonValue {
public:
    JsonValue() = default;
    JsonValue(const JsonAccess* access, JsonAccess::Node node) : access_(access), node_(node) {}

    explicit operator bool() const noexcept { return node_ != nullptr; }
    JsonKind kind() const noexcept { return node_ ? access_->kind(node_) : JsonKind::Null; }
    bool isObject() const noexcept { return kind() == JsonKind::Object; }
    bool isArray() const noexcept { return kind() == JsonKind::Array; }
    bool isString() const noexcept { return kind() == JsonKind::String; }

    JsonValue operator[](std::string_view key) const noexcept {
        if (!isObject()) return {};
        return wrap(access_->find(node_, key));
    }
    JsonValue at(std::size_t index) const noexcept {
        if (!isArray()) return {};
        return wrap(access_->at(node_, index));
    }
    /// Members of an array or object; 0 for all else.
    std::size_t size() const noexcept { return isArray() || isObject() ? access_->size(node_) : 0; }
    std::string_view keyAt(std::size_t index) const noexcept {
        return isObject() ? access_->keyAt(node_, index) : std::string_view{};
    }
    JsonValue valueAt(std::size_t index) const noexcept {
        return isObject() ? wrap(access_->valueAt(node_, index)) : JsonValue{};
    }
    std::string_view string(std::string_view fallback = {}) const noexcept {
        return isString() ? access_->string(node_) : fallback;
    }
    std::optional<std::int64_t> integer() const noexcept {
        return kind() == JsonKind::Number ? access_->integer(node_) : std::nullopt;
    }
    std::optional<double> number() const noexcept {
        return kind() == JsonKind::Number ? access_->number(node_) : std::nullopt;
    }
    bool boolean(bool fallback = false) const noexcept {
        return kind() == JsonKind::Bool ? access_->boolean(node_) : fallback;
    }

private:
    JsonValue wrap(JsonAccess::Node node) const noexcept {
        return node ? JsonValue{access_, node} : JsonValue{};
    }
    const JsonAccess* access_ = nullptr;
    JsonAccess::Node node_ = nullptr;
};

/// A parsed text. Owns the tree through the host; move-only.
class JsonDocument {
public:
    JsonDocument() = default;
    JsonDocument(const JsonAccess* access, std::shared_ptr<const void> tree)
        : access_(access), tree_(std::move(tree)) {}
    JsonValue root() const noexcept {
        return tree_ ? JsonValue{access_, tree_.get()} : JsonValue{};
    }

private:
    const JsonAccess* access_ = nullptr;
    std::shared_ptr<const void> tree_;
};

/// Appends `text` as a JSON string with quotes. The text must be UTF-8.
inline void appendJsonString(std::string& out, std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out.push_back('"');
    std::size_t plain = 0;  // where the characters begin that stand for themselves
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, plain, i - plain);
        plain = i + 1;
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\b':
                out += "\\b";
                break;
            case '\f':
                out += "\\f";
                break;
            default:
                out += "\\u00";
                out.push_back(kHex[(c >> 4) & 0xF]);
                out.push_back(kHex[c & 0xF]);
        }
    }
    out.append(text, plain);
    out.push_back('"');
}

/// Writes JSON front to back into one string, without a tree; commas are its own business.
class JsonWriter {
public:
    JsonWriter& beginObject() { return open('{'); }
    JsonWriter& endObject() { return close('}'); }
    JsonWriter& beginArray() { return open('['); }
    JsonWriter& endArray() { return close(']'); }
    JsonWriter& key(std::string_view name) {
        comma();
        appendJsonString(out_, name);
        out_.push_back(':');
        afterKey_ = true;
        return *this;
    }
    JsonWriter& value(std::string_view text) {
        comma();
        appendJsonString(out_, text);
        return *this;
    }
    JsonWriter& value(const char* text) { return value(std::string_view{text}); }
    JsonWriter& value(const std::string& text) { return value(std::string_view{text}); }
    JsonWriter& value(bool flag) { return raw(flag ? "true" : "false"); }
    JsonWriter& value(std::int64_t number) { return raw(std::to_string(number)); }
    JsonWriter& value(std::uint64_t number) { return raw(std::to_string(number)); }
    JsonWriter& value(int number) { return raw(std::to_string(number)); }
    JsonWriter& null() { return raw("null"); }
    /// Puts in text that is JSON already.
    JsonWriter& raw(std::string_view json) {
        comma();
        out_ += json;
        return *this;
    }
    template <class T>
    JsonWriter& member(std::string_view name, const T& v) {
        return key(name).value(v);
    }
    const std::string& text() const& { return out_; }
    std::string text() && { return std::move(out_); }

private:
    JsonWriter& open(char c) {
        comma();
        out_.push_back(c);
        return *this;
    }
    JsonWriter& close(char c) {
        out_.push_back(c);
        afterKey_ = false;
        return *this;
    }
    void comma() {
        if (!afterKey_ && !out_.empty() && out_.back() != '{' && out_.back() != '[')
            out_.push_back(',');
        afterKey_ = false;
    }
    std::string out_;
    bool afterKey_ = false;
};

}  // namespace trusthub::sdk
