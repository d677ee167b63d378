#include "outbound/endpoints_repo.h"

#include "base/text.h"
#include "outbound/retry.h"
#include "store/filter.h"

namespace trusthub::outbound::endpoints_repo {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO endpoints (id, team_id, url, description, event_types, payload, retry, timeout_ms,"
    " status, status_reason, created_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
constexpr std::string_view kSave =
    "UPDATE endpoints SET url = $1, description = $2, event_types = $3, payload = $4, retry = $5,"
    " timeout_ms = $6, status = $7, status_reason = $8, updated_at = $9, deleted_at = $10"
    " WHERE id = $11 AND updated_at = $12 AND deleted_at IS NULL";
constexpr std::string_view kSetHeaders = "UPDATE endpoints SET headers_sealed = $1 WHERE id = $2";
constexpr std::string_view kColumns =
    "SELECT id, team_id, url, description, event_types, payload, retry, timeout_ms, status,"
    " status_reason, created_at, updated_at, deleted_at, headers_sealed FROM endpoints";
constexpr std::string_view kFind =
    "SELECT id, team_id, url, description, event_types, payload, retry, timeout_ms, status,"
    " status_reason, created_at, updated_at, deleted_at, headers_sealed FROM endpoints WHERE id = "
    "$1";
constexpr std::string_view kSubscribers =
    "SELECT id, event_types, status, retry FROM endpoints"
    " WHERE team_id = $1 AND deleted_at IS NULL AND status <> 'disabled' ORDER BY id";
constexpr std::string_view kInsertSecret =
    "INSERT INTO endpoint_secrets (id, endpoint_id, secret_sealed, created_at) VALUES ($1, $2, $3, "
    "$4)";
constexpr std::string_view kSecrets =
    "SELECT id, secret_sealed, valid_until FROM endpoint_secrets"
    " WHERE endpoint_id = $1 AND (valid_until IS NULL OR valid_until > $2) ORDER BY id DESC";
constexpr std::string_view kEndSecrets =
    "UPDATE endpoint_secrets SET valid_until = $1"
    " WHERE endpoint_id = $2 AND (valid_until IS NULL OR valid_until > $1)";
constexpr std::string_view kDropSecrets =
    "DELETE FROM endpoint_secrets WHERE endpoint_id = $1 AND valid_until <= $2";
constexpr std::string_view kEndPrevious =
    "DELETE FROM endpoint_secrets WHERE endpoint_id = $1 AND valid_until IS NOT NULL";

std::vector<std::string> wordsOf(std::string_view text) {
    std::vector<std::string> words;
    for (const auto word : base::split(text, ' ')) words.emplace_back(word);
    return words;
}

std::string retryText(const Endpoint& endpoint) {
    return endpoint.retry ? scheduleText(*endpoint.retry) : std::string();
}

Row rowOf(const store::Rows& rows) {
    Row row;
    Endpoint& endpoint = row.endpoint;
    endpoint.id = rows.id<EndpointId>(0);
    endpoint.teamId = rows.text(1);
    endpoint.url = rows.text(2);
    endpoint.description = rows.text(3);
    endpoint.eventTypes = wordsOf(rows.view(4));
    endpoint.payload = payloadFormOf(rows.view(5));
    endpoint.retry = scheduleOf(rows.view(6));
    endpoint.timeout = Milliseconds{rows.integer(7)};
    endpoint.status = endpointStatusOf(rows.view(8));
    endpoint.statusReason = rows.text(9);
    endpoint.createdAt = rows.time(10);
    endpoint.updatedAt = rows.time(11);
    endpoint.deletedAt = rows.optionalTime(12);
    row.headersSealed = rows.text(13);
    return row;
}

store::Filter livingOf(const std::optional<std::vector<std::string>>& teams,
                       std::string_view after) {
    store::Filter filter;
    filter.add("id > ", after, " AND deleted_at IS NULL");
    if (teams) filter.addIn("team_id", *teams);
    return filter;
}

}  // namespace

void insert(store::WriteTx& tx, const Endpoint& endpoint) {
    tx.execute(kInsert, endpoint.id, endpoint.teamId, endpoint.url, endpoint.description,
               base::join(endpoint.eventTypes, " "), text(endpoint.payload), retryText(endpoint),
               endpoint.timeout.count(), text(endpoint.status), endpoint.statusReason,
               endpoint.createdAt, endpoint.updatedAt);
}

bool save(store::WriteTx& tx, const Endpoint& endpoint, TimePoint seen) {
    return tx.execute(kSave, endpoint.url, endpoint.description,
                      base::join(endpoint.eventTypes, " "), text(endpoint.payload),
                      retryText(endpoint), endpoint.timeout.count(), text(endpoint.status),
                      endpoint.statusReason, endpoint.updatedAt, endpoint.deletedAt, endpoint.id,
                      seen) == 1;
}

void setHeaders(store::WriteTx& tx, const EndpointId& id,
                const std::optional<store::Sealed>& sealed) {
    if (sealed)
        tx.execute(kSetHeaders, sealed->into(tx), id);
    else
        tx.execute(kSetHeaders, store::Null{}, id);
}

std::optional<Row> find(store::ReadTx& tx, const EndpointId& id) {
    store::Rows rows = tx.query(kFind, id);
    if (!rows.next()) return std::nullopt;
    return rowOf(rows);
}

std::vector<Row> list(store::ReadTx& tx, const std::optional<std::vector<std::string>>& teams,
                      std::string_view after, std::size_t limit) {
    store::Filter filter = livingOf(teams, after);
    const std::string last = filter.bind(limit);
    const std::string sql = std::string(kColumns) + filter.where() + " ORDER BY id LIMIT " + last;
    std::vector<Row> found;
    for (store::Rows rows = tx.queryWith(sql, filter.params()); rows.next();)
        found.push_back(rowOf(rows));
    return found;
}

std::int64_t count(store::ReadTx& tx, const std::optional<std::vector<std::string>>& teams) {
    const store::Filter filter = livingOf(teams, "");
    store::Rows rows =
        tx.queryWith("SELECT COUNT(*) FROM endpoints" + filter.where(), filter.params());
    return rows.next() ? rows.integer(0) : 0;
}

std::vector<Subscriber> subscribers(store::ReadTx& tx, std::string_view teamId) {
    std::vector<Subscriber> found;
    for (store::Rows rows = tx.query(kSubscribers, teamId); rows.next();)
        found.push_back({rows.id<EndpointId>(0), wordsOf(rows.view(1)), rows.view(2) == "paused",
                         scheduleOf(rows.view(3))});
    return found;
}

void insertSecret(store::WriteTx& tx, std::string_view id, const EndpointId& endpoint,
                  const store::Sealed& sealed, TimePoint now) {
    tx.execute(kInsertSecret, id, endpoint, sealed.into(tx), now);
}

std::vector<SecretRow> secrets(store::ReadTx& tx, const EndpointId& endpoint, TimePoint now) {
    std::vector<SecretRow> found;
    for (store::Rows rows = tx.query(kSecrets, endpoint, now); rows.next();)
        found.push_back({rows.text(0), rows.text(1), rows.optionalTime(2)});
    return found;
}

void endSecrets(store::WriteTx& tx, const EndpointId& endpoint, TimePoint until, TimePoint now) {
    tx.execute(kEndSecrets, until, endpoint);
    tx.execute(kDropSecrets, endpoint, now);
}

int endPrevious(store::WriteTx& tx, const EndpointId& endpoint) {
    return static_cast<int>(tx.execute(kEndPrevious, endpoint));
}

}  // namespace trusthub::outbound::endpoints_repo
