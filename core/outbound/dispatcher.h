// Dispatcher: claims what is due, sends it, and records what came of it. No thread ever waits for a
// receiver.
#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "base/workers.h"
#include "events/events.h"
#include "outbound/endpoints.h"
#include "outbound/fanout.h"
#include "outbound/lanes.h"
#include "outbound/outcome.h"
#include "outbound/sender.h"
#include "store/store.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace trusthub::outbound {

struct DispatcherConfig {
    base::BackoffSchedule schedule;  ///< the hub's own
    std::size_t inFlight = 512;
    std::size_t perEndpoint = 16;
};

/// One of them works on a data folder. Its one thread alternates between one unit, which records
/// the results that have come and claims what is due, and the sending of what was claimed. What is
/// claimed is leased: if this process dies, the next one finds it in the database.
class Dispatcher final : public DueListener {
public:
    struct Parts {
        store::Store& store;
        store::Sealer& sealer;
        events::Events& events;
        Endpoints& endpoints;
        Sender& sender;
        const base::Clock& clock;
        base::Random& random;
        base::IdSource& ids;
        base::Log& log;
        base::Metrics& metrics;
    };
    Dispatcher(Parts parts, DispatcherConfig config);
    ~Dispatcher();  ///< stop() without grace

    /// Ends the leases of the process before this one and learns what is due.
    Result<void> recover();
    /// Starts the thread. recover() comes first.
    void start();
    /// Claims no more and waits up to `grace` for what is under way. What is then still open keeps
    /// its lease, and is tried again after the next start.
    void stop(Milliseconds grace);

    /// One round: what the thread does. Answers how long it may sleep. [one thread at a time; waits
    /// for a commit]
    Milliseconds step();

    void becameDue(const std::map<EndpointId, TimePoint>& due) noexcept override;

private:
    struct Sent;        ///< a delivery under way
    struct Outgoing;    ///< with its request, signed
    struct Batch;       ///< what became of a claim
    struct Finished;    ///< with what came of it
    struct Settlement;  ///< what is to be written
    struct Cycle;       ///< what a unit did
    struct Inbox;       ///< what other threads hand in

    void takeIn();
    Settlement settlementOf(Finished done);
    void refuse(const deliveries_repo::Claimed& delivery, const std::string& owner,
                deliveries_repo::Next next);
    Result<Cycle> commit(const std::vector<Lanes::Pick>& picks, const std::string& owner);
    void record(store::WriteTx& tx, const Settlement& settlement, Cycle& cycle);
    void send(const std::vector<deliveries_repo::Claimed>& claimed, const std::string& owner);
    Batch prepare(store::ReadTx& tx, const std::vector<deliveries_repo::Claimed>& claimed,
                  const std::string& owner);
    void report(const Sent& sent, const Outcome& outcome, std::string_view status,
                Milliseconds took);
    void noteIdle();
    Milliseconds restTime() const;

    Parts p_;
    const DispatcherConfig config_;
    const std::string instance_;
    std::uint64_t rounds_ = 0;
    Lanes lanes_;
    std::vector<Settlement> unsettled_;  ///< results that are not yet in the database
    std::shared_ptr<Inbox> inbox_;
    std::atomic<bool> stopping_{false};
    std::mutex idleMutex_;
    std::condition_variable idle_;
    bool busy_ = false;  ///< something is under way or unsettled
    std::optional<base::Periodic> periodic_;
};

}  // namespace trusthub::outbound
