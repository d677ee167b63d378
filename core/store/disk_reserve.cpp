#include "store/disk_reserve.h"

#include "base/fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace trusthub::store {
namespace {

constexpr std::uintmax_t kSlice = 4U << 20;

}  // namespace

DiskReserve::DiskReserve(std::filesystem::path file, std::uintmax_t bytes)
    : file_(std::move(file)), bytes_(bytes) {
    struct stat facts {};
    // Blocks, not length: a copied folder may hold a file of holes.
    if (::stat(file_.c_str(), &facts) == 0)
        held_ = std::min(static_cast<std::uintmax_t>(facts.st_blocks) * 512, bytes_);
}

std::uintmax_t DiskReserve::available() const noexcept {
    std::error_code error;
    const auto space = std::filesystem::space(file_.parent_path(), error);
    return error ? 0 : space.available;
}

bool DiskReserve::diskIsFull() const noexcept {
    return available() < bytes_;
}

bool DiskReserve::fill() noexcept {
    if (held_ == bytes_) return true;
    if (available() < 2 * bytes_ - held_) return false;
    const base::Fd file(::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file || ::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes_)) != 0) return false;
    held_ = bytes_;
    return true;
}

void DiskReserve::spend() noexcept {
    if (available() >= kSlice || held_ == 0) return;
    const std::uintmax_t left = held_ - std::min(held_, kSlice);
    if (::truncate(file_.c_str(), static_cast<off_t>(left)) == 0) held_ = left;
}

}  // namespace trusthub::store
