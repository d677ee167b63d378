// PrometheusMetrics: the registry behind base/metrics.h, and its text form for /metrics.
#pragma once

#include "base/metrics.h"

#include <memory>
#include <string>

namespace trusthub::health {

/// Families are made at first use. Names end in _total for counters, _seconds for histograms.
/// [thread-safe]
class PrometheusMetrics final : public base::Metrics {
public:
    PrometheusMetrics();
    ~PrometheusMetrics() override;

    void count(std::string_view name, Labels labels, double add) noexcept override;
    void gauge(std::string_view name, double value, Labels labels) noexcept override;
    void observeSeconds(std::string_view name, double seconds, Labels labels) noexcept override;

    /// Prometheus text format 0.0.4.
    std::string text() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace trusthub::health
