#include "access/leak_scanner.h"

#include "access/api_key_format.h"

#include <algorithm>
#include <cstring>

namespace trusthub::access {
namespace {

constexpr std::size_t kHex = 8;
constexpr std::size_t kSecret = 32;  // of keys with a checksum
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

}  // namespace

LeakScanner::LeakScanner(std::string brand)
    : brand_(std::move(brand)),
      first_(brand_.size()),
      second_(first_ + 1 + kHex),
      least_(second_ + 1 + kShortestSecret) {}

bool LeakScanner::matches(const char* at) const noexcept {
    return at[first_] == '_' && at[second_] == '_' &&
           std::equal(brand_.begin(), brand_.end(), at) &&
           std::all_of(at + first_ + 1, at + second_, isHex);
}

std::size_t LeakScanner::nextPrefix(std::string_view text, std::size_t from) const {
    if (text.size() < least_) return std::string_view::npos;
    const char* const data = text.data();
    const std::size_t end = text.size() - least_ + 1;  // beyond the last possible beginning
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

bool LeakScanner::next(std::string_view text, std::size_t from, Place& place) const {
    for (std::size_t at = nextPrefix(text, from); at != std::string_view::npos;
         at = nextPrefix(text, at + 1)) {
        place.begin = at;
        place.secret = at + second_ + 1;
        // One prefix may stand in the run of another: its end is looked for once.
        if (place.end < place.secret) {
            place.end = place.secret;
            while (place.end < text.size() && isUrlSafe(text[place.end])) ++place.end;
        }
        if (place.end - place.secret >= kShortestSecret) return true;
    }
    return false;
}

LeakScanner::Found LeakScanner::find(std::string_view text, std::size_t most,
                                     const Imported& imported) const {
    Found found;
    const auto add = [&](std::string_view key) {
        if (std::ranges::find(found.texts, key) != found.texts.end()) return;
        if (found.texts.size() < most)
            found.texts.push_back(key);
        else
            found.all = false;
    };
    Place place;
    for (std::size_t from = 0; found.all && next(text, from, place);) {
        const std::size_t size = place.end - place.secret;
        const auto ofSecret = [&](std::size_t length) {
            return text.substr(place.begin, second_ + 1 + length);
        };
        const bool checked = size >= kSecret && keyPrefix(ofSecret(kSecret), brand_);
        if (checked) add(ofSecret(kSecret));
        const auto number = prefixNumber(text.substr(place.begin, second_), brand_);
        if (!(checked && size == kSecret) && number && imported(*number))
            add(ofSecret(std::min(size, kLongestSecret)));
        from = checked ? place.secret + kSecret : place.secret;
    }
    return found;
}

bool LeakScanner::sees(std::string_view text) const {
    Place place;
    return next(text, 0, place);
}

std::size_t LeakScanner::redact(std::string& text) const {
    std::string out;
    std::size_t count = 0, copied = 0;
    Place place;
    for (std::size_t from = 0; next(text, from, place); from = place.end) {
        out.append(text, copied, place.secret - copied).append("***");
        copied = place.end;
        ++count;
    }
    if (count > 0) text = out.append(text, copied);
    return count;
}

}  // namespace trusthub::access
