#include "inbound/receiver.h"

#include "base/text.h"
#include "connectors/connections.h"
#include "crypto/hash.h"
#include "inbound/meaning.h"
#include "json/or_null.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::inbound {
namespace {

/// What a header of this name may carry that must not be kept.
bool isCredential(std::string_view name) {
    return base::equalsIgnoreCase(name, "Authorization") ||
           base::equalsIgnoreCase(name, "Cookie") || base::equalsIgnoreCase(name, "X-Gitlab-Token");
}

/// One answer for an unknown repository, a wrong signature and a missing one.
Error refused() {
    return fail(ErrorKind::Unauthenticated,
                "No project of this hub verifies this delivery. Check the repository URL and the"
                " webhook secret.",
                "webhook_not_verified");
}

}  // namespace

/// All that the unit needs, prepared outside the lock.
struct Receiver::Work {
    struct ForProject {
        people::Project project;
        Receipt receipt;
        std::optional<store::Sealed> body;
        std::optional<store::StagedBlob> blob;
        std::optional<events::Draft> event;
        Proof proof = Proof::None;
    };
    Actor actor;                               ///< the sender, as far as it is known
    std::optional<access::Principal> keyUsed;  ///< the `webhook` key that it brought
    std::string deliveryId;
    std::string headers;
    std::string ignoredBecause;  ///< empty: it is an event of ours
    std::optional<scans::Trigger> trigger;
    std::vector<ForProject> projects;
    Incoming incoming;
    std::string provider;
    std::vector<std::string> repositoryUrls;
    std::uint64_t projectsRevision = 0;  ///< that the signature was checked against
};

/// Where the delivery came in.
struct Receiver::Door {
    std::string provider;
    std::optional<connectors::Connection> connection;

    bool covers(const people::Project& project) const {
        return !connection || connection->teamId.empty() ||
               connection->teamId == project.teamId.text;
    }
};

json::Object toJson(const Received& received) {
    const ProjectOutcome& first = received.projects.front();
    json::Array scans;
    for (const auto& outcome : received.projects)
        scans.push_back(json::Object{{"project_id", outcome.projectId.text},
                                     {"scan_id", json::textOrNull(outcome.scanId)},
                                     {"receipt_id", outcome.receiptId.text},
                                     {"status", outcome.status}});
    return {{"status", first.status},
            {"delivery_id", received.deliveryId},
            {"receipt_id", first.receiptId.text},
            {"scan_id", json::textOrNull(first.scanId)},
            {"scans", std::move(scans)}};
}

Receiver::Receiver(store::Store& store, store::Sealer& sealer, store::BlobStore& blobs,
                   audit::AuditLog& audit, events::Events& events, people::Projects& projects,
                   scans::ScanQueue& scans, const connectors::Registry& registry,
                   Refusals& refusals, const WebhookKeys& webhookKeys, access::Leaks& leaks,
                   const base::Clock& clock, base::IdSource& ids, base::Metrics& metrics)
    : store_(store),
      sealer_(sealer),
      blobs_(blobs),
      audit_(audit),
      events_(events),
      projects_(projects),
      scans_(scans),
      registry_(registry),
      refusals_(refusals),
      webhookKeys_(webhookKeys),
      leaks_(leaks),
      clock_(clock),
      ids_(ids),
      metrics_(metrics) {}

std::string Receiver::receiptHeaders(const sdk::Headers& headers) const {
    sdk::JsonWriter writer;
    writer.beginArray();
    for (const auto& [name, value] : headers) {
        if (isCredential(name) || !base::isUtf8(name) || !base::isUtf8(value)) continue;
        writer.beginArray().value(name).value(value).endArray();
    }
    writer.endArray();
    return std::move(writer).text();
}

void Receiver::refuse(const Incoming& incoming, std::string_view provider, std::string_view reason,
                      const sdk::InboundIdentity& identity,
                      const std::vector<std::shared_ptr<const people::ProjectSecrets>>& projects) {
    Refusal refusal;
    refusal.provider = provider;
    refusal.address = incoming.sender.ip;
    refusal.reason = reason;
    refusal.requestId = incoming.sender.requestId;
    refusal.event = base::clipUtf8(identity.event, 64);
    refusal.deliveryId = base::clipUtf8(identity.deliveryId, 128);
    for (const auto& entry : projects)
        refusal.projects.push_back({entry->project.id, entry->project.teamId.text});
    refusals_.record(std::move(refusal), incoming.headers, incoming.body);
}

Result<Receiver::Door> Receiver::doorOf(const Incoming& incoming) {
    Door door{incoming.provider, std::nullopt};
    if (incoming.keyInUrl) {
        refuse(incoming, door.provider, "key_in_url");
        return refused();
    }
    if (incoming.connection.empty()) return door;
    door.connection = store_.read(
        [&](store::ReadTx& tx) { return connectors::Connections::find(tx, incoming.connection); });
    if (!door.connection || door.connection->status != connectors::ConnectionStatus::Active) {
        refuse(incoming, door.connection ? door.connection->connector : "(none)",
               "connection_unusable");
        return refused();
    }
    door.provider = door.connection->connector;
    return door;
}

Result<std::shared_ptr<Receiver::Work>> Receiver::verify(const Incoming& incoming) {
    auto door = doorOf(incoming);
    if (!door) return door.error();
    const std::string& provider = door->provider;
    const sdk::InboundSource* source = registry_.inboundSource(provider);
    if (!source) return fail(ErrorKind::NotFound, "The connector for this provider is not loaded.");
    const TimePoint now = clock_.now();
    const sdk::InboundMessage message{incoming.headers, incoming.body, now};
    auto identity = source->identify(message);
    if (!identity) {
        refuse(incoming, provider, "unreadable");
        return identity.error();
    }

    const auto repository = projects_.byRepository(store_, provider, identity->repositoryUrls);
    if (!repository) return repository.error();
    std::vector<std::shared_ptr<const people::ProjectSecrets>> candidates;
    for (const auto& entry : repository->projects)
        if (door->covers(entry->project)) candidates.push_back(entry);
    // The same work whether the repository is known or not: at least one HMAC over the body. (How
    // many secrets a known one has can still be timed with a large body.)
    if (candidates.empty()) (void)source->verify(message, {});
    std::vector<ProjectId> admitted;
    std::optional<access::Principal> key;
    if (door->connection) {
        key = webhookKeys_.find(incoming.headers, incoming.sender);
        for (const auto& entry : candidates)
            if (key && WebhookKeys::admits(*key, entry->project))
                admitted.push_back(entry->project.id);
    }
    std::vector<std::pair<people::Project, Proof>> proven;
    for (const auto& entry : candidates) {
        const bool byKey = std::ranges::find(admitted, entry->project.id) != admitted.end();
        const Proof proof = proofOf(*source, message, entry->secrets, byKey);
        if (proof != Proof::None) proven.emplace_back(entry->project, proof);
    }
    if (proven.empty()) {
        refuse(incoming, provider, "not_verified", *identity, candidates);
        return refused();
    }

    auto work = std::make_shared<Work>();
    work->projectsRevision = repository->revision;
    work->repositoryUrls = identity->repositoryUrls;
    work->provider = provider;
    work->actor = incoming.sender;
    work->actor.kind = ActorKind::Webhook;
    work->actor.label = provider;
    const std::string digest = base::toHex(crypto::sha256(incoming.body));
    work->deliveryId = identity->deliveryId.empty() ? "sha256:" + digest : identity->deliveryId;
    if (work->deliveryId.size() > 128) work->deliveryId = "sha256:" + digest;
    work->headers = receiptHeaders(incoming.headers);

    work->keyUsed = std::move(key);
    const Meaning meaning = meaningOf(source->translate(*identity));
    work->trigger = meaning.trigger;
    work->ignoredBecause = meaning.ignoredBecause;

    for (auto& [proved, proof] : proven) {
        Work::ForProject part;
        part.project = std::move(proved);
        part.proof = proof;
        const people::Project& project = part.project;
        part.receipt = {ids_.next<ReceiptId>(),
                        provider,
                        project.id,
                        project.teamId.text,
                        work->deliveryId,
                        std::string(base::clipUtf8(identity->event, 64)),
                        digest,
                        work->trigger ? "enqueued" : "ignored",
                        work->ignoredBecause,
                        "",
                        static_cast<std::int64_t>(incoming.body.size()),
                        now,
                        std::string(text(proof)),
                        incoming.connection.text};
        if (incoming.body.size() <= kInlineBody) {
            part.body =
                sealer_.seal({project.teamId.text, "receipts"},
                             {"webhook_deliveries", "body", part.receipt.id.text}, incoming.body);
        } else {
            auto blob = blobs_.put(project.teamId.text, incoming.body);
            if (!blob) return blob.error();
            part.blob = *std::move(blob);
        }
        part.event = draftOf(events_, meaning, project, work->deliveryId, false);
        work->projects.push_back(std::move(part));
    }
    return work;
}

/// Projects or secrets have changed since the delivery was verified: only those projects stay that
/// believe it now. [in a unit]
Result<void> Receiver::verifyAgain(store::ReadTx& tx, Work& work) {
    const Incoming& incoming = work.incoming;
    auto repository = projects_.byRepository(tx, work.provider, work.repositoryUrls);
    if (!repository) return repository.error();
    const sdk::InboundSource& source = *registry_.inboundSource(work.provider);
    const sdk::InboundMessage message{incoming.headers, incoming.body, clock_.now()};
    std::erase_if(work.projects, [&](Work::ForProject& part) {
        const auto found = std::ranges::find_if(repository->projects, [&](const auto& entry) {
            return entry->project.id == part.project.id;
        });
        if (found == repository->projects.end()) return true;
        part.proof = proofOf(source, message, (*found)->secrets, part.proof == Proof::WebhookKey);
        part.receipt.verifiedBy = text(part.proof);
        return part.proof == Proof::None;
    });
    return {};
}

/// [in a unit]
Result<Received> Receiver::record(store::WriteTx& tx, Work& work) {
    Received received{work.deliveryId, {}};
    if (const auto& id = work.incoming.connection; !id.empty()) {
        const auto connection = connectors::Connections::find(tx, id);
        if (!connection || connection->status != connectors::ConnectionStatus::Active)
            return refused();
    }
    if (work.projectsRevision != projects_.revision()) {
        if (auto still = verifyAgain(tx, work); !still) return still.error();
    }
    for (auto& part : work.projects) {
        Receipt& receipt = part.receipt;
        // The key's right may have gone since it was looked up.
        if (part.proof == Proof::WebhookKey &&
            !webhookKeys_.stillAdmits(tx, *work.keyUsed, part.project))
            continue;
        if (const auto earlier = Receipts::duplicateOf(tx, receipt)) {
            received.projects.push_back(
                {part.project.id, earlier->id, earlier->scanId, "duplicate"});
            continue;
        }
        Actor actor = work.actor;
        actor.id = part.project.id.text;
        if (part.proof == Proof::WebhookKey) {
            actor = work.keyUsed->actor();
        }
        if (work.trigger) {
            const auto triggered = scans_.trigger(tx, actor, part.project, *work.trigger);
            receipt.scanId = triggered.scan.id.text;
            if (triggered.coalesced) receipt.outcome = "coalesced";
        }
        Receipts::insert(tx, {receipt, work.headers, part.body ? &*part.body : nullptr,
                              part.blob ? &*part.blob : nullptr});
        audit_.append(tx, actor,
                      {"create",
                       "webhook_deliveries",
                       receipt.id.text,
                       receipt.teamId,
                       {{"provider", receipt.provider},
                        {"project_id", receipt.projectId.text},
                        {"delivery_id", receipt.deliveryId},
                        {"event", receipt.event},
                        {"outcome", receipt.outcome},
                        {"scan_id", receipt.scanId},
                        {"verified_by", receipt.verifiedBy},
                        {"body_sha256", receipt.bodyDigest}}});
        if (part.event) events_.emit(tx, actor, *part.event);
        received.projects.push_back({part.project.id, receipt.id, receipt.scanId, receipt.outcome});
    }
    if (received.projects.empty()) return refused();
    return received;
}

/// With the first project's receipt, where there is to be one.
access::LeakSight Receiver::sightOf(const Incoming& incoming, const Work* work) {
    access::LeakSight sight{.place = access::LeakPlace::InboundBody,
                            .address = incoming.sender.ip,
                            .requestId = incoming.sender.requestId};
    if (work) {
        const Receipt& receipt = work->projects.front().receipt;
        // What is proven came by a connection that there is.
        if (!incoming.connection.empty())
            sight.thing = "connection " + incoming.connection.text + ", ";
        sight.thing += "project " + receipt.projectId.text + ", receipt " + receipt.id.text;
        sight.thingTeam = receipt.teamId;
    }
    return sight;
}

void Receiver::receive(Incoming incoming, base::MoveFunction<void(Result<Received>)> done) {
    auto work = verify(incoming);
    leaks_.watch(incoming.body, sightOf(incoming, work ? work->get() : nullptr));
    if (!work) {
        metrics_.count("trusthub_inbound_webhooks_total",
                       {{"provider", incoming.provider}, {"outcome", "refused"}});
        done(work.error());
        return;
    }
    if ((*work)->keyUsed) webhookKeys_.recordUse(*(*work)->keyUsed);
    const std::string provider = incoming.provider;
    (*work)->incoming = std::move(incoming);
    store_.write<Received>(
        [this, work = *work](store::WriteTx& tx) { return record(tx, *work); },
        [this, provider, done = std::move(done)](Result<Received> result) mutable {
            metrics_.count("trusthub_inbound_webhooks_total",
                           {{"provider", provider},
                            {"outcome", result ? result->projects.front().status : "failed"}});
            done(std::move(result));
        });
}

}  // namespace trusthub::inbound
