#include "base/random.h"

#include <catch2/catch.hpp>

#include <array>

using namespace trusthub;

TEST_CASE("numbers below a bound reach each value and never the bound") {
    base::SeededRandom random(1);
    std::array<int, 5> seen{};
    for (int i = 0; i < 5000; ++i) ++seen.at(random.below(5));
    for (const int count : seen) CHECK(count > 800);
    CHECK(random.below(1) == 0);
}

TEST_CASE("unit numbers lie from 0 up to but not at 1") {
    base::SeededRandom random(2);
    for (int i = 0; i < 1000; ++i) {
        const double value = random.unit();
        REQUIRE(value >= 0);
        REQUIRE(value < 1);
    }
}

TEST_CASE("a seed repeats its bytes, the system does not") {
    base::SeededRandom one(7), same(7), other(8);
    const std::string bytes = one.bytes(19);
    CHECK(bytes.size() == 19);
    CHECK(same.bytes(19) == bytes);
    CHECK(other.bytes(19) != bytes);
    base::SystemRandom system;
    CHECK(system.bytes(32) != system.bytes(32));
    CHECK(system.bytes(0).empty());
}
