#include "inbound/refusals.h"

#include "access/client_address.h"

#include <boost/json.hpp>

namespace trusthub::inbound {

void Refusals::record(Refusal refusal) {
    const std::string block = access::addressBlock(refusal.address);
    {
        const std::lock_guard lock(mutex_);
        ring_.push_back(refusal);
        if (ring_.size() > kRing) ring_.pop_front();
    }
    using Turn = audit::OncePerMinute::Turn;
    const Turn turn =
        rows_.take(refusal.at, refusal.provider + "\n" + refusal.reason + "\n" + block);
    if (turn == Turn::Skip) return;
    Actor actor{ActorKind::Webhook, "", refusal.provider, refusal.address, "", refusal.requestId};
    audit::Entry entry{
        "refuse",
        "webhook_deliveries",
        "",
        "",
        {{"reason", refusal.reason},
         {"provider", refusal.provider},
         {"address_block", turn == Turn::WriteForMany ? std::string("many") : block}}};
    store_.write<void>(
        [this, actor = std::move(actor),
         entry = std::move(entry)](store::WriteTx& tx) -> Result<void> {
            audit_.append(tx, actor, entry);
            return {};
        },
        [](Result<void>) {});
}

std::vector<Refusal> Refusals::recent() const {
    const std::lock_guard lock(mutex_);
    return {ring_.rbegin(), ring_.rend()};
}

}  // namespace trusthub::inbound
