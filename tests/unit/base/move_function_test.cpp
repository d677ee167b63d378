#include "base/move_function.h"

#include "base/fd.h"

#include <catch2/catch.hpp>
#include <fcntl.h>

using namespace trusthub;

TEST_CASE("a function object holds what can only be moved") {
    auto number = std::make_unique<int>(4);
    base::MoveFunction<int(int)> add = [n = std::move(number)](int x) { return *n + x; };
    base::MoveFunction<int(int)> moved = std::move(add);
    REQUIRE(moved);
    CHECK(moved(3) == 7);
    CHECK_FALSE(base::MoveFunction<void()>());
    CHECK_FALSE(base::MoveFunction<void()>(nullptr));
}

TEST_CASE("a move-only argument reaches the function") {
    base::MoveFunction<int(std::unique_ptr<int>)> take = [](std::unique_ptr<int> p) { return *p; };
    CHECK(take(std::make_unique<int>(9)) == 9);
}

TEST_CASE("a descriptor is closed once, by its last owner") {
    const int raw = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    {
        base::Fd first(raw);
        base::Fd second = std::move(first);
        CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move): that it is empty is the contract
        CHECK(second.get() == raw);
        CHECK(::fcntl(raw, F_GETFD) >= 0);
    }
    CHECK(::fcntl(raw, F_GETFD) == -1);
}
