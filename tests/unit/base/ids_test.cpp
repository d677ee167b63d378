#include "base/ids.h"

#include "base/text.h"
#include "base/workers.h"

#include <catch2/catch.hpp>

#include <set>

using namespace trusthub;

namespace {

/// The 48 bits of time of a UUIDv7.
std::int64_t millisOf(const std::string& id) {
    return std::stoll(id.substr(0, 8) + id.substr(9, 4), nullptr, 16);
}

}  // namespace

TEST_CASE("an id is a UUIDv7 that carries its time of birth") {
    base::ManualClock clock;
    base::SeededRandom random(1);
    base::IdSource ids(clock, random);
    const std::string id = ids.next();
    CHECK(base::isUuid(id));
    CHECK(id[14] == '7');
    CHECK(std::string_view("89ab").find(id[19]) != std::string_view::npos);
    CHECK(millisOf(id) == clock.now().time_since_epoch().count());
}

TEST_CASE("ids rise while the clock stands still and when it goes back") {
    base::ManualClock clock;
    base::SeededRandom random(2);
    base::IdSource ids(clock, random);
    std::string last = ids.next();
    for (int i = 0; i < 10'000; ++i) {  // more than the 4096 that one millisecond holds
        if (i == 5000) clock.advance(Milliseconds{-60'000});
        const std::string next = ids.next();
        REQUIRE(last < next);
        REQUIRE(base::isUuid(next));
        REQUIRE(next[14] == '7');
        last = next;
    }
    clock.advance(Milliseconds{120'000});
    const std::string later = ids.next();
    CHECK(last < later);
    CHECK(millisOf(later) == clock.now().time_since_epoch().count());
}

TEST_CASE("ids of several threads are all different") {
    base::ManualClock clock;
    base::SystemRandom random;
    base::IdSource ids(clock, random);
    constexpr std::size_t kThreads = 4, kEach = 2000;
    std::vector<std::vector<std::string>> made(kThreads);
    {
        std::vector<base::Worker> workers;
        for (std::size_t t = 0; t < kThreads; ++t)
            workers.emplace_back("ids", [&, t](std::stop_token) {
                for (std::size_t i = 0; i < kEach; ++i) made[t].push_back(ids.next());
            });
    }
    std::set<std::string> all;
    for (const auto& part : made) {
        CHECK(std::is_sorted(part.begin(), part.end()));
        all.insert(part.begin(), part.end());
    }
    CHECK(all.size() == kThreads * kEach);
}

TEST_CASE("only the canonical text of a UUID is one") {
    CHECK(base::isUuid("0190a2b4-7c1d-7abc-8def-0123456789ab"));
    for (const char* text :
         {"", "0190a2b4-7c1d-7abc-8def-0123456789a", "0190a2b4-7c1d-7abc-8def-0123456789abc",
          "0190A2b4-7c1d-7abc-8def-0123456789ab", "0190a2b47-c1d-7abc-8def-0123456789ab",
          "0190a2b4-7c1d-7abc-8def-0123456789ag", "{190a2b4-7c1d-7abc-8def-0123456789a}"})
        CHECK_FALSE(base::isUuid(text));
}
