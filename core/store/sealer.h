// Sealer: encrypts columns under data keys that the master key wraps.
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "crypto/master_key.h"
#include "sdk/result.h"
#include "sdk/secret.h"
#include "store/store.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace trusthub::store {

/// What a sealed value is bound to: it opens at this place of the database only.
struct SealPlace {
    std::string_view table;
    std::string_view column;
    std::string_view row;  ///< id
};

/// Whose key seals: one data key per (team, purpose, month).
struct SealScope {
    std::string_view team;     ///< team id, empty: the organization
    std::string_view purpose;  ///< "receipts", "events", "secrets", "blobs"
};

/// Bytes on their way into a unit. Its data key may be new: `into(tx)` writes the key's row with
/// the value.
class Sealed {
public:
    /// The bytes to bind; call it inside the unit that stores them.
    Bytes into(WriteTx& tx) const;
    /// For values that live outside the database; `into` must be called all the same.
    const std::string& bytes() const { return bytes_; }

private:
    friend class Sealer;
    std::string bytes_;
    std::shared_ptr<const struct DataKey> key_;
};

/// [thread-safe]
class Sealer {
public:
    Sealer(Store& store, std::shared_ptr<const crypto::MasterKey> master, const base::Clock& clock,
           base::Random& random, base::IdSource& ids);
    ~Sealer();

    /// Needs no lock of the database and never waits.
    Sealed seal(const SealScope& scope, const SealPlace& place, std::string_view plain);
    /// Reads the data key through `tx` when it is not at hand. Internal when the value does not
    /// open.
    Result<std::string> open(ReadTx& tx, const SealPlace& place, std::string_view sealed);
    Result<SecretString> openSecret(ReadTx& tx, const SealPlace& place, std::string_view sealed);

private:
    using KeyPtr = std::shared_ptr<const struct DataKey>;
    KeyPtr keyFor(const SealScope& scope);
    Result<KeyPtr> keyById(ReadTx& tx, std::string_view id);

    Store& store_;
    std::shared_ptr<const crypto::MasterKey> master_;
    const base::Clock& clock_;
    base::Random& random_;
    base::IdSource& ids_;
    std::mutex mutex_;
    std::map<std::string, KeyPtr, std::less<>> current_;  ///< by "team/purpose/period"
    std::map<std::string, KeyPtr, std::less<>> byId_;
};

}  // namespace trusthub::store
