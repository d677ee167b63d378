// DiskReserve: room that is kept for what protects the hub (revocation, sign-out, their audit rows)
// when the disk is full otherwise.
#pragma once

#include <cstdint>
#include <filesystem>

namespace trusthub::store {

/// A file of allocated blocks, which is shortened slice by slice. [one thread]
class DiskReserve {
public:
    explicit DiskReserve(std::filesystem::path file, std::uintmax_t bytes = 32U << 20);

    /// Holds all of it, when as much again stays free beside it. True when it is held.
    bool fill() noexcept;
    /// Makes room for a small commit, out of the reserve when the disk has none.
    void spend() noexcept;
    /// What is left beside the reserve is less than its size.
    bool diskIsFull() const noexcept;

private:
    std::uintmax_t available() const noexcept;

    const std::filesystem::path file_;
    const std::uintmax_t bytes_;
    std::uintmax_t held_ = 0;
};

}  // namespace trusthub::store
