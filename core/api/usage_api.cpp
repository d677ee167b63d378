// What an API key was used for.
#include "access/key_usage_repo.h"
#include "api/handlers.h"
#include "json/or_null.h"

namespace trusthub::api {
namespace {

namespace usage = access::key_usage_repo;

constexpr std::size_t kMaxItems = 1'000;
constexpr std::chrono::days kDefaultSpan{30};

std::string dayOf(TimePoint time) {
    return formatTime(time).substr(0, 10);
}

/// Whole days (UTC), the days of both ends counted in; 30 of them when nothing is said.
Result<usage::Span> spanOf(const Call& call) {
    const auto read = [&](std::string_view name, TimePoint otherwise) -> Result<TimePoint> {
        const auto text = call.queryValue(name);
        if (text.empty()) return otherwise;
        const auto time = parseTime(text);
        if (!time) return invalid("/query/" + std::string(name), "an RFC 3339 time");
        return *time;
    };
    const auto to = read("to", call.hub.clock.now() + Milliseconds{1});
    if (!to) return to.error();
    const auto from = read("from", *to - kDefaultSpan);
    if (!from) return from.error();
    if (*from >= *to) return invalid("/query/from", "must be before `to`");
    return usage::Span{dayOf(*from), dayOf(*to - Milliseconds{1})};
}

Result<usage::By> byOf(const Call& call) {
    const auto by = call.queryValue("by");
    if (by.empty() || by == "day") return usage::By::Day;
    if (by == "route") return usage::By::Route;
    if (by == "client") return usage::By::Client;
    return invalid("/query/by", "one of route, client, day");
}

json::Object toJson(const access::UsageCounts& counts) {
    return {{"requests", counts.requests},
            {"errors", counts.errors},
            {"limited", counts.limited},
            {"last_at",
             counts.requests == 0 ? json::Value(nullptr) : json::Value(formatTime(counts.lastAt))}};
}

json::Object toJson(const access::UsageRow& row, usage::By by) {
    json::Object item = toJson(row.counts);
    if (by == usage::By::Day) item["day"] = row.day;
    if (by == usage::By::Route) item["route"] = row.route;
    if (by == usage::By::Client) {
        // Both null: the clients beyond those that are told apart.
        item["ip"] = json::textOrNull(row.ip);
        item["user_agent"] = row.ip.empty() ? json::Value(nullptr) : json::Value(row.userAgent);
    }
    return item;
}

}  // namespace

Outcome getApiKeyUsage(Call& call) {
    if (auto known = call.onlyQuery({"from", "to", "by"}); !known) return known.error();
    const ApiKeyId id(call.param("id"));
    const auto key =
        call.hub.store.read([&](store::ReadTx& tx) { return access::ApiKeys::find(tx, id); });
    if (!key || !access::ApiKeys::maySee(call.who(), *key))
        return call.who().denial(access::Permission::KeysRead, true);
    const auto span = spanOf(call);
    if (!span) return span.error();
    const auto by = byOf(call);
    if (!by) return by.error();
    // What was counted in the last seconds shall be in the sums.
    call.hub.keyUsage.flushAndWait();
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        json::Object totals = toJson(usage::totals(tx, id, *span));
        const auto last = usage::last(tx, id, *span);
        totals["last_ip"] = json::textOrNull(last ? last->ip : "");
        totals["last_user_agent"] =
            last && !last->ip.empty() ? json::Value(last->userAgent) : json::Value(nullptr);
        totals["last_route"] = json::textOrNull(last ? last->route : "");
        const auto rows = usage::sums(tx, id, *span, *by, kMaxItems + 1);
        json::Array items;
        for (const auto& row : rows)
            if (items.size() < kMaxItems) items.push_back(toJson(row, *by));
        return jsonResponse(200, {{"from", span->from},
                                  {"to", span->to},
                                  {"totals", std::move(totals)},
                                  {"items", std::move(items)},
                                  {"truncated", rows.size() > kMaxItems}});
    });
}

}  // namespace trusthub::api
