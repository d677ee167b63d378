#include "base/ids.h"

#include <array>

namespace trusthub::base {
namespace {

constexpr auto kPairs = [] {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::array<std::array<char, 2>, 256> pairs{};
    for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kDigits[i / 16], kDigits[i % 16]};
    return pairs;
}();

}  // namespace

std::string IdSource::next() {
    const auto millis = static_cast<std::uint64_t>(clock_.now().time_since_epoch().count());
    // The 12 bits after the time are a counter (RFC 9562, section 6.2, method 1); it carries into
    // the time when it is used up, so that ids rise also when the clock stands still or goes back.
    std::uint64_t previous = last_.load(std::memory_order_relaxed);
    std::uint64_t stamp = 0;
    do {
        stamp = std::max(millis << 12, previous + 1);
    } while (!last_.compare_exchange_weak(previous, stamp, std::memory_order_relaxed));

    std::uint64_t tail = 0;
    random_.fill(std::as_writable_bytes(std::span(&tail, 1)));
    const std::uint64_t high = (stamp >> 12) << 16 | 0x7000 | (stamp & 0xFFF);
    const std::uint64_t low = (tail & 0x3FFFFFFFFFFFFFFFULL) | 0x8000000000000000ULL;

    std::string text(36, '-');
    char* to = text.data();
    for (std::size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) ++to;
        const auto& pair = kPairs[(i < 8 ? high >> (56 - 8 * i) : low >> (120 - 8 * i)) & 0xFF];
        *to++ = pair[0];
        *to++ = pair[1];
    }
    return text;
}

bool isUuid(std::string_view text) noexcept {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    }
    return true;
}

}  // namespace trusthub::base
