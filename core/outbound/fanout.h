// EndpointFanout: plans the deliveries of an event in its transaction, and tells the dispatcher
// after the commit.
#pragma once

#include "base/backoff.h"
#include "base/clock.h"
#include "events/fanout.h"
#include "outbound/deliveries_repo.h"
#include "outbound/endpoints_repo.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace trusthub::outbound {

/// Learns what became due. [writer thread] Must return at once.
class DueListener {
public:
    virtual void becameDue(const std::map<EndpointId, TimePoint>& due) noexcept = 0;

protected:
    ~DueListener() = default;
};

/// Lives on the writer thread: every method but setListener() is called inside a unit or after a
/// commit, so nothing is locked. Endpoints are kept in memory by team, so that an event that nobody
/// wants costs no SQL. What is kept is committed state only: a unit that changes endpoints calls
/// changed(), and from then until a commit the team's endpoints are read from the transaction each
/// time and not kept. A unit or group that is rolled back therefore leaves nothing wrong behind.
class EndpointFanout final : public events::Fanout, public store::CommitHook {
public:
    EndpointFanout(base::BackoffSchedule hubSchedule, base::Random& random, base::IdSource& ids)
        : hubSchedule_(std::move(hubSchedule)), random_(random), ids_(ids) {}

    void setListener(DueListener* listener) { listener_ = listener; }  ///< before the first unit

    /// One delivery for each active or paused endpoint of the event's team and of the organization
    /// that wants it; those of paused ones are held.
    std::vector<events::PlannedDelivery> plan(store::WriteTx& tx,
                                              const events::EventRef& event) override;
    /// Endpoints of that team change in this unit. Call it before anything is emitted in it.
    void changed(store::WriteTx& tx, std::string_view teamId);
    /// A delivery of the endpoint is due at `at`, if the unit commits.
    void due(store::WriteTx& tx, const EndpointId& endpoint, TimePoint at);

    /// While it lives, events go to one endpoint only, due at once; `trigger` is that of their
    /// deliveries: a `test` is tried once. [within one unit]
    class OnlyScope {
    public:
        OnlyScope(EndpointFanout& fanout, const EndpointId& endpoint, std::string_view trigger)
            : fanout_(fanout) {
            fanout_.only_ = &endpoint;
            fanout_.onlyTrigger_ = trigger;
        }
        ~OnlyScope() { fanout_.only_ = nullptr; }
        OnlyScope(const OnlyScope&) = delete;
        OnlyScope& operator=(const OnlyScope&) = delete;

    private:
        EndpointFanout& fanout_;
    };

    void committed() noexcept override;

private:
    using Subscribers = std::vector<endpoints_repo::Subscriber>;
    std::shared_ptr<const Subscribers> subscribersOf(store::WriteTx& tx, std::string_view teamId);
    void planFor(store::WriteTx& tx, const events::EventRef& event, std::string_view teamId,
                 std::vector<events::PlannedDelivery>& planned);
    events::PlannedDelivery planOne(store::WriteTx& tx, const events::EventRef& event,
                                    const EndpointId& endpoint, std::string_view teamId,
                                    std::string_view trigger, std::optional<TimePoint> due);

    const base::BackoffSchedule hubSchedule_;
    base::Random& random_;
    base::IdSource& ids_;
    DueListener* listener_ = nullptr;
    std::map<std::string, std::shared_ptr<const Subscribers>, std::less<>> known_;  ///< by team
    std::set<std::string, std::less<>> changing_;  ///< teams whose endpoints are not as committed
    std::map<EndpointId, TimePoint> due_;          ///< a rolled back unit's entry does no harm
    const EndpointId* only_ = nullptr;
    std::string_view onlyTrigger_;
};

}  // namespace trusthub::outbound
