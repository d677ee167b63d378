#include "health/alerts_repo.h"

#include "store/filter.h"

namespace trusthub::health::alerts_repo {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO alerts (id, kind, severity, state, team_id, target_table, target_id,"
    " target_label, stage, summary, action, times, first_at, last_at, mail_due)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
constexpr std::string_view kSave =
    "UPDATE alerts SET severity = $1, state = $2, target_label = $3, stage = $4, summary = $5,"
    " action = $6, times = $7, last_at = $8, acknowledged_at = $9, acknowledged_by = $10,"
    " resolved_at = $11, resolution = $12, mail_due = $13 WHERE id = $14";
constexpr std::string_view kById =
    "SELECT id, kind, severity, state, team_id, target_table, target_id, target_label, stage,"
    " summary, action, times, first_at, last_at, acknowledged_at, acknowledged_by, resolved_at,"
    " resolution, mail_due FROM alerts WHERE id = $1";
constexpr std::string_view kUnresolved =
    "SELECT id, kind, severity, state, team_id, target_table, target_id, target_label, stage,"
    " summary, action, times, first_at, last_at, acknowledged_at, acknowledged_by, resolved_at,"
    " resolution, mail_due FROM alerts"
    " WHERE kind = $1 AND target_id = $2 AND state <> 'resolved'";
constexpr std::string_view kUnresolvedAt =
    "SELECT id, kind, severity, state, team_id, target_table, target_id, target_label, stage,"
    " summary, action, times, first_at, last_at, acknowledged_at, acknowledged_by, resolved_at,"
    " resolution, mail_due FROM alerts"
    " WHERE kind = $1 AND stage = $2 AND state <> 'resolved' LIMIT $3";
constexpr std::string_view kUnresolvedAfter =
    "SELECT id, kind, severity, state, team_id, target_table, target_id, target_label, stage,"
    " summary, action, times, first_at, last_at, acknowledged_at, acknowledged_by, resolved_at,"
    " resolution, mail_due FROM alerts"
    " WHERE state <> 'resolved' AND id > $1 ORDER BY id LIMIT $2";
constexpr std::string_view kPage =
    "SELECT id, kind, severity, state, team_id, target_table, target_id, target_label, stage,"
    " summary, action, times, first_at, last_at, acknowledged_at, acknowledged_by, resolved_at,"
    " resolution, mail_due FROM alerts";
constexpr std::string_view kExpire =
    "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE state = 'resolved'"
    " AND resolved_at < $1 LIMIT $2)";

base::Severity severityOf(std::string_view name) {
    for (const auto severity : {base::Severity::Info, base::Severity::Warning})
        if (text(severity) == name) return severity;
    return base::Severity::Critical;
}

Alert alertOf(const store::Rows& rows) {
    Alert alert;
    alert.id = rows.text(0);
    alert.kind = rows.text(1);
    alert.severity = severityOf(rows.view(2));
    alert.state = parseAlertState(rows.view(3)).value_or(AlertState::Open);
    alert.teamId = rows.text(4);
    alert.targetTable = rows.text(5);
    alert.targetId = rows.text(6);
    alert.targetLabel = rows.text(7);
    alert.stage = rows.text(8);
    alert.summary = rows.text(9);
    alert.action = rows.text(10);
    alert.times = rows.integer(11);
    alert.firstAt = rows.time(12);
    alert.lastAt = rows.time(13);
    alert.acknowledgedAt = rows.optionalTime(14);
    alert.acknowledgedBy = rows.text(15);
    alert.resolvedAt = rows.optionalTime(16);
    alert.resolution = rows.text(17);
    alert.mailDue = rows.integer(18) != 0;
    return alert;
}

std::vector<Alert> all(store::Rows rows) {
    std::vector<Alert> found;
    while (rows.next()) found.push_back(alertOf(rows));
    return found;
}

std::optional<Alert> one(store::Rows rows) {
    if (!rows.next()) return std::nullopt;
    return alertOf(rows);
}

/// Alerts of these teams, and of keys that the owner asked for or answers for.
void addPlaces(store::Filter& filter, const AlertQuery& query) {
    if (!query.teams) return;
    std::string before = "(";
    for (const auto& team : *query.teams)
        before.append("team_id = ").append(filter.bind(team)).append(" OR ");
    before.append(
        "target_table = 'api_keys' AND target_id IN (SELECT k.id FROM api_keys k"
        " LEFT JOIN users u ON u.id = k.issued_by WHERE k.created_by = ");
    const std::string owner = "$" + std::to_string(filter.params().size() + 1);
    filter.add(before, query.owner,
               " AND k.created_by <> '' OR k.created_by = '' AND k.issued_by = " + owner +
                   " OR u.steward_id = " + owner + " AND u.steward_id <> ''))");
}

store::Filter filterOf(const AlertQuery& query) {
    store::Filter filter;
    addPlaces(filter, query);
    if (!query.state.empty()) filter.add("state = ", query.state);
    if (!query.kind.empty()) filter.add("kind = ", query.kind);
    return filter;
}

}  // namespace

void insert(store::WriteTx& tx, const Alert& alert) {
    tx.execute(kInsert, alert.id, alert.kind, text(alert.severity), text(alert.state), alert.teamId,
               alert.targetTable, alert.targetId, alert.targetLabel, alert.stage, alert.summary,
               alert.action, alert.times, alert.firstAt, alert.lastAt, alert.mailDue ? 1 : 0);
}

void save(store::WriteTx& tx, const Alert& alert) {
    tx.execute(kSave, text(alert.severity), text(alert.state), alert.targetLabel, alert.stage,
               alert.summary, alert.action, alert.times, alert.lastAt, alert.acknowledgedAt,
               alert.acknowledgedBy, alert.resolvedAt, alert.resolution, alert.mailDue ? 1 : 0,
               alert.id);
}

std::optional<Alert> find(store::ReadTx& tx, std::string_view id) {
    return one(tx.query(kById, id));
}

std::optional<Alert> unresolved(store::ReadTx& tx, std::string_view kind,
                                std::string_view targetId) {
    return one(tx.query(kUnresolved, kind, targetId));
}

std::vector<Alert> unresolvedAt(store::ReadTx& tx, std::string_view kind, std::string_view stage,
                                std::size_t limit) {
    return all(tx.query(kUnresolvedAt, kind, stage, limit));
}

std::vector<Alert> unresolvedAfter(store::ReadTx& tx, std::string_view id, std::size_t limit) {
    return all(tx.query(kUnresolvedAfter, id, limit));
}

std::vector<Alert> list(store::ReadTx& tx, const AlertQuery& query) {
    store::Filter filter = filterOf(query);
    if (!query.after.empty()) filter.add("id < ", query.after);
    const std::string last = filter.bind(query.limit);
    const std::string sql = std::string(kPage) + filter.where() + " ORDER BY id DESC LIMIT " + last;
    return all(tx.queryWith(sql, filter.params()));
}

std::int64_t count(store::ReadTx& tx, const AlertQuery& query, std::int64_t cap) {
    store::Filter filter = filterOf(query);
    const std::string where = filter.where();
    const std::string last = filter.bind(cap);
    const std::string sql =
        "SELECT COUNT(*) FROM (SELECT 1 FROM alerts" + where + " LIMIT " + last + ") AS counted";
    store::Rows rows = tx.queryWith(sql, filter.params());
    return rows.next() ? rows.integer(0) : 0;
}

std::size_t expire(store::WriteTx& tx, TimePoint before, std::size_t limit) {
    return static_cast<std::size_t>(tx.execute(kExpire, before, limit));
}

}  // namespace trusthub::health::alerts_repo
