// Deliveries: what became of an event at an endpoint, and trying it again by hand.
#pragma once

#include "audit/audit_log.h"
#include "base/actor.h"
#include "base/clock.h"
#include "base/ids.h"
#include "json/json.h"
#include "outbound/fanout.h"
#include "store/sealer.h"
#include "store/store.h"

#include <optional>
#include <string>
#include <vector>

namespace trusthub::outbound {

struct AttemptRecord {
    int number = 0;
    std::string trigger;  ///< schedule | manual | test
    TimePoint startedAt;
    Milliseconds took{0};
    int statusCode = 0;  ///< 0: no answer
    std::string failure, detail, address;
    std::optional<std::string> response;  ///< the first 16 KiB; bytes of a stranger
};

struct Delivery {
    DeliveryId id;
    EventId eventId;
    std::string eventType;
    EndpointId endpointId;
    std::string teamId;
    std::string status;  ///< pending | delivered | failed | cancelled
    int attempts = 0;
    bool inFlight = false;
    std::optional<TimePoint> nextAttemptAt;  ///< null: none is to come, held, or one is under way
    TimePoint createdAt;
    std::optional<TimePoint> finishedAt;
};

json::Object toJson(const Delivery& delivery);
json::Object toJson(const AttemptRecord& attempt);
/// With its attempts as `attempt_log`.
json::Object toJson(const Delivery& delivery, const std::vector<AttemptRecord>& attempts);

class Deliveries {
public:
    Deliveries(store::Sealer& sealer, audit::AuditLog& audit, EndpointFanout& fanout,
               const base::Clock& clock)
        : sealer_(sealer), audit_(audit), fanout_(fanout), clock_(clock) {}

    /// Due at once, whatever its state, with the schedule from its start; the receiver sees the
    /// same webhook-id. Conflict while one is under way (`in_flight`) or when its endpoint is not
    /// active.
    store::Unit<Delivery> retry(const Actor& actor, const DeliveryId& id);

    static std::optional<Delivery> find(store::ReadTx& tx, const DeliveryId& id);
    Result<std::vector<AttemptRecord>> attempts(store::ReadTx& tx, const DeliveryId& id);

    struct Query {
        EndpointId endpoint;
        std::string status;  ///< empty: any
        std::string after;   ///< id of the last one of the page before; newest first
        std::size_t limit = 50;
    };
    static std::vector<Delivery> list(store::ReadTx& tx, const Query& query);
    /// At most `cap`: what is beyond is not counted.
    static std::int64_t count(store::ReadTx& tx, const Query& query, std::int64_t cap = 10'000);

private:
    store::Sealer& sealer_;
    audit::AuditLog& audit_;
    EndpointFanout& fanout_;
    const base::Clock& clock_;
};

}  // namespace trusthub::outbound
