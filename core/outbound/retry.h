// When a failed delivery is tried again: the schedule, and what the receiver asks for. Pure
// functions.
#pragma once

#include "base/backoff.h"
#include "sdk/result.h"
#include "sdk/time.h"

#include <optional>
#include <string>
#include <string_view>

namespace trusthub::outbound {

inline constexpr std::chrono::hours kLongestRetryAfter{24};

/// Retry-After as seconds or as an HTTP date (RFC 9110, section 10.2.3), cut to 24 hours. Null when
/// it is neither.
std::optional<Milliseconds> retryAfter(std::string_view field, TimePoint now);

/// When attempt number `number` (1 is the first) is due. What the receiver asks for only ever
/// delays it. Null when the schedule is used up.
std::optional<TimePoint> dueTime(const base::BackoffSchedule& schedule, std::size_t number,
                                 TimePoint now, std::optional<Milliseconds> asked,
                                 base::Random& random);

/// InvalidInput at /retry/…: 1 to 20 waits of at most 7 days, jitter from 0 to 1.
Result<void> checkSchedule(const base::BackoffSchedule& schedule);

/// `{"schedule_s":[…],"jitter":0.2}`, as the API shows it and the table keeps it.
std::string scheduleText(const base::BackoffSchedule& schedule);
std::optional<base::BackoffSchedule> scheduleOf(std::string_view text);

}  // namespace trusthub::outbound
