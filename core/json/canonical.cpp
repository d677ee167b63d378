#include "json/json.h"

#include <charconv>
#include <cmath>
#include <stdexcept>

namespace trusthub::json {
namespace {

/// Order of UTF-16 code units, read from UTF-8: it differs from byte order only where a
/// supplementary character (lead byte F0..F4, surrogates D800..DFFF) meets U+E000..U+FFFF (lead
/// bytes EE, EF).
bool lessUtf16(std::string_view a, std::string_view b) {
    const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    if (x == a.end() || y == b.end()) return x == a.end() && y != b.end();
    const auto left = static_cast<unsigned char>(*x), right = static_cast<unsigned char>(*y);
    if (left >= 0xEE && right >= 0xEE && (left >= 0xF0) != (right >= 0xF0)) return left >= 0xF0;
    return left < right;
}

/// ECMA-262, Number::toString: the shortest digits that read back, laid out by their exponent.
void appendDouble(std::string& out, double value) {
    if (!std::isfinite(value)) throw std::invalid_argument("canonical JSON has no such number");
    if (value == 0) {
        out.push_back('0');
        return;
    }
    if (value < 0) {
        out.push_back('-');
        value = -value;
    }
    char text[32];
    const auto written =
        std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
    const std::string_view shortest(text, static_cast<std::size_t>(written.ptr - text));
    const std::size_t e = shortest.find('e');
    int exponent = 0;
    const std::string_view digitsOfExponent =
        shortest.substr(shortest[e + 1] == '+' ? e + 2 : e + 1);
    std::from_chars(digitsOfExponent.data(), digitsOfExponent.data() + digitsOfExponent.size(),
                    exponent);
    std::string digits(1, shortest[0]);
    if (e > 2) digits += shortest.substr(2, e - 2);

    const int count = static_cast<int>(digits.size());
    const int point = exponent + 1;  // digits before the decimal point
    if (count <= point && point <= 21) {
        out += digits;
        out.append(static_cast<std::size_t>(point - count), '0');
    } else if (0 < point && point <= 21) {
        out.append(digits, 0, static_cast<std::size_t>(point));
        out.push_back('.');
        out.append(digits, static_cast<std::size_t>(point));
    } else if (-6 < point && point <= 0) {
        out += "0.";
        out.append(static_cast<std::size_t>(-point), '0');
        out += digits;
    } else {
        out.push_back(digits[0]);
        if (count > 1) {
            out.push_back('.');
            out.append(digits, 1);
        }
        out += exponent < 0 ? "e-" : "e+";
        out += std::to_string(std::abs(exponent));
    }
}

constexpr std::int64_t kExact = 1LL << 53;  // every integer up to here is a double

void append(std::string& out, const Value& value) {
    switch (value.kind()) {
        case boost::json::kind::null:
            out += "null";
            break;
        case boost::json::kind::bool_:
            out += value.get_bool() ? "true" : "false";
            break;
        case boost::json::kind::int64: {
            const std::int64_t number = value.get_int64();
            if (number >= -kExact && number <= kExact)
                out += std::to_string(number);
            else
                appendDouble(out, static_cast<double>(number));
            break;
        }
        case boost::json::kind::uint64:
            appendDouble(out, static_cast<double>(value.get_uint64()));
            break;
        case boost::json::kind::double_:
            appendDouble(out, value.get_double());
            break;
        case boost::json::kind::string: {
            const auto& text = value.get_string();
            sdk::appendJsonString(out, {text.data(), text.size()});
            break;
        }
        case boost::json::kind::array: {
            char separator = '[';
            for (const Value& item : value.get_array()) {
                out.push_back(separator);
                separator = ',';
                append(out, item);
            }
            out += separator == '[' ? "[]" : "]";
            break;
        }
        case boost::json::kind::object: {
            std::vector<const boost::json::key_value_pair*> members;
            members.reserve(value.get_object().size());
            for (const auto& member : value.get_object()) members.push_back(&member);
            std::sort(members.begin(), members.end(),
                      [](const auto* a, const auto* b) { return lessUtf16(a->key(), b->key()); });
            char separator = '{';
            for (const auto* member : members) {
                out.push_back(separator);
                separator = ',';
                sdk::appendJsonString(out, member->key());
                out.push_back(':');
                append(out, member->value());
            }
            out += separator == '{' ? "{}" : "}";
            break;
        }
    }
}

}  // namespace

std::string canonical(const Value& value) {
    std::string out;
    append(out, value);
    return out;
}

}  // namespace trusthub::json
