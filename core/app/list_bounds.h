// List bounds: how much one list of a command prints; the API reads all there is, page by page.
#pragma once

#include <cstddef>

namespace trusthub::app {

inline constexpr std::size_t kListPage = 1'000;  ///< of one read
inline constexpr std::size_t kListRows = 10'000;
inline constexpr std::size_t kListBytes = 64UL << 20;  ///< of JSON

}  // namespace trusthub::app
