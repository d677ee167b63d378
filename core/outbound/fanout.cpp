#include "outbound/fanout.h"

#include "events/catalogue.h"

namespace trusthub::outbound {

std::shared_ptr<const EndpointFanout::Subscribers> EndpointFanout::subscribersOf(
    store::WriteTx& tx, std::string_view teamId) {
    const bool settled = changing_.find(teamId) == changing_.end();
    if (settled)
        if (const auto found = known_.find(teamId); found != known_.end()) return found->second;
    auto loaded = std::make_shared<const Subscribers>(endpoints_repo::subscribers(tx, teamId));
    if (settled)
        known_.emplace(teamId, loaded);
    else
        tx.afterCommit(*this);
    return loaded;
}

events::PlannedDelivery EndpointFanout::planOne(store::WriteTx& tx, const events::EventRef& event,
                                                const EndpointId& endpoint, std::string_view teamId,
                                                std::string_view trigger,
                                                std::optional<TimePoint> due) {
    events::PlannedDelivery planned{ids_.next<DeliveryId>(), endpoint, std::string(teamId)};
    deliveries_repo::insert(
        tx, {planned.id, event.id, endpoint, teamId, trigger, event.occurredAt, due});
    if (due) this->due(tx, endpoint, *due);
    return planned;
}

void EndpointFanout::planFor(store::WriteTx& tx, const events::EventRef& event,
                             std::string_view teamId,
                             std::vector<events::PlannedDelivery>& planned) {
    const auto subscribers = subscribersOf(tx, teamId);
    for (const auto& subscriber : *subscribers) {
        if (!events::matches(subscriber.eventTypes, event.type)) continue;
        std::optional<TimePoint> due;
        if (!subscriber.paused) {
            const auto& schedule = subscriber.retry ? *subscriber.retry : hubSchedule_;
            due = event.occurredAt + schedule.before(1, random_).value_or(Milliseconds{0});
        }
        planned.push_back(planOne(tx, event, subscriber.id, teamId, "schedule", due));
    }
}

std::vector<events::PlannedDelivery> EndpointFanout::plan(store::WriteTx& tx,
                                                          const events::EventRef& event) {
    if (only_) return {planOne(tx, event, *only_, event.teamId, onlyTrigger_, event.occurredAt)};
    std::vector<events::PlannedDelivery> planned;
    planFor(tx, event, event.teamId, planned);
    if (!event.teamId.empty()) planFor(tx, event, "", planned);
    return planned;
}

void EndpointFanout::changed(store::WriteTx& tx, std::string_view teamId) {
    if (const auto found = known_.find(teamId); found != known_.end()) known_.erase(found);
    changing_.emplace(teamId);
    tx.afterCommit(*this);
}

void EndpointFanout::due(store::WriteTx& tx, const EndpointId& endpoint, TimePoint at) {
    const auto [entry, fresh] = due_.emplace(endpoint, at);
    if (!fresh) entry->second = std::min(entry->second, at);
    tx.afterCommit(*this);
}

void EndpointFanout::committed() noexcept {
    changing_.clear();
    if (listener_ && !due_.empty()) listener_->becameDue(due_);
    due_.clear();
}

}  // namespace trusthub::outbound
