#include "api/event_rights.h"

namespace trusthub::api {
namespace {

using access::Permission;

constexpr std::string_view kOfAlerts = "alert.";

}  // namespace

bool mayRead(const access::Principal& who, const events::Event& event) {
    const access::Place place{event.teamId, {}};
    return who.may(Permission::EventsRead, place) &&
           (!event.type.starts_with(kOfAlerts) || who.may(Permission::AlertsRead, place));
}

void restrictTo(const access::Principal& who, events::Events::Query& query) {
    auto teams = who.teams(Permission::AlertsRead);
    if (teams) query.restricted = {kOfAlerts, *std::move(teams)};
}

}  // namespace trusthub::api
