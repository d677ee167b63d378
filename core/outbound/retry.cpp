#include "outbound/retry.h"

#include "base/text.h"
#include "json/json.h"

#include <boost/json.hpp>

#include <array>

namespace trusthub::outbound {
namespace {

constexpr std::size_t kMostWaits = 20;
constexpr std::chrono::hours kLongestWait{7 * 24};

/// `Wed, 15 Jan 2025 10:00:00 GMT`, the only form that may be sent (RFC 9110, section 5.6.7).
std::optional<TimePoint> httpDate(std::string_view text) {
    static constexpr std::array<std::string_view, 12> kMonths{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
    const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
    if (month == kMonths.end()) return std::nullopt;
    const auto number = std::to_string(month - kMonths.begin() + 1);
    std::string iso(text.substr(12, 4));
    iso.append("-").append(number.size() < 2 ? "0" : "").append(number).append("-");
    iso.append(text.substr(5, 2)).append("T").append(text.substr(17, 8)).append("Z");
    return parseTime(iso);
}

}  // namespace

std::optional<Milliseconds> retryAfter(std::string_view field, TimePoint now) {
    const std::string_view text = base::trim(field);
    constexpr Milliseconds kLongest = kLongestRetryAfter;
    const bool digits =
        !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    if (digits) {
        // A number too large to read is long enough.
        const auto seconds = base::parseInteger(text);
        if (!seconds || *seconds > kLongestRetryAfter / std::chrono::seconds{1}) return kLongest;
        return std::chrono::seconds{*seconds};
    }
    const auto date = httpDate(text);
    if (!date) return std::nullopt;
    return std::clamp(*date - now, Milliseconds{0}, kLongest);
}

std::optional<TimePoint> dueTime(const base::BackoffSchedule& schedule, std::size_t number,
                                 TimePoint now, std::optional<Milliseconds> asked,
                                 base::Random& random) {
    const auto wait = schedule.before(number, random);
    if (!wait) return std::nullopt;
    return now + std::max(*wait, asked.value_or(Milliseconds{0}));
}

Result<void> checkSchedule(const base::BackoffSchedule& schedule) {
    if (schedule.waits.empty() || schedule.waits.size() > kMostWaits)
        return invalid("/retry/schedule_s", "must hold 1 to 20 waits");
    for (const auto wait : schedule.waits)
        if (wait.count() < 0 || wait > kLongestWait)
            return invalid("/retry/schedule_s", "a wait must be from 0 to 604800 seconds");
    // Written so that a NaN is refused.
    if (!(schedule.jitter >= 0 && schedule.jitter <= 1))
        return invalid("/retry/jitter", "must be from 0 to 1");
    return {};
}

std::string scheduleText(const base::BackoffSchedule& schedule) {
    json::Array waits;
    for (const auto wait : schedule.waits) waits.emplace_back(wait.count());
    return json::canonical(
        json::Object{{"schedule_s", std::move(waits)}, {"jitter", schedule.jitter}});
}

std::optional<base::BackoffSchedule> scheduleOf(std::string_view text) {
    if (text.empty()) return std::nullopt;
    auto value = json::parse(text);
    if (!value) return std::nullopt;
    base::BackoffSchedule schedule;
    for (const auto& wait : value->at("schedule_s").as_array())
        schedule.waits.emplace_back(wait.to_number<std::int64_t>());
    schedule.jitter = value->at("jitter").to_number<double>();
    return schedule;
}

}  // namespace trusthub::outbound
