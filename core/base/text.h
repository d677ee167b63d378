// Text helpers: hex, base64, base62, UTF-8, splitting, numbers. Pure functions.
#pragma once

#include "sdk/headers.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::base {

using sdk::equalsIgnoreCase;

std::string toHex(std::string_view bytes);
std::optional<std::string> fromHex(std::string_view text);

/// RFC 4648, section 4, padded. Decoding also takes text without padding; anything else is null.
std::string toBase64(std::string_view bytes);
std::optional<std::string> fromBase64(std::string_view text);
/// RFC 4648, section 5, without padding (JWT, cursors).
std::string toBase64Url(std::string_view bytes);
std::optional<std::string> fromBase64Url(std::string_view text);

/// Digits 0-9A-Za-z, most significant first, padded with '0' to `width`.
std::string toBase62(std::uint64_t value, std::size_t width);

/// True when `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool isUtf8(std::string_view text) noexcept;
/// Cuts at most `maxBytes`, never inside a character.
std::string_view clipUtf8(std::string_view text, std::size_t maxBytes) noexcept;

/// How many characters `text` has, which is UTF-8.
std::size_t characters(std::string_view text) noexcept;
/// Whether the byte begins a character of UTF-8, or is one.
constexpr bool beginsCharacter(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

/// What people or peers called something, fit for one line of a terminal, a mail or a log: control
/// characters (C0, DEL, C1), line and paragraph separators and the marks that turn the direction of
/// text (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069) become blanks, and each byte
/// that is no UTF-8 a `?`.
std::string oneLine(std::string_view text);
/// What is seen of a name: without characters that show nothing, with one blank for any number of
/// blanks of any kind, none around. For comparing, not for keeping.
std::string squeezed(std::string_view text);

std::string toLower(std::string_view text);             ///< ASCII only
std::string_view trim(std::string_view text) noexcept;  ///< spaces and tabs
std::vector<std::string_view> split(std::string_view text, char separator);
/// The strings or views of a range with `separator` between them.
template <class Strings>
std::string join(const Strings& parts, std::string_view separator) {
    std::string text;
    bool first = true;
    for (const auto& part : parts) {
        if (!first) text.append(separator);
        first = false;
        text.append(part);
    }
    return text;
}

/// A whole decimal number, or null: no sign for unsigned, no blanks, no overflow.
std::optional<std::int64_t> parseInteger(std::string_view text) noexcept;

/// `%41` -> `A`, and `+` -> space when `form` is set. Null on a broken escape.
std::optional<std::string> percentDecode(std::string_view text, bool form = false);

/// Escapes each byte that is neither unreserved (RFC 3986, section 2.3) nor among `also`.
std::string percentEncode(std::string_view text, std::string_view also = {});
/// application/x-www-form-urlencoded, as the URL standard serialises it: a space becomes `+`.
std::string formEncode(std::string_view text);

}  // namespace trusthub::base
