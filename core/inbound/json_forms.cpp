#include "inbound/json_forms.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace trusthub::inbound {
namespace {

struct Style {
    std::string_view name;
    std::string_view indent;  ///< of one level; empty: one line
    std::string_view itemSeparator = ",";
    std::string_view memberSeparator = ":";
    bool ascii = false;    ///< \uXXXX for all else
    bool slashes = false;  ///< \/ as PHP writes it
    bool html = false;     ///< \u003c as Go and .NET write it
    bool sorted = false;
};

constexpr std::array<Style, 13> kStyles{{
    {"JSON.stringify", ""},
    {"JSON.stringify with an indent of 2", "  ", ",", ": "},
    {"JSON.stringify with an indent of 4", "    ", ",", ": "},
    {"a writer that indents with tabs", "\t", ",", ": "},
    {"Python's json.dumps", "", ", ", ": ", true},
    {"Python's json.dumps with ensure_ascii=False", "", ", ", ": "},
    {"Python's json.dumps with separators=(',', ':')", "", ",", ":", true},
    {"Python's json.dumps with an indent of 2", "  ", ",", ": ", true},
    {"Python's json.dumps with sort_keys=True", "", ", ", ": ", true, false, false, true},
    {"a compact writer that sorts its members", "", ",", ":", false, false, false, true},
    {"Go's encoding/json", "", ",", ":", false, false, true},
    {"Go's encoding/json from a map", "", ",", ":", false, false, true, true},
    {"PHP's json_encode", "", ",", ":", true, true},
}};

class Writer {
public:
    explicit Writer(const Style& style) : style_(style) {}

    std::string write(const json::Value& value) && {
        put(value, 0);
        return std::move(out_);
    }

private:
    void line(int depth) {
        if (style_.indent.empty()) return;
        out_.push_back('\n');
        for (int i = 0; i < depth; ++i) out_ += style_.indent;
    }

    void escape(std::uint32_t unit) {
        static constexpr std::string_view kHex = "0123456789abcdef";
        out_ += "\\u";
        for (int shift = 12; shift >= 0; shift -= 4) out_.push_back(kHex[(unit >> shift) & 0xF]);
    }

    void put(std::string_view text) {
        std::string plain;
        sdk::appendJsonString(plain, text);
        for (std::size_t i = 0; i < plain.size(); ++i) {
            const auto c = static_cast<unsigned char>(plain[i]);
            if (c >= 0x80 && style_.ascii) {
                // Well-formed UTF-8: the parser has made sure of that.
                const int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
                std::uint32_t point = c & (0x3FU >> more);
                for (int k = 0; k < more; ++k)
                    point = point << 6 | (static_cast<unsigned char>(plain[++i]) & 0x3FU);
                if (point >= 0x10000) {
                    point -= 0x10000;
                    escape(0xD800 + (point >> 10));
                    escape(0xDC00 + (point & 0x3FF));
                } else {
                    escape(point);
                }
            } else if (c == '/' && style_.slashes) {
                out_ += "\\/";
            } else if ((c == '<' || c == '>' || c == '&') && style_.html) {
                escape(c);
            } else {
                out_.push_back(plain[i]);
            }
        }
    }

    void put(double number) {
        std::array<char, 40> text{};
        const auto end = std::to_chars(text.data(), text.data() + text.size(), number);
        out_.append(text.data(), end.ptr);
    }

    void put(const json::Value& value, int depth) {
        if (const auto* object = value.if_object()) return putObject(*object, depth);
        if (const auto* array = value.if_array()) return putArray(*array, depth);
        if (const auto* text = value.if_string()) return put(std::string_view(*text));
        if (const auto* number = value.if_double()) return put(*number);
        out_ += boost::json::serialize(value);
    }

    void putObject(const json::Object& object, int depth) {
        std::vector<const json::Object::value_type*> members;
        for (const auto& member : object) members.push_back(&member);
        if (style_.sorted)
            std::ranges::sort(members, {},
                              [](const auto* member) { return std::string_view(member->key()); });
        out_.push_back('{');
        bool first = true;
        for (const auto* member : members) {
            if (!std::exchange(first, false)) out_ += style_.itemSeparator;
            line(depth + 1);
            put(std::string_view(member->key()));
            out_ += style_.memberSeparator;
            put(member->value(), depth + 1);
        }
        if (!first) line(depth);
        out_.push_back('}');
    }

    void putArray(const json::Array& array, int depth) {
        out_.push_back('[');
        bool first = true;
        for (const auto& item : array) {
            if (!std::exchange(first, false)) out_ += style_.itemSeparator;
            line(depth + 1);
            put(item, depth + 1);
        }
        if (!first) line(depth);
        out_.push_back(']');
    }

    const Style& style_;
    std::string out_;
};

}  // namespace

std::vector<JsonForm> jsonForms(std::string_view text) {
    std::vector<JsonForm> forms;
    const auto value = json::parse(text);
    if (!value) return forms;
    for (const Style& style : kStyles) {
        std::string form = Writer(style).write(*value);
        const bool known = form == text || std::ranges::any_of(forms, [&](const JsonForm& other) {
                               return other.text == form;
                           });
        if (!known) forms.push_back({style.name, std::move(form)});
    }
    return forms;
}

}  // namespace trusthub::inbound
