// JSON for plugins: read-only values over data that the host owns, and a small writer.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
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

/// How many bytes from the front stand for themselves in a JSON string.
inline std::size_t plainJsonPrefix(std::string_view text) noexcept {
    // The compiler makes of it what the processor has for vectors (GCC, Clang: vector extensions).
    using Bytes [[gnu::vector_size(16)]] = unsigned char;
    using Words [[gnu::vector_size(16)]] = std::uint64_t;
    const auto plain = [](Bytes bytes) {
        const auto special = (bytes < 0x20) | (bytes == '"') | (bytes == '\\');
        const auto any = reinterpret_cast<Words>(special);
        return (any[0] | any[1]) == 0;
    };
    const auto bytesAt = [&](std::size_t at) {
        Bytes bytes;
        std::memcpy(&bytes, text.data() + at, sizeof bytes);
        return bytes;
    };
    const std::size_t size = text.size();
    std::size_t i = 0;
    if (size >= sizeof(Bytes)) {
        while (i + sizeof(Bytes) <= size && plain(bytesAt(i))) i += sizeof(Bytes);
        // What is left of a text is looked at together with bytes that have been looked at.
        if (i + sizeof(Bytes) > size && plain(bytesAt(size - sizeof(Bytes)))) return size;
    } else if (size > 0) {
        Bytes bytes = Bytes{} + ' ';
        std::memcpy(&bytes, text.data(), size);
        if (plain(bytes)) return size;
    }
    while (i < size && static_cast<unsigned char>(text[i]) >= 0x20 && text[i] != '"' &&
           text[i] != '\\')
        ++i;
    return i;
}

/// Appends `text` as a JSON string with quotes. The text must be UTF-8. `Out` is std::string or has
/// its push_back() and append().
template <class Out>
void appendJsonString(Out& out, std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out.push_back('"');
    for (;;) {
        const std::size_t plain = plainJsonPrefix(text);
        out.append(text.data(), plain);
        if (plain == text.size()) break;
        const char c = text[plain];
        text.remove_prefix(plain + 1);
        switch (c) {
            case '"':
                out.append("\\\"", 2);
                break;
            case '\\':
                out.append("\\\\", 2);
                break;
            case '\n':
                out.append("\\n", 2);
                break;
            case '\r':
                out.append("\\r", 2);
                break;
            case '\t':
                out.append("\\t", 2);
                break;
            case '\b':
                out.append("\\b", 2);
                break;
            case '\f':
                out.append("\\f", 2);
                break;
            default:
                out.append("\\u00", 4);
                out.push_back(kHex[(c >> 4) & 0xF]);
                out.push_back(kHex[c & 0xF]);
        }
    }
    out.push_back('"');
}

/// Text that grows at its end; a piece costs no call, as it does with std::string.
class JsonText {
public:
    explicit JsonText(std::size_t room) : bytes_(room, '\0') {}
    JsonText(const JsonText&) = default;
    JsonText& operator=(const JsonText&) = default;
    /// What was moved from or taken is empty, and may grow again.
    JsonText(JsonText&& other) noexcept
        : bytes_(std::exchange(other.bytes_, {})), size_(std::exchange(other.size_, 0)) {}
    JsonText& operator=(JsonText&& other) noexcept {
        if (this == &other) return *this;
        bytes_ = std::exchange(other.bytes_, {});
        size_ = std::exchange(other.size_, 0);
        return *this;
    }
    ~JsonText() = default;

    void push_back(char c) { *room(1) = c; }
    void append(const char* text, std::size_t size) {
        if (size > 0) std::memcpy(room(size), text, size);
    }
    /// Where `more` bytes go, which count as written.
    char* room(std::size_t more) {
        if (bytes_.size() - size_ < more) grow(more);
        char* const at = bytes_.data() + size_;
        size_ += more;
        return at;
    }
    std::string_view view() const { return {bytes_.data(), size_}; }
    std::string take() && {
        bytes_.resize(std::exchange(size_, 0));
        return std::exchange(bytes_, {});
    }

private:
    [[gnu::noinline]] void grow(std::size_t more) { bytes_.resize(2 * bytes_.size() + more); }

    std::string bytes_;
    std::size_t size_ = 0;
};

/// The name of a member, written in the source: nothing in it needs to be escaped, which the
/// compiler has checked.
class JsonName {
public:
    template <std::size_t N>
    consteval JsonName(const char (&name)[N]) : text_(name, N - 1) {
        for (const char c : text_)
            if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\')
                throw "the name needs escaping";
    }
    constexpr std::string_view text() const { return text_; }

private:
    std::string_view text_;
};

/// A name that is known only when the program runs.
template <class T>
concept RuntimeText = std::is_convertible_v<const T&, std::string_view> && !std::is_array_v<T>;

/// Writes JSON front to back into one string, without a tree; commas are its own business.
class JsonWriter {
public:
    /// `room`: bytes that are put by at once; most texts are shorter.
    explicit JsonWriter(std::size_t room = 512) : out_(room) {}
    JsonWriter(const JsonWriter&) = default;
    JsonWriter& operator=(const JsonWriter&) = default;
    /// What was moved from or taken is empty, and may write another text.
    JsonWriter(JsonWriter&& other) noexcept
        : out_(std::move(other.out_)), comma_(std::exchange(other.comma_, false)) {}
    JsonWriter& operator=(JsonWriter&& other) noexcept {
        out_ = std::move(other.out_);
        comma_ = std::exchange(other.comma_, false);
        return *this;
    }
    ~JsonWriter() = default;

    JsonWriter& beginObject() { return open('{'); }
    JsonWriter& endObject() { return close('}'); }
    JsonWriter& beginArray() { return open('['); }
    JsonWriter& endArray() { return close(']'); }
    JsonWriter& key(JsonName name) {
        const std::string_view text = name.text();
        char* at = out_.room(text.size() + 3 + (comma_ ? 1 : 0));
        if (comma_) *at++ = ',';
        *at = '"';
        std::memcpy(at + 1, text.data(), text.size());
        at[text.size() + 1] = '"';
        at[text.size() + 2] = ':';
        comma_ = false;
        return *this;
    }
    template <RuntimeText Text>
    JsonWriter& key(const Text& name) {
        string(name);
        out_.push_back(':');
        comma_ = false;
        return *this;
    }
    JsonWriter& value(std::string_view text) { return string(text); }
    JsonWriter& value(const char* text) { return string(text); }
    JsonWriter& value(const std::string& text) { return string(text); }
    JsonWriter& value(bool flag) { return raw(flag ? "true" : "false"); }
    JsonWriter& value(std::int64_t number) { return digits(number); }
    JsonWriter& value(std::uint64_t number) { return digits(number); }
    JsonWriter& value(int number) { return digits(number); }
    JsonWriter& null() { return raw("null"); }
    /// Puts in text that is JSON already.
    JsonWriter& raw(std::string_view json) {
        comma();
        out_.append(json.data(), json.size());
        return *this;
    }
    template <class T>
    JsonWriter& member(JsonName name, const T& v) {
        return key(name).value(v);
    }
    template <RuntimeText Text, class T>
    JsonWriter& member(const Text& name, const T& v) {
        return key(name).value(v);
    }
    std::string_view text() const& { return out_.view(); }
    std::string text() && {
        comma_ = false;
        return std::move(out_).take();
    }

private:
    JsonWriter& open(char c) {
        comma();
        out_.push_back(c);
        comma_ = false;
        return *this;
    }
    JsonWriter& close(char c) {
        out_.push_back(c);
        comma_ = true;
        return *this;
    }
    JsonWriter& string(std::string_view text) {
        comma();
        if (plainJsonPrefix(text) < text.size()) {
            appendJsonString(out_, text);
            return *this;
        }
        char* const at = out_.room(text.size() + 2);
        *at = '"';
        if (!text.empty()) std::memcpy(at + 1, text.data(), text.size());
        at[text.size() + 1] = '"';
        return *this;
    }
    template <class Integer>
    JsonWriter& digits(Integer number) {
        char text[24];
        return raw({text, std::to_chars(text, text + sizeof text, number).ptr});
    }
    /// Before what comes next; the next thing after that needs one unless it is told otherwise.
    void comma() {
        if (comma_) out_.push_back(',');
        comma_ = true;
    }
    JsonText out_;
    bool comma_ = false;  ///< what comes next stands behind something
};

}  // namespace trusthub::sdk
