// The bounds of a key: who may issue which, nothing wider than its issuer, and later only narrower.
#pragma once

#include "access/api_keys.h"

#include <string>
#include <vector>

namespace trusthub::access {

/// Completes `wanted` (the team of a project, what it inherits from the key that issues it) and
/// answers the user who is to own the key. [in the unit that issues it]
Result<people::User> boundNewKey(store::ReadTx& tx, const Principal& issuer,
                                 const KeyPolicy& policy, NewKey& wanted, TimePoint now);

/// What is odd about a key that boundNewKey() has bounded.
std::vector<KeyWarning> warningsOf(const Principal& issuer, const people::User& owner,
                                   const NewKey& bounded);

/// Applies the change and answers the names of the members that differ now. InvalidInput
/// `would_widen` when any of it is wider; then `key` is as it was.
Result<std::vector<std::string>> narrow(KeyView& key, const KeyChange& change, TimePoint now);

}  // namespace trusthub::access
