// KeyRecord: all that deciding about a key needs, as it stood in the database at one revision.
#pragma once

#include "access/api_keys.h"

#include <boost/static_string.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::access {

/// Why a key does not pass. Callers learn only that it does not; the owner learns the word.
enum class KeyRefusal : std::uint8_t {
    None,
    Unknown,  ///< no such key, or not its secret
    Revoked,
    Canary,
    Expired,
    IssuingKeyEnded,  ///< the key that issued it, or one before that, has ended
    IssuerDisabled,   ///< the person or service account behind it, or behind a key before it
    AddressNotAllowed,
};
std::string_view text(KeyRefusal refusal);  ///< `address_not_allowed`

/// Immutable. Facts that change with time only (ends of keys and roles) are judged when used.
struct KeyRecord {
    /// From the front, what deciding reads in any case: as much as fits before the key's name.
    static constexpr std::size_t kHotBytes = 344;

    std::array<char, 32> mac{};
    /// view.id, where it is read without a further look into memory.
    boost::static_strings::static_string<36> id;
    std::shared_ptr<const people::User> owner;  ///< null: gone; roles with their ends
    Issuers issuers;                            ///< owners of the keys before it, the same way
    std::optional<TimePoint> revokedAt;
    std::optional<TimePoint> ancestorsEnd;         ///< the earliest end of the keys before it
    std::vector<AddressList> ancestorsAllowedIps;  ///< each must allow, too
    bool imported = false;
    bool canary = false;
    KeyView view;  ///< type, permissions, addresses: already no wider than those of its ancestors
};

/// The reasons that are judged once the secret is right, in their order.
inline constexpr std::array kKeyChecks{KeyRefusal::Revoked,        KeyRefusal::Canary,
                                       KeyRefusal::Expired,        KeyRefusal::IssuingKeyEnded,
                                       KeyRefusal::IssuerDisabled, KeyRefusal::AddressNotAllowed};
/// Whether that reason stands against the key. Pure.
bool refuses(KeyRefusal reason, const KeyRecord& key, TimePoint at, std::string_view ip);
/// The first reason against it, None when it passes. Pure.
KeyRefusal refusalOf(const KeyRecord& key, TimePoint at, std::string_view ip);

/// The caller that the key makes: with the roles that are in force, of its owner and all issuers.
Principal principalOf(std::shared_ptr<const KeyRecord> key, TimePoint at, Actor&& actor);

/// Answers the user of an id; the caller may have it already. Null when there is none.
using FindOwner =
    std::function<std::shared_ptr<const people::User>(store::ReadTx& tx, const UserId& id)>;
std::shared_ptr<const people::User> findOwner(store::ReadTx& tx, const UserId& id, TimePoint now);

/// In force, and so are the keys that it descends from. [in a unit]
bool stands(store::ReadTx& tx, const ApiKeyId& id, TimePoint now);

/// How a key stands for those who look after it, in one word: `active`; `overlap`, rotated and
/// still in force for a while; `superseded`, that while is over; `expired`; `revoked`;
/// `issuing_key_ended`; `owner_disabled`, its own or that of a key before it; `decoy`;
/// `without_rights`, owners or keys before it have nothing left of what it may do.
std::string_view standing(store::ReadTx& tx, const ApiKey& key, TimePoint now);

/// Its own, as its type lets them through; those before it left aside.
PermissionSet ownPermissions(const KeyView& key);
/// Answers the key of an id; none where there is none, or a revoked one.
using FindKey = std::function<std::optional<ApiKey>(const ApiKeyId& id)>;
/// What it may do right now, wherever, with keys and users that the caller has at hand: nothing
/// when it does not pass. An address is not judged.
PermissionSet effectivePermissions(store::ReadTx& tx, const ApiKey& key, const FindKey& find,
                                   const FindOwner& owner, TimePoint now);

/// How often keys may issue keys that issue keys. A rotation is no further generation.
inline constexpr int kMaxGenerations = 16;
/// Conflict `issuing_chain_full` for a key that is the last that may be. [in a unit]
Result<void> mayIssueFurther(store::ReadTx& tx, const ApiKeyId& issuer);

/// Reads key, ancestors and owners. None when there is no such key.
std::optional<KeyRecord> readRecord(store::ReadTx& tx, std::string_view prefix,
                                    const FindOwner& owner);

}  // namespace trusthub::access
