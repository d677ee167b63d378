// Which passwords and one-time codes are taken: how long they may be, and what no password may be.
#pragma once

#include "sdk/secret.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace trusthub::people {

inline constexpr std::size_t kPasswordMin = 12;    ///< bytes
inline constexpr std::size_t kPasswordMax = 1024;  ///< bytes; bounds what argon2 is given
inline constexpr std::size_t kCodeMax = 40;        ///< a recovery code with room for blanks

/// Why a new password is refused; null when it is taken. After NIST SP 800-63B, section 5.1.1.2,
/// one is refused that is too short or too long, no UTF-8, of fewer than five different characters,
/// a short piece repeated, made of the commonest passwords, rows of keys and years, or that holds
/// the e-mail address of its account, the part before the @ or the name as a whole (those of four
/// characters and more, whatever their case). Nothing else about it is asked for.
std::optional<std::string> faultOf(const SecretString& password, std::string_view email,
                                   std::string_view name);

}  // namespace trusthub::people
