// Inbound webhooks and their receipts.
#include "api/handlers.h"
#include "api/pages.h"
#include "base/ids.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

using access::Permission;

Outcome receiveFrom(Call& call, std::string provider) {
    // Moved, not copied: the body may be 25 MiB.
    inbound::Incoming incoming{std::move(provider), call.request.headers,
                               std::move(call.request.body), call.actor.ip, call.actor.requestId};
    auto& hub = call.hub;
    return Deferred{[&hub, incoming = std::move(incoming)](Finish finish) mutable {
        // A large body is kept as a file first, so it is received where waiting is allowed.
        const bool large = incoming.body.size() > inbound::Receiver::kInlineBody;
        auto shared = std::make_shared<std::pair<inbound::Incoming, Finish>>(std::move(incoming),
                                                                             std::move(finish));
        const auto work = [&hub, shared] {
            const auto answer = [shared](Result<inbound::Received> result) {
                shared->second([result = std::move(result)]() -> Result<http::Response> {
                    if (!result) return result.error();
                    return jsonResponse(200, inbound::toJson(*result));
                });
            };
            try {
                hub.receiver.receive(std::move(shared->first), answer);
            } catch (const store::StoreError& error) {
                hub.log.error("an inbound webhook met a database error")
                    .with("error", error.what());
                answer(store::errorOf(error));
            }
        };
        if (!large) return work();
        if (!hub.pool.trySubmit(work))
            shared->second([]() -> Result<http::Response> { return fail(ErrorKind::Overloaded); });
    }};
}

}  // namespace

Outcome receiveGithub(Call& call) {
    return receiveFrom(call, "github");
}
Outcome receiveGitlab(Call& call) {
    return receiveFrom(call, "gitlab");
}

Outcome listReceipts(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor", "project_id"}); !known)
        return known.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    inbound::ReceiptQuery query;
    query.after = page->after;
    query.limit = page->limit + 1;
    query.projectId = call.queryValue("project_id");
    query.teams = call.who().teams(Permission::ReceiptsRead);
    if (const auto* key = call.who().key(); key && key->scope == access::Scope::Project) {
        if (query.projectId != key->projectId)
            return call.who().denial(Permission::ReceiptsRead, true);
        if (auto allowed =
                call.who().require(Permission::ReceiptsRead, {key->teamId, key->projectId}, true);
            !allowed)
            return allowed.error();
        query.teams = std::nullopt;
    }
    if (!query.projectId.empty() && !base::isUuid(query.projectId))
        return invalid("/query/project_id", "the id of a project");
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const auto found = inbound::Receipts::list(tx, query);
        return pageResponse(
            found, *page, inbound::Receipts::count(tx, query, kCounted + 1),
            [](const auto& receipt) { return toJson(receipt); },
            [](const auto& receipt) { return receipt.id.text; });
    });
}

Result<json::Object> representReceipt(const Call& call, store::ReadTx& tx) {
    const auto receipt = inbound::Receipts::find(tx, ReceiptId(call.param("id")));
    if (!receipt ||
        !call.who().may(Permission::ReceiptsRead, {receipt->teamId, receipt->projectId.text}))
        return call.who().denial(Permission::ReceiptsRead, true);
    return toJson(*receipt);
}

Outcome getReceipt(Call& call) {
    return readResource(call);
}

}  // namespace trusthub::api
