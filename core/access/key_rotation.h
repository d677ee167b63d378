// KeyRotation: a key gets a successor under a new secret; for a while both work.
#pragma once

#include "access/api_keys.h"
#include "access/left_keys.h"
#include "base/notify.h"
#include "people/rights.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace trusthub::access {

/// A successor that is made and stands in no row yet.
struct Successor {
    ApiKeyId id;
    std::string prefix, hmac;
    SecretString raw;
};

class KeyRotation {
public:
    struct Parts {
        const ApiKeys& keys;
        audit::AuditLog& audit;
        events::Events& events;
        const store::HubSecrets& secrets;
        people::Rights& rights;
        const LeftKeys& left;
        const base::Clock& clock;
        base::Random& random;
        base::IdSource& ids;
        base::Notify* notify = nullptr;  ///< null: only events tell of an end that comes near
    };
    explicit KeyRotation(Parts parts) : p_(std::move(parts)) {}

    static constexpr std::chrono::hours kDefaultOverlap{24};
    static constexpr std::chrono::hours kLongestOverlap{720};

    struct Rotated {
        ApiKey key;  ///< the successor
        SecretString raw;
        TimePoint previousValidUntil;
    };
    /// The successor has every setting of the key, its end included; what the key has issued hangs
    /// on the successor from now on. A successor that a schedule had planned is revoked, and the
    /// schedule goes on from now. Without an overlap that of the schedule holds, or the default.
    /// Conflict `already_rotated`, `key_ended`, or `rotation_in_progress` while the key before this
    /// one is still valid; InvalidInput for an overlap as long as the schedule's period.
    store::Unit<Rotated> rotate(const Principal& by, const ApiKeyId& id,
                                std::optional<std::chrono::hours> overlap);
    /// The older key of the two stops at once; `id` is either of them. Nothing happens when it has
    /// stopped already. NotFound `not_rotated` for a key that was never rotated.
    store::Unit<void> endOverlap(const Principal& by, const ApiKeyId& id);

    /// Who may revoke the key, and the key itself.
    static Result<void> mayEnd(const Principal& by, const ApiKey& key);
    /// Who may revoke the key and could issue it; a key rotates itself and what it has issued.
    Result<void> mayRotate(store::ReadTx& tx, const Principal& by, const ApiKey& key) const;
    /// The conflicts of rotate(). [in a unit]
    Result<void> rotatable(store::ReadTx& tx, const ApiKey& key) const;
    /// Where the key stands among those before and after it.
    json::Object report(store::ReadTx& tx, const ApiKey& key) const;

    // For rotations on a schedule.
    Successor makeSuccessor();
    /// Writes the successor's row. StoreBusy when its prefix is taken. [in a unit]
    Result<void> insert(store::WriteTx& tx, const ApiKey& old, const Successor& successor,
                        bool planned);
    /// It was confirmed, and is planned no longer. [in a unit]
    void settlePlanned(store::WriteTx& tx, const ApiKeyId& old, const ApiKeyId& successor);
    /// The overlap begins, and notices of the end go on as the successor's. Answers when `old`
    /// ends. [in a unit]
    TimePoint takeOver(store::WriteTx& tx, const Actor& actor, const ApiKey& old,
                       const ApiKey& successor, std::chrono::hours overlap);
    /// A successor that nobody has confirmed. [in a unit]
    void revokePlanned(store::WriteTx& tx, const Actor& actor, const ApiKeyId& successor);

private:
    Parts p_;
};

}  // namespace trusthub::access
