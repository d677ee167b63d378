// Which team a new thing belongs to.
#pragma once

#include "api/call.h"

#include <string>

namespace trusthub::api {

/// The one team where the caller has the right, else the organization ("").
std::string defaultTeam(const access::Principal& who, access::Permission permission);
/// `team_id` of the body; left out, the caller's defaultTeam().
std::string teamOf(const Call& call, json::ObjectReader& reader, access::Permission permission);

}  // namespace trusthub::api
