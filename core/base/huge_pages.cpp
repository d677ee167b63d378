#include "base/huge_pages.h"

#include <sys/mman.h>

#include <new>

namespace trusthub::base {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

void* HugePages::do_allocate(std::size_t bytes, std::size_t alignment) {
    if (bytes < kHugePage) return ::operator new(bytes, std::align_val_t(alignment));
    void* const at = ::operator new(bytes, std::align_val_t(kHugePage));
    ::madvise(at, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // a wish; refused, all works too
    return at;
}

void HugePages::do_deallocate(void* at, std::size_t bytes, std::size_t alignment) {
    ::operator delete(at, bytes, std::align_val_t(bytes < kHugePage ? alignment : kHugePage));
}

bool HugePages::do_is_equal(const std::pmr::memory_resource& other) const noexcept {
    return this == &other;
}

}  // namespace trusthub::base
