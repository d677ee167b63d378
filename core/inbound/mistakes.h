// Mistakes: the known ways in which a delivery fails to verify, with what to do about each.
#pragma once

#include <string_view>
#include <vector>

namespace trusthub::inbound {

struct Mistake {
    std::string_view name;  ///< stable, lower_snake_case
    std::string_view explanation;
    std::string_view whatToDo;
};

/// The closed list; `unknown` is the last.
const std::vector<Mistake>& mistakes();
/// `name` is one of the list.
const Mistake& mistake(std::string_view name);

}  // namespace trusthub::inbound
