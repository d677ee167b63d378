#include "base/ids.h"

namespace trusthub::base {

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

    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text(36, '-');
    int shift = 60;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i == 8 || i == 13 || i == 18 || i == 23) continue;
        text[i] = kDigits[(i < 18 ? high : low) >> shift & 0xF];
        shift = shift == 0 ? 60 : shift - 4;
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
