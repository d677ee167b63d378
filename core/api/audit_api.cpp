// The audit log: the organization's and the caller's teams'.
#include "api/handlers.h"
#include "api/pages.h"
#include "audit/audit_query.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::api {
namespace {

using access::Permission;

Result<void> oneOf(std::string_view name, std::string_view value,
                   const std::vector<std::string_view>& known) {
    if (value.empty() || std::ranges::find(known, value) != known.end()) return {};
    std::string list;
    for (const auto word : known) list.append(list.empty() ? "" : ", ").append(word);
    return invalid("/query/" + std::string(name), "one of " + list);
}

Result<std::optional<TimePoint>> timeOf(const Call& call, std::string_view name) {
    const auto text = call.queryValue(name);
    if (text.empty()) return std::optional<TimePoint>{};
    const auto time = parseTime(text);
    if (!time)
        return invalid("/query/" + std::string(name), "an RFC 3339 time: 2026-01-15T10:00:00Z");
    return time;
}

Outcome list(Call& call, std::optional<std::vector<std::string>> teams) {
    if (auto known = call.onlyQuery(
            {"limit", "cursor", "target_table", "action", "actor", "key", "ip", "from", "to", "q"});
        !known)
        return known.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    audit::Filter filter;
    filter.teams = std::move(teams);
    filter.targetTable = call.queryValue("target_table");
    filter.action = call.queryValue("action");
    filter.actor = call.queryValue("actor");
    filter.key = call.queryValue("key");
    filter.ip = call.queryValue("ip");
    filter.q = call.queryValue("q");
    if (auto fits = oneOf("target_table", filter.targetTable, audit::targetTables()); !fits)
        return fits.error();
    if (auto fits = oneOf("action", filter.action, audit::actions()); !fits) return fits.error();
    auto from = timeOf(call, "from");
    if (!from) return from.error();
    auto to = timeOf(call, "to");
    if (!to) return to.error();
    filter.from = *from;
    filter.to = *to;
    filter.after = page->after;
    filter.limit = page->limit;
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const auto found = audit::query(tx, filter);
        json::Array items;
        for (const auto& row : found.rows) items.push_back(audit::toJson(row));
        return pageEnvelope(std::move(items), found.rows.empty() ? "" : found.rows.back().id,
                            found.more, found.total + (found.totalIsFloor ? 1 : 0), *page);
    });
}

}  // namespace

Outcome listAudit(Call& call) {
    auto teams = teamsListed(call.who(), Permission::AuditRead);
    if (!teams) return teams.error();
    return list(call, *std::move(teams));
}

Outcome listAdminAudit(Call& call) {
    if (auto allowed = call.who().require(Permission::AuditRead, {}, false); !allowed)
        return allowed.error();
    return list(call, std::nullopt);
}

Outcome verifyAudit(Call& call) {
    if (auto known = call.onlyQuery({}); !known) return known.error();
    if (auto allowed = call.who().require(Permission::AuditRead, {}, false); !allowed)
        return allowed.error();
    const auto chains = call.hub.store.read([](store::ReadTx& tx) { return audit::verify(tx); });
    json::Array items;
    bool intact = true;
    for (const auto& chain : chains) {
        intact = intact && chain.intact;
        json::Object item{{"chain", chain.chain},
                          {"rows", chain.rows},
                          {"head_hash", chain.headHash},
                          {"intact", chain.intact}};
        if (!chain.intact) {
            item["first_bad_seq"] = chain.firstBadSeq;
            item["reason"] = chain.reason;
        }
        items.push_back(std::move(item));
    }
    return jsonResponse(200,
                        {{"intact", intact},
                         {"chains", std::move(items)},
                         {"witness", nullptr},
                         {"note",
                          "There is no outside witness: rows cut off at the end cannot be noticed"
                          " from within."}});
}

}  // namespace trusthub::api
