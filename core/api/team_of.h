// Which team a new thing belongs to.
#pragma once

#include "api/call.h"

#include <string>

namespace trusthub::api {

/// `team_id` of the body; left out, the one team where the caller has the right, else the
/// organization ("").
std::string teamOf(const Call& call, json::ObjectReader& reader, access::Permission permission);

}  // namespace trusthub::api
