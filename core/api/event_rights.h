// Who may read which event: events of alerts tell what only those may know who read alerts.
#pragma once

#include "access/principal.h"
#include "events/events.h"

namespace trusthub::api {

bool mayRead(const access::Principal& who, const events::Event& event);
/// The same for a list; `query` finds what lies in teams of EventsRead already.
void restrictTo(const access::Principal& who, events::Events::Query& query);

}  // namespace trusthub::api
