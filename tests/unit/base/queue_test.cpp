#include "base/queue.h"

#include <catch2/catch.hpp>

#include <memory>

using namespace trusthub;

TEST_CASE("items come out in the order in which they went in") {
    base::BoundedQueue<int> queue(10);
    for (int i = 0; i < 3; ++i) CHECK(queue.tryPush(int(i)));
    CHECK(queue.size() == 3);
    CHECK(queue.pop() == 0);
    CHECK(queue.popAll(10) == std::vector<int>{1, 2});
}

TEST_CASE("a full queue refuses and leaves the item with its owner") {
    base::BoundedQueue<std::unique_ptr<int>> queue(1);
    REQUIRE(queue.tryPush(std::make_unique<int>(1)));
    auto item = std::make_unique<int>(2);
    CHECK_FALSE(queue.tryPush(std::move(item)));
    REQUIRE(item);
    CHECK(*item == 2);
    (void)queue.pop();
    CHECK(queue.tryPush(std::move(item)));
}

TEST_CASE("a closed queue takes nothing more and gives what it holds") {
    base::BoundedQueue<int> queue(10);
    REQUIRE(queue.tryPush(1));
    REQUIRE(queue.tryPush(2));
    queue.close();
    CHECK_FALSE(queue.tryPush(3));
    CHECK(queue.pop() == 1);
    CHECK(queue.popAll(5) == std::vector<int>{2});
    CHECK_FALSE(queue.pop().has_value());
    CHECK(queue.popAll(5).empty());
}

TEST_CASE("taking many at once keeps to the limit") {
    base::BoundedQueue<int> queue(10);
    for (int i = 0; i < 5; ++i) REQUIRE(queue.tryPush(int(i)));
    CHECK(queue.popAll(2) == std::vector<int>{0, 1});
    CHECK(queue.size() == 3);
}
