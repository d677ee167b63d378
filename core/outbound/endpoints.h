// Endpoints: the service for who wants to know, with its secrets and their rotation.
#pragma once

#include "audit/audit_log.h"
#include "base/actor.h"
#include "base/clock.h"
#include "base/ids.h"
#include "events/events.h"
#include "http/egress_guard.h"
#include "outbound/endpoint.h"
#include "outbound/fanout.h"
#include "store/sealer.h"
#include "store/store.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace trusthub::outbound {

/// An endpoint as something is sent to it: all of one committed state.
struct Target {
    Endpoint endpoint;
    CustomHeaders headers;
    std::vector<SecretString> secrets;  ///< in force, newest first
};

/// Units that change an endpoint take it as the caller has read it, and answer Conflict when
/// somebody changed it since, NotFound when it is gone. What they check before they are queued
/// comes back from the unit, too.
class Endpoints {
public:
    struct Parts {
        store::Sealer& sealer;
        audit::AuditLog& audit;
        events::Events& events;
        EndpointFanout& fanout;
        const base::Clock& clock;
        base::Random& random;
        base::IdSource& ids;
        /// The guard in force, for addresses in URLs.
        std::function<std::shared_ptr<const http::EgressGuard>()> guard;
    };
    explicit Endpoints(Parts parts) : p_(std::move(parts)) {}

    struct New {
        std::string url;
        std::vector<std::string> eventTypes;
        std::string teamId;
        std::string description;
        std::optional<SecretString> secret;  ///< null: one is made
        PayloadForm payload = PayloadForm::Standard;
        CustomHeaders headers;
        std::optional<base::BackoffSchedule> retry;  ///< null: the hub's
        Milliseconds timeout{15'000};
    };
    struct Shown {
        Endpoint endpoint;
        SecretString secret;  ///< shown this once
        std::optional<TimePoint> previousValidUntil;
    };
    /// InvalidInput; Conflict `too_many_endpoints` past 500 of a team.
    store::Unit<Shown> create(const Actor& actor, New wanted);

    struct Change {
        std::optional<std::string> url, description;
        std::optional<std::vector<std::string>> eventTypes;
        std::optional<PayloadForm> payload;
        std::optional<CustomHeaders> headers;
        std::optional<std::optional<base::BackoffSchedule>> retry;
        std::optional<Milliseconds> timeout;
    };
    /// A URL of another origin drops the custom headers, unless the same change brings new ones.
    store::Unit<Endpoint> update(const Actor& actor, const Endpoint& seen, Change change);
    /// What waits for it is cancelled; its deliveries can still be read.
    store::Unit<void> remove(const Actor& actor, const Endpoint& seen);
    /// Deliveries are held until resume(). Pausing a disabled one is a Conflict; a paused one stays
    /// as it is.
    store::Unit<Endpoint> pause(const Actor& actor, const Endpoint& seen);
    /// Also for a disabled one. What was held is due at once.
    store::Unit<Endpoint> resume(const Actor& actor, const Endpoint& seen);

    static constexpr std::chrono::hours kDefaultOverlap{24};
    static constexpr std::chrono::hours kLongestOverlap{7 * 24};
    /// The secrets before it end with the overlap; an overlap of 0 ends them at once. Conflict
    /// `too_many_secrets` when five are in force.
    store::Unit<Shown> rotateSecret(const Actor& actor, const Endpoint& seen,
                                    std::optional<SecretString> secret,
                                    std::chrono::seconds overlap = kDefaultOverlap);
    /// Ends the overlap: the owner has switched. Answers how many secrets ended.
    store::Unit<int> endPrevious(const Actor& actor, const Endpoint& seen);

    struct TestSend {
        EventId eventId;
        DeliveryId deliveryId;
    };
    /// One try of an example event, to this endpoint only, whatever its status is. `type` empty:
    /// the first that it wants.
    store::Unit<TestSend> test(const Actor& actor, const Endpoint& endpoint,
                               std::string_view type = {});

    /// Disables an active or paused endpoint, with `draft` (see disabledDraft) as its event. [in a
    /// unit]
    void disable(store::WriteTx& tx, const Actor& actor, const EndpointId& id,
                 std::string_view reason, const events::Draft& draft);
    events::Draft disabledDraft(const Endpoint& endpoint, std::string_view reason);

    /// NotFound also for a removed one.
    Result<Endpoint> find(store::ReadTx& tx, const EndpointId& id);
    /// `teams` null: all; "" among them stands for the organization. Ordered by id.
    Result<std::vector<Endpoint>> list(store::ReadTx& tx,
                                       const std::optional<std::vector<std::string>>& teams,
                                       std::string_view after, std::size_t limit);
    static std::int64_t count(store::ReadTx& tx,
                              const std::optional<std::vector<std::string>>& teams);
    /// When the secrets before the current one end; null outside of a rotation.
    std::optional<TimePoint> previousValidUntil(store::ReadTx& tx, const EndpointId& id);
    /// For the dispatcher. Also of paused and disabled ones; NotFound for a removed one.
    Result<Target> target(store::ReadTx& tx, const EndpointId& id);

private:
    struct Edit;
    Result<void> apply(store::WriteTx& tx, const Edit& edit);
    events::Draft draft(std::string_view type, const Endpoint& endpoint, std::string_view status,
                        std::string_view reason = {});
    store::Sealed sealHeaders(const Endpoint& endpoint, const CustomHeaders& headers);
    Result<CustomHeaders> openHeaders(store::ReadTx& tx, const EndpointId& id,
                                      std::string_view sealed);
    TimePoint versionAfter(const Endpoint& seen) const;

    Parts p_;
};

}  // namespace trusthub::outbound
