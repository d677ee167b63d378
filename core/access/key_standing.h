// KeyStanding: what must hold before a key authenticates anybody, judged in one place: for each
// request, and for the owner who asks why.
#pragma once

#include "access/permissions.h"
#include "sdk/time.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace trusthub::access {

/// What was found out about a key whose text is right.
struct KeyFacts {
    bool revoked = false;
    std::optional<TimePoint> expiresAt;
    bool ancestorsStand = true;  ///< the keys that it descends from are in force
    bool issuerActive = true;
    bool addressAllowed = true;
    KeyType type = KeyType::ReadOnly;
};

/// In the order in which they are judged.
enum class KeyCheck : std::uint8_t { Revoked, Expired, Ancestor, Issuer, Address, Type };
inline constexpr std::array kKeyChecks{KeyCheck::Revoked, KeyCheck::Expired, KeyCheck::Ancestor,
                                       KeyCheck::Issuer,  KeyCheck::Address, KeyCheck::Type};

std::string_view text(KeyCheck check);
bool holds(KeyCheck check, const KeyFacts& facts, TimePoint at);
/// The first check that does not hold; null: the key authenticates.
std::optional<KeyCheck> firstFault(const KeyFacts& facts, TimePoint at);

}  // namespace trusthub::access
