#include "access/key_standing.h"

#include <algorithm>

namespace trusthub::access {

std::string_view text(KeyCheck check) {
    static constexpr std::array<std::string_view, kKeyChecks.size()> kNames{
        "revoked", "expired", "ancestor", "issuer", "address", "type"};
    return kNames[static_cast<std::size_t>(check)];
}

bool holds(KeyCheck check, const KeyFacts& facts, TimePoint at) {
    switch (check) {
        case KeyCheck::Revoked:
            return !facts.revoked;
        case KeyCheck::Expired:
            return !facts.expiresAt || *facts.expiresAt > at;
        case KeyCheck::Ancestor:
            return facts.ancestorsStand;
        case KeyCheck::Issuer:
            return facts.issuerActive;
        case KeyCheck::Address:
            return facts.addressAllowed;
        case KeyCheck::Type:
            // Keys of type webhook authenticate deliveries, no calls.
            return facts.type != KeyType::Webhook;
    }
    return false;
}

std::optional<KeyCheck> firstFault(const KeyFacts& facts, TimePoint at) {
    const auto fault =
        std::ranges::find_if(kKeyChecks, [&](KeyCheck check) { return !holds(check, facts, at); });
    if (fault == kKeyChecks.end()) return std::nullopt;
    return *fault;
}

}  // namespace trusthub::access
