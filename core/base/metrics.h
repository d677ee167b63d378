// Metrics as the lower floors see them; the registry that fills the interface lives in health/.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace trusthub::base {

/// Names and labels are from closed lists: never an id, an address or text from outside.
/// [thread-safe]
class Metrics {
public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
    virtual ~Metrics() = default;
    virtual void count(std::string_view name, Labels labels = {}, double add = 1) noexcept = 0;
    virtual void gauge(std::string_view name, double value, Labels labels = {}) noexcept = 0;
    virtual void observeSeconds(std::string_view name, double seconds,
                                Labels labels = {}) noexcept = 0;
};

/// For tests and tools.
class NoMetrics final : public Metrics {
public:
    void count(std::string_view, Labels, double) noexcept override {}
    void gauge(std::string_view, double, Labels) noexcept override {}
    void observeSeconds(std::string_view, double, Labels) noexcept override {}
};

}  // namespace trusthub::base
