// Points in time (UTC, milliseconds), RFC 3339 text and deadlines.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trusthub::sdk {

using Milliseconds = std::chrono::milliseconds;
using TimePoint = std::chrono::sys_time<Milliseconds>;      ///< wall clock, UTC
using SteadyPoint = std::chrono::steady_clock::time_point;  ///< for deadlines and intervals

/// `2025-01-15T10:00:00Z`, with `.123` when there are milliseconds. RFC 3339, section 5.6; years
/// 0 to 9999.
inline std::string formatTime(TimePoint time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    char text[32];
    char* end = text;
    // By hand: snprintf costs more than all else that some answers need.
    const auto put = [&end](std::int64_t number, int digits) {
        for (int i = digits - 1; i >= 0; --i, number /= 10)
            end[i] = static_cast<char>('0' + number % 10);
        end += digits;
    };
    put(static_cast<int>(date.year()), 4);
    *end++ = '-';
    put(static_cast<unsigned>(date.month()), 2);
    *end++ = '-';
    put(static_cast<unsigned>(date.day()), 2);
    *end++ = 'T';
    put(clock.hours().count(), 2);
    *end++ = ':';
    put(clock.minutes().count(), 2);
    *end++ = ':';
    put(clock.seconds().count(), 2);
    if (clock.subseconds().count() != 0) {
        *end++ = '.';
        put(clock.subseconds().count(), 3);
    }
    *end++ = 'Z';
    return {text, end};
}

/// Reads RFC 3339 with `Z` or an offset; fractions beyond milliseconds are cut. Null when it is not
/// one.
inline std::optional<TimePoint> parseTime(std::string_view text) {
    const auto digits = [&](std::size_t at, std::size_t count) -> int {
        if (at + count > text.size()) return -1;
        int value = 0;
        for (std::size_t i = at; i < at + count; ++i) {
            if (text[i] < '0' || text[i] > '9') return -1;
            value = value * 10 + (text[i] - '0');
        }
        return value;
    };
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' ||
        (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':')
        return std::nullopt;
    const int year = digits(0, 4), month = digits(5, 2), day = digits(8, 2);
    const int hour = digits(11, 2), minute = digits(14, 2), second = digits(17, 2);
    if (year < 0 || month < 1 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 60)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return std::nullopt;
    std::size_t at = 19;
    int millis = 0;
    if (text[at] == '.') {
        ++at;
        int scale = 100;
        const std::size_t first = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
            millis += (text[at] - '0') * scale;
            scale /= 10;
            ++at;
        }
        if (at == first) return std::nullopt;
    }
    std::chrono::minutes offset{0};
    if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
        ++at;
    } else if (at + 6 <= text.size() && (text[at] == '+' || text[at] == '-') &&
               text[at + 3] == ':') {
        const int hours = digits(at + 1, 2), minutes = digits(at + 4, 2);
        if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
        offset = std::chrono::minutes{(hours * 60 + minutes) * (text[at] == '-' ? -1 : 1)};
        at += 6;
    } else {
        return std::nullopt;
    }
    if (at != text.size()) return std::nullopt;
    const TimePoint time{std::chrono::sys_days{date} + std::chrono::hours{hour} +
                         std::chrono::minutes{minute} + std::chrono::seconds{second} +
                         Milliseconds{millis} - offset};
    // In UTC too it needs a year of four digits, or its text would be no time again.
    using std::chrono::January;
    if (time < std::chrono::sys_days{std::chrono::year{0} / January / 1} ||
        time >= std::chrono::sys_days{std::chrono::year{10'000} / January / 1})
        return std::nullopt;
    return time;
}

}  // namespace trusthub::sdk

namespace trusthub {
using sdk::formatTime;
using sdk::Milliseconds;
using sdk::parseTime;
using sdk::SteadyPoint;
using sdk::TimePoint;
}  // namespace trusthub
