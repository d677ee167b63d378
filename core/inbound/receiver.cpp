#include "inbound/receiver.h"

#include "base/text.h"
#include "crypto/hash.h"

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

/// Those that are valid at `now`.
std::vector<sdk::InboundSecret> toSdk(const std::vector<people::WebhookSecret>& secrets,
                                      TimePoint now) {
    std::vector<sdk::InboundSecret> out;
    for (const auto& secret : secrets)
        if (!secret.validUntil || *secret.validUntil > now)
            out.push_back({secret.kind == people::SecretKind::Signing
                               ? sdk::InboundSecretKind::Signing
                               : sdk::InboundSecretKind::Token,
                           secret.value});
    return out;
}

std::vector<people::Project> verifiedBy(const sdk::InboundSource& source,
                                        const sdk::InboundMessage& message,
                                        const people::RepositoryProjects& repository) {
    std::vector<people::Project> verified;
    for (const auto& entry : repository.projects)
        if (source.verify(message, toSdk(entry->secrets, message.receivedAt)))
            verified.push_back(entry->project);
    return verified;
}

json::Object pushData(const people::Project& project, const std::string& deliveryId,
                      const sdk::RepositoryPush& push) {
    return {{"project_id", project.id.text},
            {"provider", project.provider},
            {"repository", project.repositoryUrl},
            {"ref", push.ref},
            {"before", push.before},
            {"after", push.after},
            {"delivery_id", deliveryId},
            {"commits_count", push.commitsCount}};
}

json::Object pullRequestData(const people::Project& project, const std::string& deliveryId,
                             const sdk::RepositoryPullRequest& pr) {
    return {{"project_id", project.id.text},
            {"provider", project.provider},
            {"repository", project.repositoryUrl},
            {"ref", pr.ref},
            {"before", ""},
            {"after", pr.head},
            {"delivery_id", deliveryId},
            {"commits_count", 0},
            {"number", pr.number},
            {"action", pr.action},
            {"head", pr.head},
            {"base", pr.base},
            {"fork", pr.fork}};
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
    };
    Actor actor;
    std::string deliveryId;
    std::string headers;
    std::string ignoredBecause;  ///< empty: it is an event of ours
    std::optional<scans::Trigger> trigger;
    std::vector<ForProject> projects;
    Incoming incoming;
    std::vector<std::string> repositoryUrls;
    std::uint64_t projectsRevision = 0;  ///< that the signature was checked against
};

json::Object toJson(const Received& received) {
    const ProjectOutcome& first = received.projects.front();
    const auto scanOf = [](const ProjectOutcome& outcome) {
        return outcome.scanId.empty() ? json::Value(nullptr) : json::Value(outcome.scanId);
    };
    json::Array scans;
    for (const auto& outcome : received.projects)
        scans.push_back(json::Object{{"project_id", outcome.projectId.text},
                                     {"scan_id", scanOf(outcome)},
                                     {"receipt_id", outcome.receiptId.text},
                                     {"status", outcome.status}});
    return {{"status", first.status},
            {"delivery_id", received.deliveryId},
            {"receipt_id", first.receiptId.text},
            {"scan_id", scanOf(first)},
            {"scans", std::move(scans)}};
}

Receiver::Receiver(store::Store& store, store::Sealer& sealer, store::BlobStore& blobs,
                   audit::AuditLog& audit, events::Events& events, people::Projects& projects,
                   scans::ScanQueue& scans, const connectors::Registry& registry,
                   Refusals& refusals, const base::Clock& clock, base::IdSource& ids,
                   base::Metrics& metrics)
    : store_(store),
      sealer_(sealer),
      blobs_(blobs),
      audit_(audit),
      events_(events),
      projects_(projects),
      scans_(scans),
      registry_(registry),
      refusals_(refusals),
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

Result<std::shared_ptr<Receiver::Work>> Receiver::verify(const Incoming& incoming) {
    const sdk::InboundSource* source = registry_.inboundSource(incoming.provider);
    if (!source) return fail(ErrorKind::NotFound, "The connector for this provider is not loaded.");
    const TimePoint now = clock_.now();
    const sdk::InboundMessage message{incoming.headers, incoming.body, now};
    auto identity = source->identify(message);
    if (!identity) return identity.error();

    const auto repository =
        projects_.byRepository(store_, incoming.provider, identity->repositoryUrls);
    if (!repository) return repository.error();
    // The same work whether the repository is known or not: at least one HMAC over the body. (How
    // many secrets a known one has can still be timed with a large body.)
    if (repository->projects.empty()) (void)source->verify(message, {});
    std::vector<people::Project> verified = verifiedBy(*source, message, *repository);
    if (verified.empty()) {
        refusals_.record({now, incoming.provider, incoming.address, "not_verified",
                          incoming.requestId, base::toHex(crypto::sha256(incoming.body)),
                          incoming.body.size(), std::string(base::clipUtf8(identity->event, 64)),
                          std::string(base::clipUtf8(identity->deliveryId, 128))});
        return refused();
    }

    auto work = std::make_shared<Work>();
    work->projectsRevision = repository->revision;
    work->repositoryUrls = identity->repositoryUrls;
    work->actor = {ActorKind::Webhook,
                   "",
                   incoming.provider,
                   incoming.address,
                   std::string(incoming.headers.get("User-Agent")),
                   incoming.requestId};
    const std::string digest = base::toHex(crypto::sha256(incoming.body));
    work->deliveryId = identity->deliveryId.empty() ? "sha256:" + digest : identity->deliveryId;
    if (work->deliveryId.size() > 128) work->deliveryId = "sha256:" + digest;
    work->headers = receiptHeaders(incoming.headers);

    auto event = source->translate(*identity);
    const sdk::RepositoryPush* push = event ? std::get_if<sdk::RepositoryPush>(&*event) : nullptr;
    const sdk::RepositoryPullRequest* pr =
        event ? std::get_if<sdk::RepositoryPullRequest>(&*event) : nullptr;
    // A verified sender must not be told to try again what will never work: GitLab switches hooks
    // off.
    if (!event)
        work->ignoredBecause = "payload_not_understood";
    else if (!push && !pr)
        work->ignoredBecause = std::get<sdk::Ignored>(*event).reason;
    else if (push && push->deleted)
        work->ignoredBecause = "ref_deleted";
    else if (pr && !pr->scans)
        work->ignoredBecause = "action_" + pr->action;
    if (work->ignoredBecause.empty() && !scans::gitRefOf(push ? push->ref : pr->ref))
        work->ignoredBecause = "ref_not_usable";
    if (work->ignoredBecause.empty())
        work->trigger = push ? scans::Trigger{push->ref, push->after, true, "webhook"}
                             : scans::Trigger{pr->ref, pr->head, !pr->fork, "webhook"};

    for (auto& entry : verified) {
        Work::ForProject part;
        part.project = std::move(entry);
        const people::Project& project = part.project;
        part.receipt = {ids_.next<ReceiptId>(),
                        incoming.provider,
                        project.id,
                        project.teamId.text,
                        work->deliveryId,
                        std::string(base::clipUtf8(identity->event, 64)),
                        digest,
                        work->trigger ? "enqueued" : "ignored",
                        work->ignoredBecause,
                        "",
                        static_cast<std::int64_t>(incoming.body.size()),
                        now};
        if (incoming.body.size() <= kInlineBody) {
            part.body =
                sealer_.seal({project.teamId.text, "receipts"},
                             {"webhook_deliveries", "body", part.receipt.id.text}, incoming.body);
        } else {
            auto blob = blobs_.put(project.teamId.text, incoming.body);
            if (!blob) return blob.error();
            part.blob = *std::move(blob);
        }
        if (push)
            part.event = events_.draft("repository.push", project.teamId.text,
                                       pushData(project, work->deliveryId, *push));
        else if (pr)
            part.event = events_.draft("repository.pull_request", project.teamId.text,
                                       pullRequestData(project, work->deliveryId, *pr));
        work->projects.push_back(std::move(part));
    }
    return work;
}

/// Projects or secrets have changed since the signature was checked: only those stay whose secrets
/// verify it now. [in a unit]
Result<void> Receiver::verifyAgain(store::ReadTx& tx, Work& work) {
    const Incoming& incoming = work.incoming;
    auto repository = projects_.byRepository(tx, incoming.provider, work.repositoryUrls);
    if (!repository) return repository.error();
    const sdk::InboundSource& source = *registry_.inboundSource(incoming.provider);
    const auto verified =
        verifiedBy(source, {incoming.headers, incoming.body, clock_.now()}, *repository);
    std::erase_if(work.projects, [&](const Work::ForProject& part) {
        return std::ranges::none_of(
            verified, [&](const people::Project& p) { return p.id == part.project.id; });
    });
    return {};
}

/// [in a unit]
Result<Received> Receiver::record(store::WriteTx& tx, Work& work) {
    Received received{work.deliveryId, {}};
    if (work.projectsRevision != projects_.revision()) {
        if (auto still = verifyAgain(tx, work); !still) return still.error();
    }
    for (auto& part : work.projects) {
        Receipt& receipt = part.receipt;
        if (const auto earlier = Receipts::duplicateOf(tx, receipt)) {
            received.projects.push_back(
                {part.project.id, earlier->id, earlier->scanId, "duplicate"});
            continue;
        }
        Actor actor = work.actor;
        actor.id = part.project.id.text;
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
                        {"body_sha256", receipt.bodyDigest}}});
        if (part.event) events_.emit(tx, actor, *part.event);
        received.projects.push_back({part.project.id, receipt.id, receipt.scanId, receipt.outcome});
    }
    if (received.projects.empty()) return refused();
    return received;
}

void Receiver::receive(Incoming incoming, base::MoveFunction<void(Result<Received>)> done) {
    auto work = verify(incoming);
    if (!work) {
        metrics_.count("trusthub_inbound_webhooks_total",
                       {{"provider", incoming.provider}, {"outcome", "refused"}});
        done(work.error());
        return;
    }
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
