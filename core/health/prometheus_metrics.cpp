#include "health/prometheus_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>

namespace trusthub::health {
namespace {

const prometheus::Histogram::BucketBoundaries kBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                       0.25,  0.5,    1,     2.5,  5,     10};

prometheus::Labels labelsOf(base::Metrics::Labels labels) {
    prometheus::Labels map;
    for (const auto& [name, value] : labels) map.emplace(name, value);
    return map;
}

/// Name and labels as one text: finds a metric without building a map on the hot path.
std::string keyOf(std::string_view name, base::Metrics::Labels labels) {
    std::string key(name);
    for (const auto& [label, value] : labels)
        key.append("\n").append(label).append("=").append(value);
    return key;
}

}  // namespace

struct PrometheusMetrics::Impl {
    prometheus::Registry registry;
    std::mutex mutex;
    std::map<std::string, prometheus::Counter*, std::less<>> counters;
    std::map<std::string, prometheus::Gauge*, std::less<>> gauges;
    std::map<std::string, prometheus::Histogram*, std::less<>> histograms;

    /// The metric of that key, made by `make` at first use; references stay valid for ever.
    template <class T, class Make>
    T& get(std::map<std::string, T*, std::less<>>& known, std::string_view name, Labels labels,
           Make make) {
        const std::lock_guard lock(mutex);
        const std::string key = keyOf(name, labels);
        const auto found = known.find(key);
        if (found != known.end()) return *found->second;
        return *known.emplace(key, &make(std::string(name), labelsOf(labels))).first->second;
    }
};

PrometheusMetrics::PrometheusMetrics() : impl_(std::make_unique<Impl>()) {}
PrometheusMetrics::~PrometheusMetrics() = default;

void PrometheusMetrics::count(std::string_view name, Labels labels, double add) noexcept {
    impl_
        ->get(
            impl_->counters, name, labels,
            [&](const std::string& family, const prometheus::Labels& map) -> prometheus::Counter& {
                return prometheus::BuildCounter().Name(family).Register(impl_->registry).Add(map);
            })
        .Increment(add);
}

void PrometheusMetrics::gauge(std::string_view name, double value, Labels labels) noexcept {
    impl_
        ->get(impl_->gauges, name, labels,
              [&](const std::string& family, const prometheus::Labels& map) -> prometheus::Gauge& {
                  return prometheus::BuildGauge().Name(family).Register(impl_->registry).Add(map);
              })
        .Set(value);
}

void PrometheusMetrics::observeSeconds(std::string_view name, double seconds,
                                       Labels labels) noexcept {
    impl_
        ->get(impl_->histograms, name, labels,
              [&](const std::string& family,
                  const prometheus::Labels& map) -> prometheus::Histogram& {
                  return prometheus::BuildHistogram()
                      .Name(family)
                      .Register(impl_->registry)
                      .Add(map, kBuckets);
              })
        .Observe(seconds);
}

std::string PrometheusMetrics::text() const {
    return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace trusthub::health
