#include "audit/audit_query.h"

#include "audit/audit_log.h"
#include "json/or_null.h"
#include "store/filter.h"

namespace trusthub::audit {
namespace {

constexpr std::string_view kColumns =
    "chain, seq, id, at, team_id, actor_kind, actor_id, actor_label, action, target_table, "
    "target_id,"
    " request_id, ip, user_agent, details, prev_hash, hash";
constexpr std::string_view kEveryRow =
    "SELECT chain, seq, id, at, team_id, actor_kind, actor_id, actor_label, action, target_table,"
    " target_id, request_id, ip, user_agent, details, prev_hash, hash"
    " FROM audit_log ORDER BY chain, seq";
constexpr std::int64_t kCountedRows = 10'000;

Row rowOf(const store::Rows& rows) {
    Row row;
    row.chain = rows.text(0);
    row.seq = rows.integer(1);
    row.id = rows.text(2);
    row.at = rows.time(3);
    std::string* const texts[] = {&row.teamId, &row.actorKind,   &row.actorId,  &row.actorLabel,
                                  &row.action, &row.targetTable, &row.targetId, &row.requestId,
                                  &row.ip,     &row.userAgent,   &row.details,  &row.prevHash,
                                  &row.hash};
    int column = 4;
    for (std::string* text : texts) *text = rows.text(column++);
    return row;
}

std::string likePattern(std::string_view text) {
    std::string pattern = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') pattern.push_back('\\');
        pattern.push_back(c);
    }
    return pattern + "%";
}

store::Filter whereOf(const Filter& filter) {
    store::Filter where;
    if (filter.teams) where.addIn("team_id", *filter.teams);
    if (!filter.targetTable.empty()) where.add("target_table = ", filter.targetTable);
    if (!filter.action.empty()) where.add("action = ", filter.action);
    if (!filter.actor.empty()) where.add("actor_id = ", filter.actor);
    if (!filter.key.empty()) where.add("actor_kind = 'api_key' AND actor_id = ", filter.key);
    if (!filter.ip.empty()) where.add("ip = ", filter.ip);
    if (filter.from) where.add("at >= ", *filter.from);
    if (filter.to) where.add("at < ", *filter.to);
    if (!filter.q.empty())
        where.add("(actor_label || ' ' || target_id || ' ' || details) LIKE ",
                  where.keep(likePattern(filter.q)), " ESCAPE '\\'");
    return where;
}

}  // namespace

Page query(store::ReadTx& tx, const Filter& filter) {
    Page page;
    {
        const store::Filter where = whereOf(filter);
        const std::string sql = "SELECT count(*) FROM (SELECT 1 FROM audit_log" + where.where() +
                                " LIMIT " + std::to_string(kCountedRows + 1) + ") AS counted";
        store::Rows rows = tx.queryWith(sql, where.params());
        rows.next();
        page.total = std::min(rows.integer(0), kCountedRows);
        page.totalIsFloor = rows.integer(0) > kCountedRows;
    }
    store::Filter where = whereOf(filter);
    if (!filter.after.empty()) where.add("id < ", filter.after);
    const std::string sql = "SELECT " + std::string(kColumns) + " FROM audit_log" + where.where() +
                            " ORDER BY id DESC LIMIT " + std::to_string(filter.limit + 1);
    for (store::Rows rows = tx.queryWith(sql, where.params()); rows.next();) {
        if (page.rows.size() == filter.limit) {
            page.more = true;
            break;
        }
        page.rows.push_back(rowOf(rows));
    }
    return page;
}

json::Object toJson(const Row& row) {
    json::Object actor{{"kind", row.actorKind}, {"id", row.actorId}, {"label", row.actorLabel}};
    auto details = json::parse(row.details);
    return {{"id", row.id},
            {"chain", row.chain},
            {"seq", row.seq},
            {"at", formatTime(row.at)},
            {"team_id", json::textOrNull(row.teamId)},
            {"actor", std::move(actor)},
            {"action", row.action},
            {"target_table", row.targetTable},
            {"target_id", row.targetId},
            {"request_id", row.requestId},
            {"ip", row.ip},
            {"user_agent", row.userAgent},
            {"details", details ? *std::move(details) : json::Value(json::Object{})},
            {"prev_hash", row.prevHash},
            {"hash", row.hash}};
}

std::vector<ChainState> verify(store::ReadTx& tx) {
    std::vector<ChainState> chains;
    const auto broken = [](ChainState& state, const Row& row, std::string reason) {
        if (!state.intact) return;
        state.intact = false;
        state.firstBadSeq = row.seq;
        state.reason = std::move(reason);
    };
    for (store::Rows rows = tx.query(kEveryRow); rows.next();) {
        const Row row = rowOf(rows);
        if (chains.empty() || chains.back().chain != row.chain) {
            ChainState fresh;
            fresh.chain = row.chain;
            fresh.headHash = std::string(64, '0');
            chains.push_back(std::move(fresh));
        }
        ChainState& state = chains.back();
        ++state.rows;
        if (row.seq != state.rows) broken(state, row, "a row is missing before this one");
        if (row.prevHash != state.headHash)
            broken(state, row, "it does not follow the row before it");
        RowFields fields{
            row.chain,  row.seq,         row.id,       row.at.time_since_epoch().count(),
            row.teamId, row.actorKind,   row.actorId,  row.actorLabel,
            row.action, row.targetTable, row.targetId, row.requestId,
            row.ip,     row.userAgent,   row.details,  row.prevHash};
        if (row.hash != hashOf(fields)) broken(state, row, "its content was changed");
        state.headHash = row.hash;
    }
    return chains;
}

}  // namespace trusthub::audit
