// How long a password may be, wherever one is set.
#pragma once

#include <cstddef>

namespace trusthub::people {

inline constexpr std::size_t kPasswordMin = 12;    ///< bytes
inline constexpr std::size_t kPasswordMax = 1024;  ///< bytes; bounds what argon2 is given

}  // namespace trusthub::people
