// HugePages: memory for tables and records that are many and that are looked up in no order.
#pragma once

#include <memory_resource>

namespace trusthub::base {

/// Asks the kernel for 2 MiB pages where much is wanted at once (Linux: MADV_HUGEPAGE), so that the
/// processor finds what is spread over hundreds of megabytes without looking each address up in
/// memory first. Smaller pieces come from operator new, as does everything where such pages are not
/// to be had. Meant to stand behind a pool. [thread-safe]
class HugePages : public std::pmr::memory_resource {
    void* do_allocate(std::size_t bytes, std::size_t alignment) override;
    void do_deallocate(void* at, std::size_t bytes, std::size_t alignment) override;
    bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override;
};

}  // namespace trusthub::base
