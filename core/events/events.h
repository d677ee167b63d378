// Events: something happened. Emitted inside the unit of the change, with its deliveries.
#pragma once

#include "base/actor.h"
#include "base/clock.h"
#include "base/ids.h"
#include "events/catalogue.h"
#include "events/fanout.h"
#include "store/sealer.h"

#include <optional>
#include <string>
#include <vector>

namespace trusthub::events {

/// An event ready for a unit: id given, data sealed. Made outside the transaction.
struct Draft {
    EventId id;
    std::string type;
    std::string teamId;
    TimePoint occurredAt;
    store::Sealed data;
    std::optional<std::string> idempotencyKey;
    std::string idempotencyDigest;  ///< of type, team and data, for events from outside
};

struct Emitted {
    EventId id;
    std::vector<PlannedDelivery> deliveries;
};

struct Event {
    EventId id;
    std::string type, teamId;
    TimePoint occurredAt;
    std::string data;  ///< JSON text as it came in
};

class Events {
public:
    /// Without a fanout (null) events have no deliveries.
    Events(const Catalogue& catalogue, store::Sealer& sealer, const base::Clock& clock,
           base::IdSource& ids, Fanout* fanout = nullptr);

    /// Seals the data. `type` must be in the catalogue: an unknown one of our own is a broken
    /// invariant and throws.
    Draft draft(std::string_view type, std::string_view teamId, const json::Object& data);
    /// For events from outside: checks type and schema (InvalidInput), keeps the text as it came.
    Result<Draft> draftFromOutside(std::string_view type, std::string_view teamId,
                                   const json::Value& data, std::string_view dataText);

    /// Writes the event and plans its deliveries. [in a unit]
    Emitted emit(store::WriteTx& tx, const Actor& actor, const Draft& draft);

    /// NotFound when there is none.
    Result<Event> find(store::ReadTx& tx, const EventId& id);

    /// What an earlier event of the same caller with the draft's key led to; null when there is
    /// none. InvalidInput `idempotency_mismatch` when that was another event. [also in a unit]
    static Result<std::optional<Emitted>> earlier(store::ReadTx& tx, const Actor& actor,
                                                  const Draft& draft);

    struct Query {
        std::optional<std::vector<std::string>> teams;  ///< null: all
        std::string type;
        /// Types that begin so are found in those teams only.
        struct Family {
            std::string_view prefix;
            std::vector<std::string> teams;
        };
        std::optional<Family> restricted = {};
        std::string after;  ///< id of the last event of the page before; newest first
        std::size_t limit = 50;
    };
    Result<std::vector<Event>> list(store::ReadTx& tx, const Query& query);
    /// At most `cap`: what is beyond is not counted.
    static std::int64_t count(store::ReadTx& tx, const Query& query, std::int64_t cap);

    const Catalogue& catalogue() const { return catalogue_; }

private:
    const Catalogue& catalogue_;
    store::Sealer& sealer_;
    const base::Clock& clock_;
    base::IdSource& ids_;
    Fanout* const fanout_;
};

}  // namespace trusthub::events
