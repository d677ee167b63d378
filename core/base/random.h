// Random bytes: the kernel's in production, a counter's in tests.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace trusthub::base {

/// [thread-safe]
class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::byte> out) = 0;

    std::string bytes(std::size_t count);
    /// Uniform in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound);
    /// Uniform in [0, 1).
    double unit();
};

/// getrandom(2), fit for keys; small draws are taken from a block of each thread, and wiped there.
/// Ends the process if the kernel has none to give.
class SystemRandom final : public Random {
public:
    void fill(std::span<std::byte> out) override;
};

/// Repeatable; never for keys.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    void fill(std::span<std::byte> out) override;

private:
    std::atomic<std::uint64_t> state_;
};

}  // namespace trusthub::base
