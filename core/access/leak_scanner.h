// LeakScanner: finds in any bytes what may be an own API key, in one pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::access {

/// The shape is that of keyShape(): `<brand>_<8 hex>_` and at least 20 URL-safe characters.
/// Immutable. [thread-safe]
class LeakScanner {
public:
    explicit LeakScanner(std::string brand);

    /// Whether a key with this number in its prefix was imported.
    using Imported = std::function<bool(std::uint32_t number)>;
    struct Found {
        std::vector<std::string_view> texts;  ///< different ones, views into what was looked at
        bool all = true;                      ///< false: there were more of them
    };
    /// The first `most` texts that may authenticate: keys whose checksum holds; and, where the
    /// prefix was imported, all URL-safe characters behind it up to the longest key, for nothing
    /// tells where that key ends. Whatever else has the shape costs one checksum and one question
    /// to `imported`, and does not count: the work is linear in the text.
    Found find(std::string_view text, std::size_t most, const Imported& imported) const;
    /// Whether anything stands in it that redact() would blank.
    bool sees(std::string_view text) const;
    /// Blanks what stands behind each prefix, whether a key or not: `tos_a1b2c3d4_***`. Answers how
    /// many there were.
    std::size_t redact(std::string& text) const;

private:
    struct Place {
        std::size_t begin = 0;   ///< of the brand
        std::size_t secret = 0;  ///< behind the prefix and its underscore
        std::size_t end = 0;     ///< of the URL-safe characters
    };
    /// Where the next prefix at or after `from` begins; npos when there is none.
    std::size_t nextPrefix(std::string_view text, std::size_t from) const;
    /// The next place of the shape that begins at or after `from`; false when there is none.
    /// `place` is the one before, or empty.
    bool next(std::string_view text, std::size_t from, Place& place) const;
    bool matches(const char* at) const noexcept;

    const std::string brand_;
    const std::size_t first_;   ///< of the underscore behind the brand
    const std::size_t second_;  ///< of the one behind the hex digits
    const std::size_t least_;   ///< bytes of the shortest key
};

}  // namespace trusthub::access
