#include "access/leak_scanner.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace trusthub::access {
namespace {

constexpr std::size_t kHex = 8;
constexpr std::size_t kSecret = 32;
constexpr std::size_t kBlock = 8;
constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;
constexpr std::uint64_t kUnderscores = kOnes * '_';

bool isHex(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}
std::uint64_t load(const char* at) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}
bool isBase62(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

LeakScanner::LeakScanner(std::string brand)
    : brand_(std::move(brand)),
      first_(brand_.size()),
      second_(first_ + 1 + kHex),
      whole_(second_ + 1 + kSecret) {}

bool LeakScanner::matches(const char* at) const noexcept {
    return at[first_] == '_' && at[second_] == '_' &&
           std::equal(brand_.begin(), brand_.end(), at) &&
           std::all_of(at + first_ + 1, at + second_, isHex) &&
           std::all_of(at + second_ + 1, at + whole_, isBase62);
}

std::size_t LeakScanner::next(std::string_view text, std::size_t from) const {
    if (text.size() < whole_) return std::string_view::npos;
    const char* const data = text.data();
    const std::size_t end = text.size() - whole_ + 1;  // beyond the last possible beginning
    const char* const one = data + first_;
    const char* const two = data + second_;
    std::size_t at = from;
    while (at < end) {
        // Two underscores at the right distance are rare: eight places at a time are passed over,
        // a byte of the word being zero only where both are.
        if (at + kBlock <= end) {
            const std::uint64_t word =
                (load(one + at) ^ kUnderscores) | (load(two + at) ^ kUnderscores);
            if (((word - kOnes) & ~word & kHighs) == 0) {
                at += kBlock;
                continue;
            }
        }
        const std::size_t stop = std::min(at + kBlock, end);
        for (; at < stop; ++at)
            if (matches(data + at)) return at;
    }
    return std::string_view::npos;
}

std::vector<std::string_view> LeakScanner::find(std::string_view text, std::size_t most) const {
    std::vector<std::string_view> found;
    for (std::size_t at = next(text, 0); at != std::string_view::npos && found.size() < most;
         at = next(text, at + whole_)) {
        const std::string_view key = text.substr(at, whole_);
        if (std::ranges::find(found, key) == found.end()) found.push_back(key);
    }
    return found;
}

std::size_t LeakScanner::redact(std::string& text) const {
    std::size_t count = 0;
    for (std::size_t at = next(text, 0); at != std::string_view::npos; at = next(text, at)) {
        text.replace(at + second_ + 1, kSecret, "***");
        at += second_ + 4;
        ++count;
    }
    return count;
}

}  // namespace trusthub::access
