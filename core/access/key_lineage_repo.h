// SQL of how API keys follow one another.
#pragma once

#include "base/ids.h"
#include "store/tx.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::access::key_lineage_repo {

struct Copy {
    const ApiKeyId& id;
    std::string_view prefix, hmac;
    int pepperVersion = 0;
    TimePoint createdAt;
    /// Nobody has confirmed it yet: until then it hangs on `from`, so that it is never wider and
    /// dies with it.
    bool planned = false;
};
/// Writes a key with every setting of `from` under a new secret. False when the prefix is taken.
bool copy(store::WriteTx& tx, const ApiKeyId& from, const Copy& copy);
/// A planned successor stands on its own, with the settings that `old` has now.
void settlePlanned(store::WriteTx& tx, const ApiKeyId& old, const ApiKeyId& successor);
/// `old` is followed by `successor` and valid until `until` at most.
void supersede(store::WriteTx& tx, const ApiKeyId& old, const ApiKeyId& successor, TimePoint until);
/// What `from` has issued hangs on `to` from now on.
void adoptChildren(store::WriteTx& tx, const ApiKeyId& from, const ApiKeyId& to);
/// False when `old` was not superseded, or its end has come already.
bool endOverlap(store::WriteTx& tx, const ApiKeyId& old, TimePoint now);

struct Relative {
    ApiKeyId id;
    std::string prefix;
    TimePoint createdAt;
    std::optional<TimePoint> expiresAt, revokedAt;
};
/// All keys of the family, newest first, `id` among them; at most `limit`.
std::vector<Relative> family(store::ReadTx& tx, const ApiKeyId& id, std::size_t limit);

}  // namespace trusthub::access::key_lineage_repo
