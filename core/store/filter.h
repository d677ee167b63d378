// Filter: a WHERE text grown condition by condition, with its parameters.
#pragma once

#include "store/value.h"

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::store {

/// Texts that parameters view must outlive the filter, or be given to keep().
class Filter {
public:
    /// `column = `, `at >= ` …: the parameter follows, then `after`.
    void add(std::string_view before, Param param, std::string_view after = "") {
        where_.append(where_.empty() ? " WHERE " : " AND ")
            .append(before)
            .append(bind(param))
            .append(after);
    }
    /// An empty list matches nothing. `after` follows the list.
    void addIn(std::string_view column, const std::vector<std::string>& values,
               std::string_view after = "") {
        where_.append(where_.empty() ? " WHERE " : " AND ").append(column).append(" IN (");
        for (std::size_t i = 0; i < values.size(); ++i)
            where_.append(i ? ", " : "").append(bind(values[i]));
        if (values.empty()) where_.append("NULL");  // PostgreSQL takes no empty list
        where_.append(")").append(after);
    }
    /// Adds a parameter and answers its `$n`.
    std::string bind(Param param) {
        params_.push_back(param);
        return "$" + std::to_string(params_.size());
    }
    std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }

    const std::string& where() const { return where_; }  ///< "" or " WHERE …"
    std::span<const Param> params() const { return params_; }

private:
    std::string where_;
    std::vector<Param> params_;
    std::deque<std::string> kept_;
};

}  // namespace trusthub::store
