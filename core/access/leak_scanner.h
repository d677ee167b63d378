// LeakScanner: finds texts of the shape of an own API key in any bytes, in one pass.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::access {

/// The shape is `<brand>_<8 hex>_<32 base62>`; the checksum is not looked at, for keys that were
/// imported may have none. Immutable. [thread-safe]
class LeakScanner {
public:
    explicit LeakScanner(std::string brand);

    /// The first `most` different ones, as views into `text`.
    std::vector<std::string_view> find(std::string_view text, std::size_t most) const;
    /// Blanks the secret part of each: `tos_a1b2c3d4_***`. Answers how many there were.
    std::size_t redact(std::string& text) const;

private:
    /// Where the next one at or after `from` begins; npos when there is none.
    std::size_t next(std::string_view text, std::size_t from) const;
    bool matches(const char* at) const noexcept;

    const std::string brand_;
    const std::size_t first_;   ///< of the underscore behind the brand
    const std::size_t second_;  ///< of the one behind the hex digits
    const std::size_t whole_;
};

}  // namespace trusthub::access
