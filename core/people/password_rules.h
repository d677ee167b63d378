// How long passwords and one-time codes may be, wherever they are taken.
#pragma once

#include <cstddef>

namespace trusthub::people {

inline constexpr std::size_t kPasswordMin = 12;    ///< bytes
inline constexpr std::size_t kPasswordMax = 1024;  ///< bytes; bounds what argon2 is given
inline constexpr std::size_t kCodeMax = 40;        ///< a recovery code with room for blanks

}  // namespace trusthub::people
