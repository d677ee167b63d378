// Parameters and columns: what goes into a statement and what comes out.
#pragma once

#include "base/ids.h"
#include "sdk/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace trusthub::store {

struct Null {};
/// Bytes rather than text. A view: what it shows must live until the statement has run.
struct Bytes {
    std::string_view data;
};

/// One `$n`. Made implicitly from what repositories hold; text is viewed, not copied.
class Param {
public:
    using Value = std::variant<Null, std::int64_t, double, std::string_view, Bytes>;

    Param(Null) {}                                                              // NOLINT
    Param(std::int64_t v) : value_(v) {}                                        // NOLINT
    Param(int v) : value_(std::int64_t{v}) {}                                   // NOLINT
    Param(std::size_t v) : value_(static_cast<std::int64_t>(v)) {}              // NOLINT
    Param(bool v) : value_(std::int64_t{v ? 1 : 0}) {}                          // NOLINT
    Param(double v) : value_(v) {}                                              // NOLINT
    Param(std::string_view v) : value_(v) {}                                    // NOLINT
    Param(const std::string& v) : value_(std::string_view{v}) {}                // NOLINT
    Param(const char* v) : value_(std::string_view{v}) {}                       // NOLINT
    Param(Bytes v) : value_(v) {}                                               // NOLINT
    Param(TimePoint v) : value_(std::int64_t{v.time_since_epoch().count()}) {}  // NOLINT
    template <class Tag>
    Param(const base::Id<Tag>& v) : value_(std::string_view{v.text}) {}  // NOLINT
    template <class T>
    Param(const std::optional<T>& v) {  // NOLINT
        if (v) value_ = Param(*v).value_;
    }

    const Value& value() const { return value_; }

private:
    Value value_ = Null{};
};

}  // namespace trusthub::store
