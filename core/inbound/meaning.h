// Meaning: what a delivery that was believed sets off, whether it came just now or is replayed.
#pragma once

#include "events/events.h"
#include "people/projects.h"
#include "scans/scans.h"
#include "sdk/inbound.h"

#include <optional>
#include <string>

namespace trusthub::inbound {

struct Meaning {
    std::optional<sdk::InboundEvent> event;  ///< null: the payload was not understood
    std::optional<scans::Trigger> trigger;   ///< null: no scan
    std::string ignoredBecause;              ///< why there is no scan; empty when there is one
};

/// Of what a connector's `translate` answered.
Meaning meaningOf(Result<sdk::InboundEvent> event);

/// The event that the hub tells on for one project; null when there is none.
std::optional<events::Draft> draftOf(events::Events& events, const Meaning& meaning,
                                     const people::Project& project, const std::string& deliveryId,
                                     bool replayed);

}  // namespace trusthub::inbound
