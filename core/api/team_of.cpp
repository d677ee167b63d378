#include "api/team_of.h"

namespace trusthub::api {

std::string defaultTeam(const access::Principal& who, access::Permission permission) {
    const auto teams = who.teams(permission);
    return teams && teams->size() == 1 ? teams->front() : std::string{};
}

std::string teamOf(const Call& call, json::ObjectReader& reader, access::Permission permission) {
    if (auto given = reader.optionalId("team_id", "a team")) return *std::move(given);
    return defaultTeam(call.who(), permission);
}

}  // namespace trusthub::api
