#include "inbound/refusals.h"

#include "access/client_address.h"

#include <boost/json.hpp>

namespace trusthub::inbound {

void Refusals::record(Refusal refusal) {
    const std::string block = access::addressBlock(refusal.address);
    const Actor actor{ActorKind::Webhook, "", refusal.provider,
                      refusal.address,    "", refusal.requestId};
    rows_.record(
        actor, refusal.at, refusal.provider + "\n" + refusal.reason + "\n" + block,
        {"refuse",
         "webhook_deliveries",
         "",
         "",
         {{"reason", refusal.reason}, {"provider", refusal.provider}, {"address_block", block}}});
    const std::lock_guard lock(mutex_);
    ring_.push_back(std::move(refusal));
    if (ring_.size() > kRing) ring_.pop_front();
}

std::vector<Refusal> Refusals::recent() const {
    const std::lock_guard lock(mutex_);
    return {ring_.rbegin(), ring_.rend()};
}

}  // namespace trusthub::inbound
