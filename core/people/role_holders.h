// Who holds a role somewhere right now, for those who must reach them.
#pragma once

#include "people/roles.h"
#include "people/users.h"

#include <string_view>
#include <vector>

namespace trusthub::people {

/// Active persons with the role there (`teamId` empty: for the organization), oldest users first.
std::vector<User> roleHolders(store::ReadTx& tx, Role role, std::string_view teamId, TimePoint now,
                              std::size_t limit);

}  // namespace trusthub::people
