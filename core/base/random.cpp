#include "base/random.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace trusthub::base {
namespace {

void fromKernel(std::span<std::byte> out) {
    while (!out.empty()) {
        const ssize_t got = ::getrandom(out.data(), out.size(), 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            std::abort();
        }
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

}  // namespace

std::string Random::bytes(std::size_t count) {
    std::string out(count, '\0');
    fill(std::as_writable_bytes(std::span(out)));
    return out;
}

std::uint64_t Random::below(std::uint64_t bound) {
    // Values past the last whole multiple of `bound` are drawn again, so that none is favoured.
    const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    for (;;) {
        std::uint64_t value = 0;
        fill(std::as_writable_bytes(std::span(&value, 1)));
        if (value < limit) return value % bound;
    }
}

double Random::unit() {
    return static_cast<double>(below(1ULL << 53)) / 9007199254740992.0;
}

void SystemRandom::fill(std::span<std::byte> out) {
    struct Block {
        std::array<std::byte, 1024> bytes;
        std::size_t left = 0;
    };
    thread_local Block block;
    if (out.size() > 64) return fromKernel(out);
    if (block.left < out.size()) {
        fromKernel(block.bytes);
        block.left = block.bytes.size();
    }
    block.left -= out.size();
    std::byte* const taken = block.bytes.data() + block.left;
    std::memcpy(out.data(), taken, out.size());
    std::memset(taken, 0, out.size());
}

void SeededRandom::fill(std::span<std::byte> out) {
    // splitmix64 (public domain, Sebastiano Vigna).
    while (!out.empty()) {
        constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15ULL;
        std::uint64_t z = state_.fetch_add(kStep, std::memory_order_relaxed) + kStep;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        z ^= z >> 31;
        const std::size_t n = out.size() < sizeof z ? out.size() : sizeof z;
        std::memcpy(out.data(), &z, n);
        out = out.subspan(n);
    }
}

}  // namespace trusthub::base
