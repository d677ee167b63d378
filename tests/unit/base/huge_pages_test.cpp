#include "base/huge_pages.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstring>
#include <memory_resource>

using namespace trusthub;

namespace {

constexpr std::size_t kHugePage = 2 << 20;

bool aligned(const void* at, std::size_t alignment) {
    return reinterpret_cast<std::uintptr_t>(at) % alignment == 0;
}

}  // namespace

TEST_CASE("much memory begins where a huge page may begin, and all of it can be written") {
    base::HugePages pages;
    for (const std::size_t bytes : {kHugePage, kHugePage + 1, 5 * kHugePage / 2}) {
        void* const at = pages.allocate(bytes, 8);
        CHECK(aligned(at, kHugePage));
        std::memset(at, 1, bytes);
        pages.deallocate(at, bytes, 8);
    }
}

TEST_CASE("little memory is placed as asked for") {
    base::HugePages pages;
    for (const std::size_t alignment : {8UL, 64UL, 4096UL}) {
        void* const at = pages.allocate(100, alignment);
        CHECK(aligned(at, alignment));
        std::memset(at, 1, 100);
        pages.deallocate(at, 100, alignment);
    }
}

TEST_CASE("a pool over huge pages gives out pieces that do not overlap") {
    base::HugePages pages;
    std::pmr::synchronized_pool_resource pool(&pages);
    std::pmr::vector<std::pmr::string> many(&pool);
    for (int i = 0; i < 50'000; ++i) many.emplace_back(100, static_cast<char>('a' + i % 26));
    bool whole = true;
    for (int i = 0; i < 50'000; ++i)
        whole &= many[static_cast<std::size_t>(i)] ==
                 std::pmr::string(100, static_cast<char>('a' + i % 26));
    CHECK(whole);
}
