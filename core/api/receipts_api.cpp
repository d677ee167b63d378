// Receipts of inbound webhooks: what came, what was refused, and processing it again.
#include "api/handlers.h"
#include "api/pages.h"
#include "base/ids.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::api {
namespace {

using access::Permission;

/// The project for which the caller may see a refusal; null in the pair for a stranger's, which
/// those see who manage the whole organization.
std::pair<bool, const inbound::Refusal::Project*> visible(const access::Principal& who,
                                                          const inbound::Refusal& refusal,
                                                          std::string_view projectId = {}) {
    if (refusal.projects.empty())
        return {projectId.empty() && who.may(Permission::ProjectsWrite, {}), nullptr};
    for (const auto& project : refusal.projects) {
        if (!projectId.empty() && project.id.text != projectId) continue;
        if (who.may(Permission::ProjectsWrite, {project.teamId, project.id.text}))
            return {true, &project};
    }
    return {false, nullptr};
}

Outcome listRefusals(Call& call, const inbound::ReceiptQuery& query, const PageRequest& page) {
    std::vector<json::Object> items;
    std::int64_t total = 0;
    for (const auto& refusal : call.hub.refusals.recent()) {
        const auto [may, project] = visible(call.who(), refusal, query.projectId);
        if (!may) continue;
        if (!query.event.empty() && refusal.event != query.event) continue;
        if (!query.provider.empty() && refusal.provider != query.provider) continue;
        ++total;
        if (!page.after.empty() && refusal.id.text >= page.after) continue;
        if (items.size() <= page.limit) items.push_back(inbound::toJson(refusal, project));
    }
    return pageResponse(
        items, page, total, [](const json::Object& item) { return item; },
        [](const json::Object& item) { return std::string(item.at("id").get_string()); });
}

Result<inbound::ReceiptQuery> queryOf(const Call& call, const PageRequest& page) {
    inbound::ReceiptQuery query;
    query.after = page.after;
    query.limit = page.limit + 1;
    query.projectId = call.queryValue("project_id");
    if (!query.projectId.empty() && !base::isUuid(query.projectId))
        return invalid("/query/project_id", "the id of a project");
    query.outcome = call.queryValue("outcome");
    query.event = call.queryValue("event");
    query.provider = call.queryValue("provider");
    const auto among = [](const std::string& value, std::initializer_list<std::string_view> words) {
        return value.empty() || std::ranges::find(words, value) != words.end();
    };
    if (!among(query.outcome, {"enqueued", "coalesced", "ignored", "refused"}))
        return invalid("/query/outcome", "one of enqueued, coalesced, ignored, refused");
    if (!among(query.provider, {"github", "gitlab"}))
        return invalid("/query/provider", "one of github, gitlab");
    return query;
}

/// A project's key lists what belongs to its project; everybody else what belongs to their teams.
Result<void> narrowToReach(const access::Principal& who, inbound::ReceiptQuery& query) {
    const auto* key = who.key();
    if (!key || key->scope != access::Scope::Project) {
        auto teams = teamsListed(who, Permission::ReceiptsRead);
        if (!teams) return teams.error();
        query.teams = *std::move(teams);
        return {};
    }
    if (auto allowed = who.require(Permission::ReceiptsRead, {key->teamId, key->projectId}, true);
        !allowed)
        return allowed;
    if (query.projectId.empty()) query.projectId = key->projectId;
    // The filter names another project: nothing of it is within reach.
    if (query.projectId != key->projectId) query.teams.emplace();
    return {};
}

}  // namespace

Outcome listReceipts(Call& call) {
    if (auto known =
            call.onlyQuery({"limit", "cursor", "project_id", "outcome", "event", "provider"});
        !known)
        return known.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    auto query = queryOf(call, *page);
    if (!query) return query.error();
    if (auto allowed = narrowToReach(call.who(), *query); !allowed) return allowed.error();
    if (query->outcome == "refused") return listRefusals(call, *query, *page);
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const auto found = inbound::Receipts::list(tx, *query);
        return pageResponse(
            found, *page, inbound::Receipts::count(tx, *query, kCounted + 1),
            [](const auto& receipt) { return toJson(receipt); },
            [](const auto& receipt) { return receipt.id.text; });
    });
}

Result<json::Object> representReceipt(const Call& call, store::ReadTx& tx) {
    const ReceiptId id(call.param("id"));
    if (const auto refusal = call.hub.refusals.find(id)) {
        const auto [may, project] = visible(call.who(), *refusal);
        if (!may) return call.who().denial(Permission::ReceiptsRead, true);
        return inbound::toJson(*refusal, project);
    }
    const auto receipt = inbound::Receipts::find(tx, id);
    if (!receipt ||
        !call.who().may(Permission::ReceiptsRead, {receipt->teamId, receipt->projectId.text}))
        return call.who().denial(Permission::ReceiptsRead, true);
    return toJson(*receipt);
}

Outcome getReceipt(Call& call) {
    return readResource(call);
}

Outcome replayReceipt(Call& call) {
    const ReceiptId id(call.param("id"));
    if (const auto refusal = call.hub.refusals.find(id)) {
        if (!visible(call.who(), *refusal).first)
            return call.who().denial(Permission::ReceiptsReplay, true);
        return fail(
            ErrorKind::Conflict,
            "The delivery was refused (" + refusal->reason +
                "), so nothing was stored that could be processed again. POST /v1/receipts/" +
                id.text +
                "/explain tells what to mend; then let the provider deliver it again: in"
                " GitHub Redeliver, in GitLab Resend Request.",
            "receipt_refused");
    }
    const auto receipt =
        call.hub.store.read([&](store::ReadTx& tx) { return inbound::Receipts::find(tx, id); });
    if (!receipt) return call.who().denial(Permission::ReceiptsReplay, true);
    const access::Place place{receipt->teamId, receipt->projectId.text};
    if (!call.who().may(Permission::ReceiptsReplay, place))
        return call.who().denial(Permission::ReceiptsReplay,
                                 !call.who().may(Permission::ReceiptsRead, place));
    auto unit = call.hub.replays.prepare(call.actor(), *receipt);
    if (!unit) return unit.error();
    return commit<inbound::Replayed>(call, *std::move(unit), [](const inbound::Replayed& replayed) {
        return jsonResponse(200, toJson(replayed));
    });
}

}  // namespace trusthub::api
