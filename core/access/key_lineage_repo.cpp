#include "access/key_lineage_repo.h"

namespace trusthub::access::key_lineage_repo {
namespace {

/// Every column that is a setting of a key: what a successor takes over. A new setting of api_keys
/// is added here; what is not (secret, ends, use, lineage) stays out.
constexpr std::string_view kSettings =
    "name, type, scope, team_id, project_id, permissions, allowed_ips, issued_by, created_by,"
    " expires_at, rate_requests, rate_seconds, rate_burst, canary";

const std::string& copySql() {
    static const std::string kSql =
        "INSERT INTO api_keys (id, key_prefix, key_hmac, pepper_version, created_at, supersedes,"
        " family_id, issued_by_key, " +
        std::string(kSettings) +
        ") SELECT $1, $2, $3, CAST($4 AS INTEGER), CAST($5 AS BIGINT), id, CASE WHEN family_id = "
        "'' THEN id ELSE family_id END, CASE WHEN $6 = 1 THEN id ELSE issued_by_key END, " +
        std::string(kSettings) + " FROM api_keys WHERE id = $7 ON CONFLICT (key_prefix) DO NOTHING";
    return kSql;
}
const std::string& settleSql() {
    static const std::string kSql = "UPDATE api_keys SET (issued_by_key, " +
                                    std::string(kSettings) + ") = (SELECT issued_by_key, " +
                                    std::string(kSettings) +
                                    " FROM api_keys WHERE id = $1) WHERE id = $2";
    return kSql;
}
constexpr std::string_view kSupersede =
    "UPDATE api_keys SET superseded_by = $1, expires_at = $2 WHERE id = $3";
constexpr std::string_view kAdopt =
    "UPDATE api_keys SET issued_by_key = $1 WHERE issued_by_key = $2";
constexpr std::string_view kEndOverlap =
    "UPDATE api_keys SET expires_at = $1"
    " WHERE id = $2 AND superseded_by <> '' AND revoked_at IS NULL AND expires_at > $1";
constexpr std::string_view kRoot =
    "SELECT CASE WHEN family_id = '' THEN id ELSE family_id END FROM api_keys WHERE id = $1";
constexpr std::string_view kFamily =
    "SELECT id, key_prefix, created_at, expires_at, revoked_at FROM api_keys"
    " WHERE id = $1 OR (family_id = $1 AND family_id <> '') ORDER BY id DESC LIMIT $2";

}  // namespace

bool copy(store::WriteTx& tx, const ApiKeyId& from, const Copy& copy) {
    return tx.execute(copySql(), copy.id, copy.prefix, copy.hmac, copy.pepperVersion,
                      copy.createdAt, copy.planned, from) == 1;
}

void settlePlanned(store::WriteTx& tx, const ApiKeyId& old, const ApiKeyId& successor) {
    tx.execute(settleSql(), old, successor);
}

void supersede(store::WriteTx& tx, const ApiKeyId& old, const ApiKeyId& successor,
               TimePoint until) {
    tx.execute(kSupersede, successor, until, old);
}

void adoptChildren(store::WriteTx& tx, const ApiKeyId& from, const ApiKeyId& to) {
    tx.execute(kAdopt, to, from);
}

bool endOverlap(store::WriteTx& tx, const ApiKeyId& old, TimePoint now) {
    return tx.execute(kEndOverlap, now, old) == 1;
}

std::vector<Relative> family(store::ReadTx& tx, const ApiKeyId& id, std::size_t limit) {
    std::string root;
    {
        store::Rows rows = tx.query(kRoot, id);
        if (!rows.next()) return {};
        root = rows.text(0);
    }
    std::vector<Relative> found;
    for (store::Rows rows = tx.query(kFamily, root, limit); rows.next();)
        found.push_back({rows.id<ApiKeyId>(0), rows.text(1), rows.time(2), rows.optionalTime(3),
                         rows.optionalTime(4)});
    return found;
}

}  // namespace trusthub::access::key_lineage_repo
