#include "outbound/dispatcher.h"

#include "outbound/dispatcher_parts.h"

namespace trusthub::outbound {
namespace {

/// Longer than any exchange can take, with room for a slow commit of its result.
constexpr Milliseconds kLease = kLongestTimeout + Milliseconds{30'000};
constexpr Milliseconds kLongestRest{30'000};
constexpr Milliseconds kStoreRest{250};

}  // namespace

Dispatcher::Dispatcher(Parts parts, DispatcherConfig config)
    : p_(parts),
      config_(std::move(config)),
      instance_(parts.ids.next()),
      lanes_(config_.inFlight, config_.perEndpoint),
      inbox_(std::make_shared<Inbox>()) {}

Dispatcher::~Dispatcher() {
    stop(Milliseconds{0});
}

Result<void> Dispatcher::recover() {
    auto due = p_.store.writeAndWait<std::vector<deliveries_repo::Due>>(
        [this](store::WriteTx& tx) -> Result<std::vector<deliveries_repo::Due>> {
            deliveries_repo::releaseLeases(tx, p_.clock.now());
            return deliveries_repo::allDue(tx);
        });
    if (!due) return due.error();
    for (const auto& one : *due) lanes_.due(one.endpointId, one.at);
    return {};
}

void Dispatcher::start() {
    periodic_.emplace("webhooks", [this](std::stop_token) {
        try {
            return step();
        } catch (const std::exception& exception) {
            p_.log.error("the webhook dispatcher failed").with("error", exception.what());
            return Milliseconds{1'000};
        }
    });
    const std::lock_guard lock(inbox_->mutex);
    inbox_->wake = [this] { periodic_->wake(); };
}

void Dispatcher::stop(Milliseconds grace) {
    stopping_ = true;
    if (!periodic_) return;
    periodic_->wake();
    {
        std::unique_lock lock(idleMutex_);
        idle_.wait_for(lock, grace, [this] { return !busy_; });
    }
    {
        const std::lock_guard lock(inbox_->mutex);
        inbox_->wake = nullptr;
    }
    periodic_.reset();
    step();  // records what came in meanwhile
}

void Dispatcher::becameDue(const std::map<EndpointId, TimePoint>& due) noexcept {
    const std::lock_guard lock(inbox_->mutex);
    for (const auto& [endpoint, at] : due) {
        const auto [entry, fresh] = inbox_->due.emplace(endpoint, at);
        if (!fresh) entry->second = std::min(entry->second, at);
    }
    if (inbox_->wake) inbox_->wake();
}

Milliseconds Dispatcher::step() {
    takeIn();
    const auto picks = stopping_ ? std::vector<Lanes::Pick>{} : lanes_.pick(p_.clock.now());
    if (unsettled_.empty() && picks.empty()) {
        noteIdle();
        return restTime();
    }
    {
        const std::lock_guard lock(idleMutex_);
        busy_ = true;
    }
    const std::string owner = instance_ + ":" + std::to_string(++rounds_);
    auto cycle = commit(picks, owner);
    if (!cycle) {
        const TimePoint later = p_.clock.now() + kStoreRest;
        for (const auto& pick : picks) lanes_.claimed(pick, 0, later);
        if (info(cycle.error().kind).retry != sdk::RetryClass::Later) {
            // Repeating it would fail for ever; the leases end and the deliveries are tried again.
            p_.log.error("results of deliveries could not be recorded")
                .with("results", unsettled_.size());
            unsettled_.clear();
        }
        return kStoreRest;
    }
    for (std::size_t i = 0; i < picks.size(); ++i)
        lanes_.claimed(picks[i], cycle->lanes[i].got, cycle->lanes[i].next);
    unsettled_.clear();
    if (cycle->lost > 0)
        p_.metrics.count("trusthub_webhook_lost_leases_total", {},
                         static_cast<double>(cycle->lost));
    p_.metrics.gauge("trusthub_webhook_in_flight", static_cast<double>(lanes_.inFlight()));
    if (!cycle->claimed.empty()) send(cycle->claimed, owner);
    noteIdle();
    return restTime();
}

/// One unit for both: what has come is recorded before more is taken on, and a round costs one
/// commit.
Result<Dispatcher::Cycle> Dispatcher::commit(const std::vector<Lanes::Pick>& picks,
                                             const std::string& owner) {
    return p_.store.writeAndWait<Cycle>([&](store::WriteTx& tx) -> Result<Cycle> {
        Cycle cycle;
        for (const auto& settlement : unsettled_) record(tx, settlement, cycle);
        const TimePoint now = p_.clock.now();
        for (const auto& [endpoint, count] : picks) {
            auto claimed = deliveries_repo::claim(tx, endpoint, now, now + kLease, owner, count);
            Cycle::Lane lane{claimed.size(), now};
            if (claimed.size() < count) lane.next = deliveries_repo::nextDue(tx, endpoint);
            cycle.lanes.push_back(lane);
            std::move(claimed.begin(), claimed.end(), std::back_inserter(cycle.claimed));
        }
        return cycle;
    });
}

void Dispatcher::record(store::WriteTx& tx, const Settlement& settlement, Cycle& cycle) {
    if (!deliveries_repo::settle(tx, settlement.delivery, settlement.owner, settlement.next)) {
        ++cycle.lost;
        return;
    }
    if (settlement.attempt) deliveries_repo::insertAttempt(tx, *settlement.attempt);
    if (settlement.disabled)
        p_.endpoints.disable(tx, Actor{}, settlement.endpoint, kGoneReason, *settlement.disabled);
}

/// Moves into this thread what others have handed in.
void Dispatcher::takeIn() {
    std::vector<Finished> finished;
    std::map<EndpointId, TimePoint> due;
    {
        const std::lock_guard lock(inbox_->mutex);
        finished.swap(inbox_->finished);
        due.swap(inbox_->due);
    }
    for (const auto& [endpoint, at] : due) lanes_.due(endpoint, at);
    for (auto& done : finished) {
        try {
            unsettled_.push_back(settlementOf(std::move(done)));
        } catch (const std::exception& exception) {
            // The lease ends, and the delivery is tried again.
            p_.log.error("a delivery's result was lost").with("error", exception.what());
        }
    }
}

void Dispatcher::noteIdle() {
    const std::lock_guard lock(idleMutex_);
    busy_ = lanes_.inFlight() > 0 || !unsettled_.empty();
    if (!busy_) idle_.notify_all();
}

Milliseconds Dispatcher::restTime() const {
    if (!unsettled_.empty()) return Milliseconds{0};
    const auto next = stopping_ ? std::nullopt : lanes_.nextDue();
    if (!next) return kLongestRest;
    return std::clamp(*next - p_.clock.now(), Milliseconds{0}, kLongestRest);
}

}  // namespace trusthub::outbound
