#include "inbound/receipts.h"

#include "json/or_null.h"
#include "store/filter.h"

#include <boost/json.hpp>

namespace trusthub::inbound {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO webhook_deliveries (id, provider, project_id, team_id, delivery_id, event,"
    " body_digest, outcome, reason, scan_id, headers, body_sealed, body_blob, body_size, "
    "received_at, verified_by, connection_id)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
constexpr std::string_view kDuplicate =
    "SELECT id, provider, project_id, team_id, delivery_id, event, body_digest, outcome, reason,"
    " scan_id, body_size, received_at, verified_by, connection_id FROM webhook_deliveries"
    " WHERE (project_id = $1 AND provider = $2 AND delivery_id = $3)"
    " OR (project_id = $1 AND event = $4 AND body_digest = $5) LIMIT 1";
constexpr std::string_view kSelect =
    "SELECT id, provider, project_id, team_id, delivery_id, event, body_digest, outcome, reason,"
    " scan_id, body_size, received_at, verified_by, connection_id FROM webhook_deliveries WHERE id "
    "= $1";
// Ids rise with time, so the oldest receipts are the first ones by id: no index on the time is
// needed.
constexpr std::string_view kExpired =
    "SELECT id, team_id, body_blob FROM (SELECT id, team_id, body_blob, received_at"
    " FROM webhook_deliveries ORDER BY id LIMIT $1) WHERE received_at < $2";
constexpr std::string_view kContent =
    "SELECT headers, body_sealed, body_blob FROM webhook_deliveries WHERE id = $1";
constexpr std::string_view kDelete = "DELETE FROM webhook_deliveries WHERE id = $1";

Receipt receiptOf(const store::Rows& rows) {
    return {rows.id<ReceiptId>(0), rows.text(1),  rows.id<ProjectId>(2), rows.text(3), rows.text(4),
            rows.text(5),          rows.text(6),  rows.text(7),          rows.text(8), rows.text(9),
            rows.integer(10),      rows.time(11), rows.text(12),         rows.text(13)};
}

store::Filter filterOf(const ReceiptQuery& query) {
    store::Filter filter;
    if (query.teams) filter.addIn("team_id", *query.teams);
    if (!query.projectId.empty()) filter.add("project_id = ", query.projectId);
    if (!query.outcome.empty()) filter.add("outcome = ", query.outcome);
    if (!query.event.empty()) filter.add("event = ", query.event);
    if (!query.provider.empty()) filter.add("provider = ", query.provider);
    return filter;
}

}  // namespace

json::Object toJson(const Receipt& receipt) {
    return {{"id", receipt.id.text},
            {"provider", receipt.provider},
            {"project_id", receipt.projectId.text},
            {"team_id", receipt.teamId},
            {"delivery_id", receipt.deliveryId},
            {"event", receipt.event},
            {"outcome", receipt.outcome},
            {"reason", json::textOrNull(receipt.reason)},
            {"scan_id", json::textOrNull(receipt.scanId)},
            {"body_sha256", receipt.bodyDigest},
            {"body_bytes", receipt.bodySize},
            {"received_at", formatTime(receipt.receivedAt)},
            {"verified_by", json::textOrNull(receipt.verifiedBy)},
            {"connection_id", json::textOrNull(receipt.connectionId)}};
}

void Receipts::insert(store::WriteTx& tx, const NewReceipt& row) {
    const Receipt& r = row.receipt;
    const auto sealed = row.body ? store::Param(row.body->into(tx)) : store::Param(store::Null{});
    std::optional<std::string> digest;
    if (row.blob) {
        row.blob->into(tx);
        digest = row.blob->digest();
    }
    tx.execute(kInsert, r.id, r.provider, r.projectId, r.teamId, r.deliveryId, r.event,
               r.bodyDigest, r.outcome, r.reason, r.scanId, row.headers, sealed, digest, r.bodySize,
               r.receivedAt, r.verifiedBy, r.connectionId);
}

std::optional<Receipt> Receipts::duplicateOf(store::ReadTx& tx, const Receipt& candidate) {
    store::Rows rows = tx.query(kDuplicate, candidate.projectId, candidate.provider,
                                candidate.deliveryId, candidate.event, candidate.bodyDigest);
    if (!rows.next()) return std::nullopt;
    return receiptOf(rows);
}

std::optional<Receipt> Receipts::find(store::ReadTx& tx, const ReceiptId& id) {
    store::Rows rows = tx.query(kSelect, id);
    if (!rows.next()) return std::nullopt;
    return receiptOf(rows);
}

std::optional<StoredContent> Receipts::content(store::ReadTx& tx, const ReceiptId& id) {
    store::Rows rows = tx.query(kContent, id);
    if (!rows.next()) return std::nullopt;
    return StoredContent{rows.text(0), rows.optionalText(1), rows.optionalText(2)};
}

std::vector<Receipt> Receipts::list(store::ReadTx& tx, const ReceiptQuery& query) {
    store::Filter filter = filterOf(query);
    if (!query.after.empty()) filter.add("id < ", query.after);
    const std::string limit = filter.bind(query.limit);
    const std::string sql =
        "SELECT id, provider, project_id, team_id, delivery_id, event, body_digest, outcome, "
        "reason,"
        " scan_id, body_size, received_at, verified_by, connection_id FROM webhook_deliveries" +
        filter.where() + " ORDER BY id DESC LIMIT " + limit;
    std::vector<Receipt> found;
    for (store::Rows rows = tx.queryWith(sql, filter.params()); rows.next();)
        found.push_back(receiptOf(rows));
    return found;
}

std::int64_t Receipts::count(store::ReadTx& tx, const ReceiptQuery& query, std::int64_t cap) {
    store::Filter filter = filterOf(query);
    const std::string limit = filter.bind(cap);
    const std::string sql = "SELECT count(*) FROM (SELECT 1 FROM webhook_deliveries" +
                            filter.where() + " LIMIT " + limit + ") AS counted";
    store::Rows rows = tx.queryWith(sql, filter.params());
    rows.next();
    return rows.integer(0);
}

std::size_t Receipts::expire(store::WriteTx& tx, const store::BlobStore& blobs, TimePoint before,
                             std::size_t limit) {
    struct Old {
        std::string id, team;
        std::optional<std::string> blob;
    };
    std::vector<Old> old;
    for (store::Rows rows = tx.query(kExpired, limit, before); rows.next();)
        old.push_back({rows.text(0), rows.text(1), rows.optionalText(2)});
    for (const Old& receipt : old) {
        if (receipt.blob) blobs.release(tx, receipt.team, *receipt.blob);
        tx.execute(kDelete, receipt.id);
    }
    return old.size();
}

}  // namespace trusthub::inbound
