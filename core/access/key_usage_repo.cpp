#include "access/key_usage_repo.h"

namespace trusthub::access::key_usage_repo {
namespace {

constexpr std::string_view kUpdate =
    "UPDATE api_key_usage SET requests = requests + $1, errors = errors + $2,"
    " limited = limited + $3, last_at = CASE WHEN last_at < $4 THEN $4 ELSE last_at END WHERE "
    "key_id = $5 AND day = $6"
    " AND route = $7 AND client_ip = $8 AND user_agent = $9";
constexpr std::string_view kInsert =
    "INSERT INTO api_key_usage (key_id, day, route, client_ip, user_agent, requests, errors,"
    " limited, last_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
constexpr std::string_view kKnownClient =
    "SELECT 1 FROM api_key_usage WHERE key_id = $1 AND day = $2 AND client_ip = $3"
    " AND user_agent = $4 LIMIT 1";
constexpr std::string_view kClients =
    "SELECT count(*) FROM (SELECT DISTINCT client_ip, user_agent FROM api_key_usage"
    " WHERE key_id = $1 AND day = $2 AND client_ip <> '') AS clients";
constexpr std::string_view kTotals =
    "SELECT coalesce(sum(requests), 0), coalesce(sum(errors), 0), coalesce(sum(limited), 0),"
    " coalesce(max(last_at), 0) FROM api_key_usage WHERE key_id = $1 AND day >= $2 AND day <= $3";
constexpr std::string_view kLast =
    "SELECT day, route, client_ip, user_agent, requests, errors, limited, last_at"
    " FROM api_key_usage WHERE key_id = $1 AND day >= $2 AND day <= $3"
    " ORDER BY day DESC, last_at DESC LIMIT 1";
constexpr std::string_view kLatest =
    "SELECT route, client_ip, user_agent, sum(requests), sum(errors), sum(limited), max(last_at)"
    " FROM api_key_usage WHERE key_id = $1 GROUP BY route, client_ip, user_agent"
    " ORDER BY max(last_at) DESC LIMIT $2";
constexpr std::string_view kByRoute =
    "SELECT route, '', sum(requests), sum(errors), sum(limited), max(last_at) FROM api_key_usage"
    " WHERE key_id = $1 AND day >= $2 AND day <= $3"
    " GROUP BY route ORDER BY sum(requests) DESC, route LIMIT $4";
constexpr std::string_view kByClient =
    "SELECT client_ip, user_agent, sum(requests), sum(errors), sum(limited), max(last_at)"
    " FROM api_key_usage WHERE key_id = $1 AND day >= $2 AND day <= $3"
    " GROUP BY client_ip, user_agent"
    " ORDER BY sum(requests) DESC, client_ip, user_agent LIMIT $4";
constexpr std::string_view kByDay =
    "SELECT day, '', sum(requests), sum(errors), sum(limited), max(last_at) FROM api_key_usage"
    " WHERE key_id = $1 AND day >= $2 AND day <= $3 GROUP BY day ORDER BY day LIMIT $4";
constexpr std::string_view kExpire =
    "DELETE FROM api_key_usage WHERE (key_id, day, route, client_ip, user_agent) IN"
    " (SELECT key_id, day, route, client_ip, user_agent FROM api_key_usage WHERE day < $1"
    " LIMIT $2)";

bool update(store::WriteTx& tx, const UsageRow& row, std::string_view ip, std::string_view agent) {
    return tx.execute(kUpdate, row.counts.requests, row.counts.errors, row.counts.limited,
                      row.counts.lastAt, row.key, row.day, row.route, ip, agent) > 0;
}

/// Whether a row of its own is due: the client is known, or there is room for one more.
bool admitted(store::ReadTx& tx, const UsageRow& row) {
    if (row.ip.empty()) return false;
    if (tx.query(kKnownClient, row.key, row.day, row.ip, row.userAgent).next()) return true;
    store::Rows clients = tx.query(kClients, row.key, row.day);
    return clients.next() && clients.integer(0) < kMaxClients;
}

UsageCounts countsOf(const store::Rows& rows, int first) {
    return {rows.integer(first), rows.integer(first + 1), rows.integer(first + 2),
            rows.time(first + 3)};
}

std::string_view queryOf(By by) {
    switch (by) {
        case By::Route:
            return kByRoute;
        case By::Client:
            return kByClient;
        case By::Day:
            return kByDay;
    }
    return kByDay;
}

}  // namespace

void add(store::WriteTx& tx, const std::vector<UsageRow>& rows) {
    for (const UsageRow& row : rows) {
        if (update(tx, row, row.ip, row.userAgent)) continue;
        const bool own = admitted(tx, row);
        const std::string_view ip = own ? std::string_view(row.ip) : std::string_view();
        const std::string_view agent = own ? std::string_view(row.userAgent) : std::string_view();
        if (!own && update(tx, row, ip, agent)) continue;
        tx.execute(kInsert, row.key, row.day, row.route, ip, agent, row.counts.requests,
                   row.counts.errors, row.counts.limited, row.counts.lastAt);
    }
}

UsageCounts totals(store::ReadTx& tx, const ApiKeyId& key, const Span& span) {
    store::Rows rows = tx.query(kTotals, key, span.from, span.to);
    return rows.next() ? countsOf(rows, 0) : UsageCounts{};
}

std::optional<UsageRow> last(store::ReadTx& tx, const ApiKeyId& key, const Span& span) {
    store::Rows rows = tx.query(kLast, key, span.from, span.to);
    if (!rows.next()) return std::nullopt;
    return UsageRow{key.text,     rows.text(0), rows.text(1),
                    rows.text(2), rows.text(3), countsOf(rows, 4)};
}

std::vector<UsageRow> sums(store::ReadTx& tx, const ApiKeyId& key, const Span& span, By by,
                           std::size_t limit) {
    std::vector<UsageRow> found;
    store::Rows rows =
        tx.query(queryOf(by), key, span.from, span.to, static_cast<std::int64_t>(limit));
    while (rows.next()) {
        UsageRow row;
        if (by == By::Route) row.route = rows.text(0);
        if (by == By::Day) row.day = rows.text(0);
        if (by == By::Client) {
            row.ip = rows.text(0);
            row.userAgent = rows.text(1);
        }
        row.counts = countsOf(rows, 2);
        found.push_back(std::move(row));
    }
    return found;
}

std::vector<UsageRow> latest(store::ReadTx& tx, const ApiKeyId& key, std::size_t limit) {
    std::vector<UsageRow> found;
    for (store::Rows rows = tx.query(kLatest, key, limit); rows.next();) {
        UsageRow row;
        row.route = rows.text(0);
        row.ip = rows.text(1);
        row.userAgent = rows.text(2);
        row.counts = countsOf(rows, 3);
        found.push_back(std::move(row));
    }
    return found;
}

std::size_t expire(store::WriteTx& tx, std::string_view day, std::size_t limit) {
    return static_cast<std::size_t>(tx.execute(kExpire, day, static_cast<std::int64_t>(limit)));
}

}  // namespace trusthub::access::key_usage_repo
