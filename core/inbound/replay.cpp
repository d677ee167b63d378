#include "inbound/replay.h"

#include "inbound/meaning.h"
#include "json/or_null.h"

#include <boost/json.hpp>

namespace trusthub::inbound {
namespace {

Error bodyGone() {
    return fail(ErrorKind::Gone, "The stored body is past its retention.", "body_gone");
}

Error projectGone() {
    return fail(ErrorKind::Conflict, "The receipt's project was removed.", "project_gone");
}

/// As Receiver stored them.
sdk::Headers headersOf(std::string_view text) {
    sdk::Headers headers;
    const auto value = json::parse(text);
    if (!value || !value->is_array()) return headers;
    for (const auto& field : value->get_array()) {
        const auto* pair = field.if_array();
        if (!pair || pair->size() != 2 || !pair->at(0).is_string() || !pair->at(1).is_string())
            continue;
        headers.add(std::string(pair->at(0).get_string()), std::string(pair->at(1).get_string()));
    }
    return headers;
}

}  // namespace

json::Object toJson(const Replayed& replayed) {
    return {{"receipt_id", replayed.receiptId.text},
            {"scan_id", json::textOrNull(replayed.scanId)},
            {"status", replayed.status}};
}

Result<std::string> Replays::bodyOf(store::ReadTx& tx, const Receipt& receipt,
                                    const StoredContent& content) {
    if (content.sealed)
        return p_.sealer.open(tx, {"webhook_deliveries", "body", receipt.id.text}, *content.sealed);
    if (!content.blob) return bodyGone();
    auto body = p_.blobs.get(tx, receipt.teamId, *content.blob);
    if (!body && body.error().kind == ErrorKind::NotFound) return bodyGone();
    return body;
}

Result<store::Unit<Replayed>> Replays::prepare(const Actor& actor, const Receipt& receipt) {
    const TimePoint now = p_.clock.now();
    if (receipt.receivedAt + kept_ <= now) return bodyGone();
    const sdk::InboundSource* source = p_.registry.inboundSource(receipt.provider);
    if (!source) return fail(ErrorKind::NotFound, "The connector for this provider is not loaded.");

    struct Found {
        std::string headers, body;
        people::Project project;
    };
    auto found = p_.store.read([&](store::ReadTx& tx) -> Result<Found> {
        const auto content = Receipts::content(tx, receipt.id);
        if (!content) return bodyGone();
        auto project = people::Projects::find(tx, receipt.projectId);
        if (!project) return projectGone();
        auto body = bodyOf(tx, receipt, *content);
        if (!body) return body.error();
        return Found{content->headers, *std::move(body), *std::move(project)};
    });
    if (!found) return found.error();
    const sdk::Headers headers = headersOf(found->headers);
    const auto identity = source->identify({headers, found->body, now});
    if (!identity) return identity.error();
    Meaning meaning = meaningOf(source->translate(*identity));
    auto event = draftOf(p_.events, meaning, found->project, receipt.deliveryId, true);
    return store::Unit<Replayed>(
        [this, actor, receipt, trigger = std::move(meaning.trigger),
         event = std::move(event)](store::WriteTx& tx) -> Result<Replayed> {
            const auto project = people::Projects::find(tx, receipt.projectId);
            if (!project) return projectGone();
            Replayed replayed{receipt.id, "", "ignored"};
            if (trigger) {
                const auto triggered = p_.scans.trigger(tx, actor, *project, *trigger);
                replayed.scanId = triggered.scan.id.text;
                replayed.status = triggered.coalesced ? "coalesced" : "enqueued";
            }
            p_.audit.append(tx, actor,
                            {"replay",
                             "webhook_deliveries",
                             receipt.id.text,
                             receipt.teamId,
                             {{"project_id", receipt.projectId.text},
                              {"delivery_id", receipt.deliveryId},
                              {"outcome", replayed.status},
                              {"scan_id", replayed.scanId}}});
            if (event) p_.events.emit(tx, actor, *event);
            return replayed;
        });
}

}  // namespace trusthub::inbound
