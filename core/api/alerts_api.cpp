// Alerts: what somebody has to look at.
#include "api/handlers.h"
#include "api/pages.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::api {
namespace {

using access::Permission;

constexpr std::size_t kShownMails = 20;

/// With what became of its mails.
json::Object shown(const Call& call, store::ReadTx& tx, const health::Alert& alert) {
    json::Array mails;
    for (const auto& mail : health::MailQueue::about(tx, alert.id, kShownMails))
        mails.emplace_back(toJson(mail));
    json::Object body = toJson(alert);
    body["mail_configured"] = call.hub.mails.configured();
    body["mails"] = std::move(mails);
    return body;
}

}  // namespace

Outcome listAlerts(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor", "state", "kind"}); !known)
        return known.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    // A person may have been told of a key of their own, whatever their roles.
    if (call.who().key())
        if (auto teams = teamsListed(call.who(), Permission::AlertsRead); !teams)
            return teams.error();
    auto query = health::Alerts::visibleTo(call.who());
    query.state = call.queryValue("state");
    query.kind = call.queryValue("kind");
    if (!query.state.empty() && !health::parseAlertState(query.state))
        return invalid("/query/state", "one of open, acknowledged, resolved");
    const auto& kinds = health::alertKinds();
    if (!query.kind.empty() && std::ranges::find(kinds, query.kind) == kinds.end()) {
        std::string known;
        for (const auto kind : kinds) known.append(known.empty() ? "" : ", ").append(kind);
        return invalid("/query/kind", "one of " + known);
    }
    query.after = page->after;
    query.limit = page->limit + 1;
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const auto found = health::alerts_repo::list(tx, query);
        return pageResponse(
            found, *page, health::alerts_repo::count(tx, query, kCounted + 1),
            [&](const auto& alert) { return shown(call, tx, alert); },
            [](const auto& alert) { return alert.id; });
    });
}

Result<json::Object> representAlert(const Call& call, store::ReadTx& tx) {
    const auto alert = health::alerts_repo::find(tx, call.param("id"));
    if (!alert || !health::Alerts::maySee(tx, call.who(), *alert))
        return call.who().denial(Permission::AlertsRead, true);
    return shown(call, tx, *alert);
}

Outcome getAlert(Call& call) {
    return readResource(call);
}

Outcome acknowledgeAlert(Call& call) {
    store::Unit<json::Object> unit =
        [&call, inner = call.hub.alerts.acknowledge(call.who(), call.param("id"))](
            store::WriteTx& tx) mutable -> Result<json::Object> {
        const auto alert = inner(tx);
        if (!alert) return alert.error();
        return shown(call, tx, *alert);
    };
    return commit<json::Object>(call, std::move(unit),
                                [](const json::Object& body) { return jsonResponse(200, body); });
}

}  // namespace trusthub::api
