#include "sdk/time.h"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace trusthub;
using namespace std::chrono_literals;

TEST_CASE("times are read with offsets and fractions and written in UTC") {
    const std::pair<const char*, const char*> vectors[] = {
        {"2025-01-15T10:00:00Z", "2025-01-15T10:00:00Z"},
        {"2025-01-15t10:00:00z", "2025-01-15T10:00:00Z"},
        {"1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.520Z"},  // RFC 3339, section 5.8
        {"1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57Z"},
        {"1990-12-31T23:59:60Z", "1991-01-01T00:00:00Z"},
        {"1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00Z"},
        {"1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.870Z"},
        {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
        {"2025-01-15T10:00:00.123987654Z", "2025-01-15T10:00:00.123Z"},
        {"2025-01-15T10:00:00.000Z", "2025-01-15T10:00:00Z"}};
    for (const auto& [text, utc] : vectors) {
        INFO(text);
        const auto time = parseTime(text);
        REQUIRE(time);
        CHECK(formatTime(*time) == utc);
    }
}

TEST_CASE("what is no RFC 3339 time is refused") {
    for (const char* text : {"",
                             "2025-01-15",
                             "2025-01-15 10:00:00Z",
                             "2025-01-15T10:00:00",
                             "2025-01-15T10:00Z",
                             "2025-02-29T10:00:00Z",
                             "2025-13-01T10:00:00Z",
                             "2025-00-01T10:00:00Z",
                             "2025-01-32T10:00:00Z",
                             "2025-01-15T24:00:00Z",
                             "2025-01-15T10:60:00Z",
                             "2025-01-15T10:00:61Z",
                             "2025-01-15T10:00:00.Z",
                             "2025-01-15T10:00:00+0100",
                             "2025-01-15T10:00:00+24:00",
                             "2025-01-15T10:00:00+01:60",
                             "2025-01-15T10:00:00Zx",
                             "2025-01-15T10:00:00 Z",
                             "-025-01-15T10:00:00Z",
                             "2025-1-15T10:00:00Z",
                             "20250-01-15T10:00:00Z",
                             "2025-01-15T10:00:00-08",
                             "+025-01-15T10:00:00Z",
                             "9999-12-31T23:59:60Z",
                             "9999-12-31T23:00:00-01:00",
                             "0000-01-01T00:00:00+00:01"}) {
        INFO(text);
        CHECK_FALSE(parseTime(text).has_value());
    }
}

TEST_CASE("each time of four-digit years comes back from its text") {
    CHECK(rc::check("parse(format(t)) == t", [] {
        const auto millis =
            *rc::gen::inRange<std::int64_t>(-62'135'596'800'000, 253'402'300'800'000);
        const TimePoint time{Milliseconds{millis}};
        RC_ASSERT(parseTime(formatTime(time)) == time);
    }));
}
