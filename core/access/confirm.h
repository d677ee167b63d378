// The rights by which a call was allowed must still be in force inside the unit that it submitted.
#pragma once

#include "access/principal.h"
#include "store/tx.h"

namespace trusthub::access {

/// Reads session or key, user and roles again. Unauthenticated when the credential has ended since;
/// Conflict `rights_changed` when the roles are others than those that were judged. [in a unit]
Result<void> confirm(store::ReadTx& tx, const Principal& who, TimePoint now);

}  // namespace trusthub::access
