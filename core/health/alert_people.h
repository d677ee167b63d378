// Whom an alert concerns, and who is mailed about it.
#pragma once

#include "health/alert.h"
#include "people/users.h"
#include "store/tx.h"

#include <cstddef>
#include <string>
#include <vector>

namespace trusthub::health {

/// Who answers for what the alert is about: user id; empty: nobody in particular.
std::string responsibleFor(store::ReadTx& tx, const Alert& alert);

/// Active people with an address, each once. Of a critical alert the administrators besides who is
/// responsible: its team's, or the super_admins for the organization's; of others they only when
/// nobody is responsible any more. When there are none, the super_admins.
std::vector<people::User> peopleToMail(store::ReadTx& tx, const Alert& alert,
                                       const std::string& responsibleId, TimePoint now,
                                       std::size_t most);

/// Whether the user would still be among them; what was queued may have waited for long.
bool stillConcerns(store::ReadTx& tx, const Alert& alert, const std::string& userId, TimePoint now);

}  // namespace trusthub::health
