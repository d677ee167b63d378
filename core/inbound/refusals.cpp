#include "inbound/refusals.h"

#include "access/client_address.h"
#include "base/text.h"
#include "crypto/hash.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::inbound {
namespace {

std::size_t sizeOf(const Refusal& refusal) {
    if (!refusal.kept) return 0;
    std::size_t size = refusal.kept->body ? refusal.kept->body->size() : 0;
    for (const auto& [name, value] : refusal.kept->headers) size += name.size() + value.size();
    return size;
}

}  // namespace

json::Object toJson(const Refusal& refusal, const Refusal::Project* project) {
    return {{"id", refusal.id.text},
            {"provider", refusal.provider},
            {"project_id", project ? json::Value(project->id.text) : json::Value(nullptr)},
            {"team_id", project ? json::Value(project->teamId) : json::Value(nullptr)},
            {"delivery_id", refusal.deliveryId},
            {"event", refusal.event},
            {"outcome", "refused"},
            {"reason", refusal.reason},
            {"scan_id", nullptr},
            {"body_sha256", refusal.bodyDigest},
            {"body_bytes", refusal.bodySize},
            {"received_at", formatTime(refusal.at)},
            {"verified_by", nullptr},
            {"connection_id", nullptr}};
}

void Refusals::keep(const Refusal& refusal) {
    auto& ring = refusal.projects.empty() ? strangers_ : ring_;
    ring.push_back(refusal);
    keptBytes_ += sizeOf(refusal);
    if (ring.size() > (refusal.projects.empty() ? kStrangers : kRing)) {
        keptBytes_ -= sizeOf(ring.front());
        ring.pop_front();
    }
    // The oldest give up what they keep; that they happened stays known.
    for (auto* place : {&strangers_, &ring_}) {
        for (auto old = place->begin(); old != place->end() && keptBytes_ > kBudget; ++old) {
            keptBytes_ -= sizeOf(*old);
            old->kept.reset();
        }
    }
}

void Refusals::record(Refusal refusal, const sdk::Headers& headers, std::string_view body) {
    refusal.id = ids_.next<ReceiptId>();
    refusal.at = clock_.now();
    refusal.bodyDigest = base::toHex(crypto::sha256(body));
    refusal.bodySize = body.size();
    auto kept = std::make_shared<KeptDelivery>();
    kept->headers = headers;
    if (!refusal.projects.empty() && body.size() <= kBody) kept->body = std::string(body);
    refusal.kept = std::move(kept);

    log_.info("inbound webhook refused")
        .with("provider", refusal.provider)
        .with("reason", refusal.reason)
        .with("refusal_id", refusal.id.text)
        .with("request_id", refusal.requestId);
    const std::string block = access::addressBlock(refusal.address);
    {
        const std::lock_guard lock(mutex_);
        keep(refusal);
    }
    Actor actor{ActorKind::Webhook, "", refusal.provider, refusal.address, "", refusal.requestId};
    const std::string wider = refusal.provider + "\n" + refusal.reason;
    std::string kind = wider + "\n" + block;
    json::Object details{
        {"reason", refusal.reason}, {"provider", refusal.provider}, {"address_block", block}};
    json::Array projects;
    for (const auto& project : refusal.projects) {
        kind += "\n" + project.id.text;
        projects.emplace_back(project.id.text);
    }
    if (!projects.empty()) details["project_ids"] = std::move(projects);
    rows_.record(refusal.at, {std::move(actor),
                              {"refuse", "webhook_deliveries", "", "", std::move(details)},
                              std::move(kind),
                              wider,
                              {{"address_block", "many"}, {"project_ids", nullptr}}});
}

std::vector<Refusal> Refusals::recent() const {
    const std::lock_guard lock(mutex_);
    std::vector<Refusal> all(ring_.begin(), ring_.end());
    all.insert(all.end(), strangers_.begin(), strangers_.end());
    std::ranges::sort(all, std::ranges::greater{}, [](const Refusal& one) { return one.id.text; });
    return all;
}

std::optional<Refusal> Refusals::find(const ReceiptId& id) const {
    const std::lock_guard lock(mutex_);
    for (const auto* ring : {&ring_, &strangers_})
        for (const Refusal& one : *ring)
            if (one.id.text == id.text) return one;
    return std::nullopt;
}

}  // namespace trusthub::inbound
