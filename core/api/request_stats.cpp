#include "api/request_stats.h"

namespace trusthub::api {

void RequestStats::record(std::size_t row, int status, Milliseconds took) noexcept {
    const auto cls = static_cast<std::size_t>(status / 100);
    Row& counts = rows_[row];
    counts.byClass[cls < counts.byClass.size() ? cls : 0].fetch_add(1, std::memory_order_relaxed);
    counts.milliseconds.fetch_add(static_cast<std::uint64_t>(took.count()),
                                  std::memory_order_relaxed);
}

void RequestStats::recordKey(KeyOutcome outcome) noexcept {
    keyOutcomes_[static_cast<std::size_t>(outcome)].fetch_add(1, std::memory_order_relaxed);
}

void RequestStats::publish(base::Metrics& metrics, const std::vector<std::string_view>& patterns) {
    static constexpr std::array<std::string_view, 6> kClasses{"other", "1xx", "2xx",
                                                              "3xx",   "4xx", "5xx"};
    static constexpr std::array<std::string_view, static_cast<std::size_t>(KeyOutcome::Count)>
        kOutcomes{"passed",       "forbidden", "not_for_keys",
                  "rate_limited", "refused",   "failure_limited"};
    for (std::size_t i = 0; i < kOutcomes.size(); ++i) {
        const auto count = keyOutcomes_[i].exchange(0, std::memory_order_relaxed);
        if (count > 0)
            metrics.count("trusthub_key_verifications_total", {{"outcome", kOutcomes[i]}},
                          static_cast<double>(count));
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        for (std::size_t cls = 0; cls < kClasses.size(); ++cls) {
            const auto count = rows_[i].byClass[cls].exchange(0, std::memory_order_relaxed);
            if (count > 0)
                metrics.count("trusthub_http_requests_total",
                              {{"route", patterns[i]}, {"status", kClasses[cls]}},
                              static_cast<double>(count));
        }
        const auto spent = rows_[i].milliseconds.exchange(0, std::memory_order_relaxed);
        if (spent > 0)
            metrics.count("trusthub_http_request_milliseconds_total", {{"route", patterns[i]}},
                          static_cast<double>(spent));
    }
}

}  // namespace trusthub::api
