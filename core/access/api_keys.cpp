#include "access/api_keys.h"

#include "access/api_key_format.h"
#include "access/key_bounds.h"
#include "access/key_record.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "json/or_null.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::access {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO api_keys (id, key_prefix, key_hmac, pepper_version, name, type, scope, team_id,"
    " project_id, permissions, allowed_ips, issued_by, created_by, issued_by_key, created_at,"
    " expires_at, rate_requests, rate_seconds, rate_burst, imported, canary)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,"
    " $20, $21) ON CONFLICT (key_prefix) DO NOTHING";
/// What storedOf() reads, in its order.
std::string selected(std::string_view rest) {
    return "SELECT k.id, k.key_prefix, k.name, k.type, k.scope, k.team_id, k.project_id,"
           " k.permissions, k.expires_at, k.issued_by, k.allowed_ips, k.created_at, k.revoked_at,"
           " k.last_used_at, k.last_used_ip, k.key_hmac, k.issued_by_key, k.created_by,"
           " k.rate_requests, k.rate_seconds, k.rate_burst, k.imported, k.canary,"
           " k.last_used_agent, u.kind, u.name, u.steward_id, k.supersedes, k.superseded_by"
           " FROM api_keys k LEFT JOIN users u ON u.id = k.issued_by " +
           std::string(rest);
}
const std::string& byIdSql() {
    static const std::string kSql = selected("WHERE k.id = $1");
    return kSql;
}
const std::string& byPrefixSql() {
    static const std::string kSql = selected("WHERE k.key_prefix = $1");
    return kSql;
}
const std::string& pageSql() {
    static const std::string kSql = selected(
        "WHERE k.id < $1 AND ($2 = '' OR k.scope = $2) AND ($3 = '' OR k.team_id = $3)"
        " AND ($4 = '' OR k.project_id = $4) AND ($5 = '' OR k.type = $5)"
        " AND ($6 < 0 OR (CASE WHEN k.expires_at IS NULL THEN 1 ELSE 0 END) = $6)"
        " AND ($7 < 0 OR k.imported = $7)"
        " AND ($8 = 0 OR COALESCE(k.last_used_at, k.created_at) < $8)"
        " AND ($9 = 1 OR k.revoked_at IS NULL) ORDER BY k.id DESC");
    return kSql;
}
const std::string& ofProjectSql() {
    static const std::string kSql =
        selected("WHERE k.team_id = $1 AND k.project_id = $2 AND k.revoked_at IS NULL");
    return kSql;
}
const std::string& unrevokedSql() {
    static const std::string kSql = selected("WHERE k.revoked_at IS NULL ORDER BY k.id");
    return kSql;
}
constexpr std::string_view kImported = "SELECT key_prefix FROM api_keys WHERE imported = 1";
constexpr std::string_view kChange =
    "UPDATE api_keys SET name = $1, type = $2, permissions = $3, expires_at = $4,"
    " allowed_ips = $5, rate_requests = $6, rate_seconds = $7, rate_burst = $8 WHERE id = $9";
constexpr std::string_view kRevoke =
    "UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
constexpr std::string_view kUsed =
    "UPDATE api_keys SET last_used_at = $1, last_used_ip = $2, last_used_agent = $3 WHERE id = $4"
    " AND COALESCE(last_used_at, 0) <= $1";

StoredKey storedOf(const store::Rows& rows) {
    StoredKey stored;
    ApiKey& key = stored.key;
    key.view.id = rows.id<ApiKeyId>(0);
    key.view.prefix = rows.text(1);
    key.view.name = rows.text(2);
    key.view.scope = parseScope(rows.view(4)).value_or(Scope::Project);
    key.view.teamId = rows.text(5);
    key.view.projectId = rows.text(6);
    for (const auto name : base::split(rows.view(7), ' '))
        if (const auto permission = parsePermission(name))
            key.view.permissions.set(bit(*permission));
    // A type or scope that this program does not know fails closed: no rights at all.
    const auto type = parseKeyType(rows.view(3));
    key.view.type = type.value_or(KeyType::ReadOnly);
    if (!type || !parseScope(rows.view(4))) key.view.permissions.reset();
    key.view.expiresAt = rows.optionalTime(8);
    key.ownedBy = rows.text(9);
    key.view.allowedIps = AddressList::stored(rows.view(10));
    key.createdAt = rows.time(11);
    key.revokedAt = rows.optionalTime(12);
    key.lastUsedAt = rows.optionalTime(13);
    key.lastUsedIp = rows.text(14);
    stored.hmac = rows.text(15);
    key.issuedByKey = ApiKeyId(rows.view(16));
    key.createdBy = rows.view(17).empty() ? key.ownedBy : rows.text(17);
    if (!rows.isNull(18))
        key.view.rateLimit =
            RateLimit{static_cast<int>(rows.integer(18)), static_cast<int>(rows.integer(19)),
                      static_cast<int>(rows.integer(20))};
    key.imported = rows.boolean(21);
    key.canary = rows.boolean(22);
    key.lastUsedAgent = rows.text(23);
    key.ownerKind = rows.text(24);
    key.ownerName = rows.text(25);
    key.stewardId = rows.text(26);
    key.supersedes = rows.id<ApiKeyId>(27);
    key.supersededBy = rows.id<ApiKeyId>(28);
    return stored;
}

/// What the audit row of an issue or a change says of the key.
json::Object bounds(const KeyView& key) {
    return {{"name", key.name},
            {"type", text(key.type)},
            {"permissions", base::join(names(key.permissions), " ")},
            {"expires_at", json::timeOrNull(key.expiresAt)},
            {"allowed_ips", key.allowedIps.text()},
            {"rate_limit", toJson(key.rateLimit)}};
}

template <class T>
std::optional<std::int64_t> limitPart(const std::optional<RateLimit>& limit, T RateLimit::*part) {
    return limit ? std::optional<std::int64_t>((*limit).*part) : std::nullopt;
}

int flag(const std::optional<bool>& wanted) {
    return wanted ? static_cast<int>(*wanted) : -1;
}

}  // namespace

ApiKeys::ApiKeys(std::string brand, KeyPolicy policy, Parts parts)
    : brand_(std::move(brand)), policy_(policy), p_(parts) {}

store::Unit<IssuedKey> ApiKeys::issue(const Principal& issuer, New wanted) {
    NewKeyText made = makeKeyText(brand_, p_.random);
    return insert(issuer, std::move(wanted), std::move(made.whole), std::move(made.prefix), false);
}

Result<store::Unit<IssuedKey>> ApiKeys::import(const Principal& issuer, New wanted,
                                               SecretString text) {
    const auto shape = keyShape(text.reveal(), brand_);
    if (!shape)
        return invalid("/key", "must be " + brand_ +
                                   "_, eight hex digits, _ and 20 to 200 URL-safe characters");
    std::string prefix(shape->prefix);
    return insert(issuer, std::move(wanted), std::move(text), std::move(prefix), true);
}

store::Unit<IssuedKey> ApiKeys::insert(const Principal& issuer, New wanted, SecretString whole,
                                       std::string prefix, bool imported) {
    ApiKey key;
    key.view.id = p_.ids.next<ApiKeyId>();
    key.view.prefix = std::move(prefix);
    key.view.name = wanted.name;
    key.view.type = wanted.type;
    key.view.scope = wanted.scope;
    key.view.projectId = wanted.projectId;
    key.createdBy = issuer.user().id.text;
    if (issuer.key()) key.issuedByKey = issuer.key()->id;
    key.createdAt = p_.clock.now();
    key.imported = imported;
    key.canary = wanted.canary;
    auto event = p_.events.draft("api_key.created", wanted.teamId, eventData(key.view));
    const std::string hmac = p_.secrets.fingerprint("api_key", whole.reveal());
    return [this, issuer, wanted = std::move(wanted), key = std::move(key), hmac,
            raw = std::move(whole),
            event = std::move(event)](store::WriteTx& tx) mutable -> Result<IssuedKey> {
        const auto owner = boundNewKey(tx, issuer, policy_, wanted, key.createdAt);
        if (!owner) return owner.error();
        if (!key.issuedByKey.empty())
            if (auto may = mayIssueFurther(tx, key.issuedByKey); !may) return may.error();
        key.ownedBy = owner->id.text;
        key.ownerKind = owner->kind;
        key.ownerName = owner->name;
        key.stewardId = owner->stewardId;
        KeyView& view = key.view;
        view.teamId = wanted.teamId;
        view.permissions = wanted.permissions;
        view.expiresAt = wanted.expiresAt;
        view.allowedIps = wanted.allowedIps;
        view.rateLimit = wanted.rateLimit;
        if (tx.execute(kInsert, view.id, view.prefix, hmac, p_.secrets.pepperVersion(), view.name,
                       text(view.type), text(view.scope), view.teamId, view.projectId,
                       base::join(names(view.permissions), " "), view.allowedIps.text(),
                       key.ownedBy, key.createdBy, key.issuedByKey, key.createdAt, view.expiresAt,
                       limitPart(view.rateLimit, &RateLimit::requests),
                       limitPart(view.rateLimit, &RateLimit::perSeconds),
                       limitPart(view.rateLimit, &RateLimit::burst), key.imported,
                       key.canary) == 0) {
            if (key.imported)
                return fail(ErrorKind::Conflict, "A key with this prefix is there already.",
                            "key_exists");
            // Two keys of four billion drew the same public prefix: the caller simply asks again.
            Error error = fail(ErrorKind::StoreBusy, "The key's prefix is taken; try again.");
            error.retryAfter = Milliseconds{1'000};
            return error;
        }
        // A new key weakens nothing, but the prefixes of imported ones are kept in memory.
        if (key.imported) p_.rights.changed(tx);
        json::Object details = bounds(view);
        details["key_prefix"] = view.prefix;
        details["scope"] = text(view.scope);
        details["project_id"] = json::textOrNull(view.projectId);
        details["owner_id"] = key.ownedBy;
        if (!wanted.serviceAccountId.empty()) details["service_account_id"] = key.ownedBy;
        if (key.imported) details["imported"] = true;
        if (key.canary) details["canary"] = true;
        p_.audit.append(tx, issuer.actor(),
                        {"create", "api_keys", view.id.text, view.teamId, std::move(details)});
        event.teamId = view.teamId;  // a project key's team is known here only
        p_.events.emit(tx, issuer.actor(), event);
        auto warnings = warningsOf(issuer, *owner, wanted);
        return IssuedKey{std::move(key), std::move(raw), std::move(warnings)};
    };
}

json::Array toJson(const std::vector<KeyWarning>& warnings) {
    json::Array shown;
    for (const auto& warning : warnings)
        shown.emplace_back(json::Object{{"code", warning.code}, {"text", warning.text}});
    return shown;
}

store::Unit<ApiKey> ApiKeys::change(const Principal& by, const ApiKey& seen, KeyChange change) {
    auto event = p_.events.draft("api_key.updated", seen.view.teamId, eventData(seen.view));
    return [this, by, id = seen.view.id, change = std::move(change),
            event = std::move(event)](store::WriteTx& tx) -> Result<ApiKey> {
        auto key = find(tx, id);
        if (!key || key->revokedAt || !maySee(by, *key))
            return by.denial(Permission::KeysWrite, true);
        if (!mayManage(by, *key)) return notManaged(by, *key);
        const json::Object before = bounds(key->view);
        const auto changed = narrow(key->view, change, p_.clock.now());
        if (!changed) return changed.error();
        if (changed->empty()) return *std::move(key);
        const KeyView& view = key->view;
        tx.execute(kChange, view.name, text(view.type), base::join(names(view.permissions), " "),
                   view.expiresAt, view.allowedIps.text(),
                   limitPart(view.rateLimit, &RateLimit::requests),
                   limitPart(view.rateLimit, &RateLimit::perSeconds),
                   limitPart(view.rateLimit, &RateLimit::burst), id);
        p_.rights.changed(tx);
        p_.audit.append(tx, by.actor(),
                        {"update",
                         "api_keys",
                         id.text,
                         view.teamId,
                         {{"key_prefix", view.prefix},
                          {"before", before},
                          {"after", bounds(view)},
                          {"changed", base::join(*changed, " ")}}});
        p_.events.emit(tx, by.actor(), event);
        return *std::move(key);
    };
}

store::Unit<void> ApiKeys::revoke(const Principal& by, const ApiKey& seen) {
    return [this, by, id = seen.view.id](store::WriteTx& tx) -> Result<void> {
        const auto key = find(tx, id);
        if (!key || !maySee(by, *key)) return by.denial(Permission::KeysWrite, true);
        if (!mayManage(by, *key)) return notManaged(by, *key);
        revokeIn(tx, by.actor(), *key);
        return {};
    };
}

bool ApiKeys::revokeIn(store::WriteTx& tx, const Actor& actor, const ApiKey& key,
                       json::Object why) const {
    const KeyView& view = key.view;
    if (tx.execute(kRevoke, p_.clock.now(), view.id) == 0) return false;
    p_.rights.changed(tx);
    why["key_prefix"] = view.prefix;
    why["name"] = view.name;
    why["owner_id"] = key.ownedBy;
    p_.audit.append(tx, actor, {"revoke", "api_keys", view.id.text, view.teamId, std::move(why)});
    p_.events.emit(tx, actor, p_.events.draft("api_key.revoked", view.teamId, eventData(view)));
    return true;
}

std::optional<ApiKey> ApiKeys::recognise(store::ReadTx& tx, std::string_view text) const {
    const auto shape = keyShape(text, brand_);
    if (!shape) return std::nullopt;
    auto stored = findStored(tx, shape->prefix);
    if (!stored ||
        !crypto::equalConstantTime(stored->hmac, p_.secrets.fingerprint("api_key", text)))
        return std::nullopt;
    return std::move(stored->key);
}

std::size_t ApiKeys::recogniseStart(store::ReadTx& tx, std::string_view text) const {
    const auto shape = keyShape(text, brand_);
    if (!shape) return 0;
    const auto stored = findStored(tx, shape->prefix);
    if (!stored) return 0;
    const auto isKey = [&](std::size_t size) {
        return crypto::equalConstantTime(stored->hmac,
                                         p_.secrets.fingerprint("api_key", text.substr(0, size)));
    };
    if (isKey(text.size())) return text.size();
    if (!stored->key.imported) return 0;
    for (std::size_t size = shape->prefix.size() + 1 + kShortestSecret; size < text.size(); ++size)
        if (isKey(size)) return size;
    return 0;
}

std::optional<ApiKey> ApiKeys::find(store::ReadTx& tx, const ApiKeyId& id) {
    store::Rows rows = tx.query(byIdSql(), id);
    if (!rows.next()) return std::nullopt;
    return storedOf(rows).key;
}

std::optional<StoredKey> ApiKeys::findStored(store::ReadTx& tx, std::string_view prefix) {
    store::Rows rows = tx.query(byPrefixSql(), prefix);
    if (!rows.next()) return std::nullopt;
    return storedOf(rows);
}

std::optional<ApiKey> ApiKeys::findByPrefix(store::ReadTx& tx, std::string_view prefix) {
    auto stored = findStored(tx, prefix);
    if (!stored) return std::nullopt;
    return std::move(stored->key);
}

std::vector<ApiKey> ApiKeys::list(store::ReadTx& tx, const Principal& by, const KeyFilter& filter,
                                  std::string_view after, std::size_t limit) {
    std::vector<ApiKey> found;
    // Newest first: "g" sorts behind every id, whose first digit is hexadecimal.
    for (store::Rows rows = tx.query(
             pageSql(), after.empty() ? "g" : after, filter.scope, filter.teamId, filter.projectId,
             filter.type, flag(filter.neverExpires), flag(filter.imported),
             filter.unusedSince.value_or(TimePoint{}), filter.includeRevoked);
         found.size() < limit && rows.next();) {
        ApiKey key = storedOf(rows).key;
        if (maySee(by, key)) found.push_back(std::move(key));
    }
    return found;
}

std::vector<ApiKey> ApiKeys::ofProject(store::ReadTx& tx, const people::Project& project) {
    std::vector<ApiKey> keys;
    for (store::Rows rows = tx.query(ofProjectSql(), project.teamId, project.id); rows.next();)
        keys.push_back(storedOf(rows).key);
    return keys;
}

void ApiKeys::eachUnrevoked(store::ReadTx& tx, const std::function<void(const ApiKey&)>& use) {
    for (store::Rows rows = tx.query(unrevokedSql()); rows.next();) use(storedOf(rows).key);
}

std::vector<std::string> ApiKeys::importedPrefixes(store::ReadTx& tx) {
    std::vector<std::string> prefixes;
    for (store::Rows rows = tx.query(kImported); rows.next();) prefixes.push_back(rows.text(0));
    return prefixes;
}

void ApiKeys::recordUse(store::WriteTx& tx, const ApiKeyId& id, TimePoint at, std::string_view ip,
                        std::string_view userAgent) {
    tx.execute(kUsed, at, ip, userAgent, id);
}

}  // namespace trusthub::access
