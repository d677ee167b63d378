// RequestStats: counts and times of requests by route, without a lock or an allocation for each.
#pragma once

#include "base/metrics.h"
#include "sdk/time.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

namespace trusthub::api {

/// What became of a request that came with an API key, or with what looks like one.
enum class KeyOutcome : std::uint8_t {
    Passed,          ///< the key allowed it
    Forbidden,       ///< 403
    NotForKeys,      ///< a path for people only
    RateLimited,     ///< 429
    Refused,         ///< 401: no such key, or none that works
    FailureLimited,  ///< the same, too often
    Count
};

/// Row 0 counts what no route took. [thread-safe]
class RequestStats {
public:
    explicit RequestStats(std::size_t routes) : rows_(routes + 1) {}

    void record(std::size_t row, int status, Milliseconds took) noexcept;
    void recordKey(KeyOutcome outcome) noexcept;
    /// Hands to `metrics` what was counted since the last call: trusthub_http_requests_total by
    /// route and status class, trusthub_http_request_milliseconds_total by route,
    /// trusthub_key_verifications_total by outcome. [one caller at a time]
    void publish(base::Metrics& metrics, const std::vector<std::string_view>& patterns);

private:
    struct Row {
        std::array<std::atomic<std::uint64_t>, 6> byClass{};  ///< 1xx … 5xx at 1 … 5
        std::atomic<std::uint64_t> milliseconds{0};
    };
    std::vector<Row> rows_;
    std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(KeyOutcome::Count)>
        keyOutcomes_{};
};

}  // namespace trusthub::api
