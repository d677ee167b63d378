// Which team a new thing belongs to.
#pragma once

#include <string>

#include "api/call.h"

namespace trusthub::api {

/// `team_id` of the body; left out, the one team where the caller has the right, else the organization ("").
std::string teamOf(const Call& call, json::ObjectReader& reader, access::Permission permission);

}  // namespace trusthub::api
