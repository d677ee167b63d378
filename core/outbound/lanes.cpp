#include "outbound/lanes.h"

#include <algorithm>

namespace trusthub::outbound {

std::size_t Lanes::room(const Lane& lane) const {
    const std::size_t free = total_ - inFlight_;
    const bool proven = lane.share > kFirstShare;
    if (free <= (proven ? 0 : total_ / kReserve)) return 0;
    const std::size_t limit =
        std::min({lane.share, perEndpoint_, std::max<std::size_t>(1, free / kReserve)});
    return limit > lane.inFlight ? std::min(limit - lane.inFlight, free) : 0;
}

void Lanes::due(const EndpointId& endpoint, TimePoint at) {
    Lane& lane = lanes_[endpoint];
    lane.due = lane.due ? std::min(*lane.due, at) : at;
}

std::vector<Lanes::Pick> Lanes::pick(TimePoint now) {
    std::vector<std::pair<const EndpointId*, Lane*>> ready;
    for (auto& [id, lane] : lanes_)
        if (lane.due && *lane.due <= now) ready.emplace_back(&id, &lane);
    std::sort(ready.begin(), ready.end(), [](const auto& a, const auto& b) {
        return std::tie(a.second->inFlight, *a.second->due) <
               std::tie(b.second->inFlight, *b.second->due);
    });
    std::vector<Pick> picks;
    for (const auto& [id, lane] : ready) {
        const std::size_t count = room(*lane);
        if (count == 0) continue;
        lane->due.reset();
        lane->inFlight += count;
        inFlight_ += count;
        picks.push_back({*id, count});
    }
    return picks;
}

void Lanes::claimed(const Pick& pick, std::size_t got, std::optional<TimePoint> next) {
    const auto lane = lanes_.find(pick.endpoint);
    lane->second.inFlight -= pick.count - got;
    inFlight_ -= pick.count - got;
    if (next) due(pick.endpoint, *next);
}

void Lanes::finished(const EndpointId& endpoint, bool answered) {
    const auto lane = lanes_.find(endpoint);
    --lane->second.inFlight;
    --inFlight_;
    std::size_t& share = lane->second.share;
    share = answered ? std::min(share + 1, perEndpoint_) : std::max<std::size_t>(1, share / 2);
}

std::optional<TimePoint> Lanes::nextDue() const {
    std::optional<TimePoint> next;
    for (const auto& [id, lane] : lanes_)
        if (lane.due && room(lane) > 0) next = next ? std::min(*next, *lane.due) : *lane.due;
    return next;
}

}  // namespace trusthub::outbound
