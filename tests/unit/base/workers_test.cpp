#include "base/workers.h"

#include <catch2/catch.hpp>

#include <latch>
#include <semaphore>

using namespace trusthub;
using namespace std::chrono_literals;

namespace {

constexpr auto kLong = 30s;  // only a broken build waits that long

}  // namespace

TEST_CASE("a pool finishes what is queued before it goes") {
    std::atomic<int> done{0};
    {
        base::WorkerPool pool("test", 2, 100);
        for (int i = 0; i < 100; ++i) REQUIRE(pool.trySubmit([&] { ++done; }));
    }
    CHECK(done == 100);
}

TEST_CASE("a full pool says so instead of waiting") {
    std::binary_semaphore go{0};
    std::latch started{1};
    std::atomic<int> done{0};
    {
        base::WorkerPool pool("test", 1, 1);
        REQUIRE(pool.trySubmit([&] {
            started.count_down();
            go.acquire();
            ++done;
        }));
        started.wait();
        CHECK(pool.trySubmit([&] { ++done; }));
        CHECK(pool.queued() == 1);
        CHECK_FALSE(pool.trySubmit([&] { ++done; }));
        go.release();
    }
    CHECK(done == 2);
}

TEST_CASE("a worker is asked to stop and joined by its destructor") {
    std::atomic<bool> stopped{false};
    {
        base::Worker worker("test", [&](std::stop_token stop) {
            std::mutex mutex;
            std::condition_variable_any ready;
            std::unique_lock lock(mutex);
            ready.wait(lock, stop, [] { return false; });
            stopped = true;
        });
    }
    CHECK(stopped);
}

TEST_CASE("each wake makes a periodic work run, however they fall") {
    std::counting_semaphore<> ran{0};
    base::Periodic periodic("test", [&](std::stop_token) {
        ran.release();
        return Milliseconds{3'600'000};
    });
    REQUIRE(ran.try_acquire_for(kLong));  // the first run needs no wake
    for (int i = 0; i < 2000; ++i) {
        periodic.wake();
        REQUIRE(ran.try_acquire_for(kLong));
    }
}

TEST_CASE("a wake during the work makes it run again") {
    std::counting_semaphore<> entered{0}, leave{0};
    base::Periodic periodic("test", [&](std::stop_token) {
        entered.release();
        leave.acquire();
        return Milliseconds{3'600'000};
    });
    REQUIRE(entered.try_acquire_for(kLong));
    periodic.wake();
    periodic.wake();  // two wakes during one run are one more run
    leave.release();
    REQUIRE(entered.try_acquire_for(kLong));
    leave.release();
    CHECK_FALSE(entered.try_acquire());
    periodic.wake();
    REQUIRE(entered.try_acquire_for(kLong));
    leave.release();
}

TEST_CASE("a periodic work runs again when its time has come, and is told to stop") {
    std::counting_semaphore<> ran{0};
    std::atomic<bool> told{false};
    {
        base::Periodic periodic("test", [&](std::stop_token stop) {
            ran.release();
            told = stop.stop_possible();
            return Milliseconds{1};
        });
        for (int i = 0; i < 3; ++i) REQUIRE(ran.try_acquire_for(kLong));
    }
    CHECK(told);
}
