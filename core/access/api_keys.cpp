#include "access/api_keys.h"

#include "access/api_key_format.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "people/projects.h"
#include "people/teams.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::access {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO api_keys (id, key_prefix, key_hmac, pepper_version, name, type, scope, team_id,"
    " project_id, permissions, issued_by, issued_by_key, created_at, expires_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    " ON CONFLICT (key_prefix) DO NOTHING";
constexpr std::string_view kSelect =
    "SELECT id, key_prefix, name, type, scope, team_id, project_id, permissions, expires_at,"
    " issued_by, allowed_ips, created_at, revoked_at, last_used_at, last_used_ip, key_hmac, "
    "issued_by_key"
    " FROM api_keys WHERE id = $1";
constexpr std::string_view kByPrefix =
    "SELECT id, key_prefix, name, type, scope, team_id, project_id, permissions, expires_at,"
    " issued_by, allowed_ips, created_at, revoked_at, last_used_at, last_used_ip, key_hmac, "
    "issued_by_key"
    " FROM api_keys WHERE key_prefix = $1";
constexpr std::string_view kPage =
    "SELECT id, key_prefix, name, type, scope, team_id, project_id, permissions, expires_at,"
    " issued_by, allowed_ips, created_at, revoked_at, last_used_at, last_used_ip, key_hmac, "
    "issued_by_key"
    " FROM api_keys WHERE id < $1 ORDER BY id DESC";
constexpr std::string_view kRevoke =
    "UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
constexpr std::string_view kUsed =
    "UPDATE api_keys SET last_used_at = $1, last_used_ip = $2 WHERE id = $3";

ApiKey keyOf(const store::Rows& rows) {
    ApiKey key;
    key.view.id = rows.id<ApiKeyId>(0);
    key.view.prefix = rows.text(1);
    key.view.name = rows.text(2);
    // A type or scope that this program does not know fails closed: no rights at all.
    key.view.type = parseKeyType(rows.view(3)).value_or(KeyType::Webhook);
    key.view.scope = parseScope(rows.view(4)).value_or(Scope::Project);
    key.view.teamId = rows.text(5);
    key.view.projectId = rows.text(6);
    for (const auto name : base::split(rows.view(7), ' '))
        if (const auto permission = parsePermission(name))
            key.view.permissions.set(bit(*permission));
    key.view.expiresAt = rows.optionalTime(8);
    key.issuedBy = rows.text(9);
    key.allowedIps = rows.text(10);
    key.createdAt = rows.time(11);
    key.revokedAt = rows.optionalTime(12);
    key.lastUsedAt = rows.optionalTime(13);
    key.lastUsedIp = rows.text(14);
    key.issuedByKey = ApiKeyId(rows.view(16));
    return key;
}

constexpr int kMaxGenerations = 16;  // keys issued by keys issued by keys …

bool inForce(const ApiKey& key, TimePoint now) {
    return !key.revokedAt && (!key.view.expiresAt || *key.view.expiresAt > now);
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) text.append(text.empty() ? "" : " ").append(part);
    return text;
}

json::Value timeOrNull(const std::optional<TimePoint>& time) {
    return time ? json::Value(formatTime(*time)) : json::Value(nullptr);
}

json::Value textOrNull(const std::string& text) {
    return text.empty() ? json::Value(nullptr) : json::Value(text);
}

json::Object eventData(const ApiKey& key) {
    return {{"id", key.view.id.text},
            {"key_prefix", key.view.prefix},
            {"name", key.view.name},
            {"scope", text(key.view.scope)}};
}

}  // namespace

json::Object toJson(const ApiKey& key) {
    json::Array permissions;
    for (const auto& name : names(key.view.permissions)) permissions.emplace_back(name);
    return {{"id", key.view.id.text},
            {"key_prefix", key.view.prefix},
            {"name", key.view.name},
            {"type", text(key.view.type)},
            {"scope", text(key.view.scope)},
            {"team_id", textOrNull(key.view.teamId)},
            {"project_id", textOrNull(key.view.projectId)},
            {"permissions", std::move(permissions)},
            {"created_by_user_id", key.issuedBy},
            {"created_at", formatTime(key.createdAt)},
            {"expires_at", timeOrNull(key.view.expiresAt)},
            {"revoked_at", timeOrNull(key.revokedAt)},
            {"last_used_at", timeOrNull(key.lastUsedAt)},
            {"last_used_ip", textOrNull(key.lastUsedIp)}};
}

ApiKeys::ApiKeys(std::string brand, audit::AuditLog& audit, events::Events& events,
                 const store::HubSecrets& secrets, const base::Clock& clock, base::Random& random,
                 base::IdSource& ids)
    : brand_(std::move(brand)),
      audit_(audit),
      events_(events),
      secrets_(secrets),
      clock_(clock),
      random_(random),
      ids_(ids) {}

/// Who may issue which (product document): org super_admin; team super_admin and team_admin;
/// project also developers.
Result<void> ApiKeys::checkIssuer(store::ReadTx& tx, const Principal& issuer, New& wanted) const {
    if (wanted.scope == Scope::Project) {
        const auto project = people::Projects::find(tx, ProjectId(wanted.projectId));
        if (!project ||
            !issuer.may(Permission::ProjectsRead, {project->teamId.text, project->id.text})) {
            // For a key whatever is outside its scope is the same 403, there or not.
            if (issuer.key()) return issuer.denial(Permission::KeysWrite, false);
            return invalid("/project_id", "there is no such project");
        }
        if (!wanted.teamId.empty() && wanted.teamId != project->teamId.text)
            return invalid("/team_id", "the project belongs to another team; leave team_id out");
        wanted.teamId = project->teamId.text;
    }
    const bool superAdmin = issuer.hasRole(people::Role::SuperAdmin);
    const bool teamAdmin = issuer.hasRole(people::Role::TeamAdmin, wanted.teamId);
    const bool developer = issuer.hasRole(people::Role::Developer, wanted.teamId);
    const bool allowed = superAdmin || (wanted.scope == Scope::Team && teamAdmin) ||
                         (wanted.scope == Scope::Project && (teamAdmin || developer));
    const Place place{wanted.teamId, wanted.projectId};
    if (!allowed || !issuer.may(Permission::KeysWrite, place)) {
        if (issuer.key()) return issuer.denial(Permission::KeysWrite, false);
        return fail(
            ErrorKind::Forbidden,
            "Keys of scope org are issued by a super_admin, of scope team by its team_admin too,"
            " of scope project also by developers of the project's team.");
    }
    // Whether a team exists is told to those only who may issue keys for it.
    if (wanted.scope == Scope::Team && !people::Teams::exists(tx, wanted.teamId))
        return invalid("/team_id", "there is no such team");
    // Nothing wider than the issuer: not the permissions, not the end.
    for (std::size_t i = 0; i < wanted.permissions.size(); ++i) {
        if (!wanted.permissions.test(i) || issuer.may(static_cast<Permission>(i), place)) continue;
        if (wanted.cutToIssuer)
            wanted.permissions.reset(i);
        else
            return fail(ErrorKind::Forbidden,
                        "You do not have " + std::string(text(static_cast<Permission>(i))) +
                            " there yourself, so a key of yours cannot have it.");
    }
    if (const KeyView* key = issuer.key(); key && key->expiresAt) {
        if (!wanted.expiresAt || *wanted.expiresAt > *key->expiresAt)
            wanted.expiresAt = key->expiresAt;
    }
    return {};
}

store::Unit<IssuedKey> ApiKeys::issue(const Principal& issuer, New wanted) {
    NewKeyText made = makeKeyText(brand_, random_);
    const auto id = ids_.next<ApiKeyId>();
    ApiKey key;
    key.view = {id,
                made.prefix,
                wanted.name,
                wanted.type,
                wanted.scope,
                wanted.teamId,
                wanted.projectId,
                wanted.permissions,
                wanted.expiresAt};
    key.issuedBy = issuer.user().id.text;
    if (issuer.key()) key.issuedByKey = issuer.key()->id;
    key.createdAt = clock_.now();
    auto event = events_.draft("api_key.created", wanted.teamId, eventData(key));
    const std::string hmac = secrets_.fingerprint("api_key", made.whole.reveal());
    return [this, issuer, wanted = std::move(wanted), key = std::move(key), hmac,
            raw = std::move(made.whole),
            event = std::move(event)](store::WriteTx& tx) mutable -> Result<IssuedKey> {
        if (auto allowed = checkIssuer(tx, issuer, wanted); !allowed) return allowed.error();
        key.view.teamId = wanted.teamId;
        key.view.permissions = wanted.permissions;
        key.view.expiresAt = wanted.expiresAt;
        if (tx.execute(kInsert, key.view.id, key.view.prefix, hmac, secrets_.pepperVersion(),
                       key.view.name, text(key.view.type), text(key.view.scope), key.view.teamId,
                       key.view.projectId, joined(names(key.view.permissions)), key.issuedBy,
                       key.issuedByKey, key.createdAt, key.view.expiresAt) == 0) {
            // Two keys of four billion drew the same public prefix: the caller simply asks again.
            Error error = fail(ErrorKind::StoreBusy, "The key's prefix is taken; try again.");
            error.retryAfter = Milliseconds{1'000};
            return error;
        }
        audit_.append(tx, issuer.actor(),
                      {"create",
                       "api_keys",
                       key.view.id.text,
                       key.view.teamId,
                       {{"key_prefix", key.view.prefix},
                        {"name", key.view.name},
                        {"type", text(key.view.type)},
                        {"scope", text(key.view.scope)},
                        {"project_id", textOrNull(key.view.projectId)},
                        {"permissions", joined(names(key.view.permissions))},
                        {"expires_at", timeOrNull(key.view.expiresAt)}}});
        event.teamId = key.view.teamId;  // a project key's team is known here only
        events_.emit(tx, issuer.actor(), event);
        return IssuedKey{std::move(key), std::move(raw)};
    };
}

bool ApiKeys::maySee(const Principal& by, const ApiKey& key) {
    if (by.isPerson() && key.issuedBy == by.user().id.text) return true;
    if (key.view.scope == Scope::Org) return by.may(Permission::KeysRead, {});
    return by.may(Permission::KeysRead, {key.view.teamId, key.view.projectId});
}

store::Unit<void> ApiKeys::revoke(const Principal& by, const ApiKey& seen) {
    auto event = events_.draft("api_key.revoked", seen.view.teamId, eventData(seen));
    return [this, by, id = seen.view.id,
            event = std::move(event)](store::WriteTx& tx) -> Result<void> {
        const auto key = find(tx, id);
        if (!key || !maySee(by, *key)) return by.denial(Permission::KeysWrite, true);
        const bool allowed =
            by.may(Permission::KeysWrite, {key->view.teamId, key->view.projectId}) &&
            ((by.isPerson() && key->issuedBy == by.user().id.text) ||
             by.hasRole(people::Role::SuperAdmin) ||
             by.hasRole(people::Role::TeamAdmin, key->view.teamId));
        if (!allowed) return by.denial(Permission::KeysWrite, false);
        if (tx.execute(kRevoke, clock_.now(), id) == 0) return {};
        audit_.append(tx, by.actor(),
                      {"revoke",
                       "api_keys",
                       id.text,
                       key->view.teamId,
                       {{"key_prefix", key->view.prefix}, {"name", key->view.name}}});
        events_.emit(tx, by.actor(), event);
        return {};
    };
}

bool ApiKeys::revokeLeaked(store::WriteTx& tx, const Actor& actor, const ApiKey& key) {
    if (tx.execute(kRevoke, clock_.now(), key.view.id) == 0) return false;
    audit_.append(tx, actor,
                  {"revoke",
                   "api_keys",
                   key.view.id.text,
                   key.view.teamId,
                   {{"key_prefix", key.view.prefix}, {"name", key.view.name}, {"leaked", true}}});
    events_.emit(tx, actor, events_.draft("api_key.revoked", key.view.teamId, eventData(key)));
    return true;
}

std::optional<ApiKey> ApiKeys::find(store::ReadTx& tx, const ApiKeyId& id) {
    store::Rows rows = tx.query(kSelect, id);
    if (!rows.next()) return std::nullopt;
    return keyOf(rows);
}

std::vector<ApiKey> ApiKeys::list(store::ReadTx& tx, const Principal& by, bool includeRevoked,
                                  std::string_view after, std::size_t limit) {
    std::vector<ApiKey> found;
    // Newest first: "g" sorts behind every id, whose first digit is hexadecimal.
    for (store::Rows rows = tx.query(kPage, after.empty() ? "g" : after);
         found.size() < limit && rows.next();) {
        ApiKey key = keyOf(rows);
        if ((includeRevoked || !key.revokedAt) && maySee(by, key)) found.push_back(std::move(key));
    }
    return found;
}

std::optional<ApiKey> ApiKeys::recognise(store::ReadTx& tx, std::string_view text) const {
    const auto prefix = keyPrefix(text, brand_);
    if (!prefix) return std::nullopt;
    const std::string hmac = secrets_.fingerprint("api_key", text);
    store::Rows rows = tx.query(kByPrefix, *prefix);
    if (!rows.next() || !crypto::equalConstantTime(rows.view(15), hmac)) return std::nullopt;
    return keyOf(rows);
}

std::optional<ApiKey> ApiKeys::verify(store::ReadTx& tx, std::string_view text) const {
    auto key = recognise(tx, text);
    const TimePoint now = clock_.now();
    if (!key || !inForce(*key, now)) return std::nullopt;
    if (!key->issuedByKey.empty() && !stands(tx, key->issuedByKey, now)) return std::nullopt;
    return key;
}

bool ApiKeys::stands(store::ReadTx& tx, const ApiKeyId& id, TimePoint now) {
    ApiKeyId current = id;
    for (int generation = 0; generation < kMaxGenerations; ++generation) {
        const auto key = find(tx, current);
        if (!key || !inForce(*key, now)) return false;
        if (key->issuedByKey.empty()) return true;
        current = key->issuedByKey;
    }
    return false;
}

void ApiKeys::recordUse(store::WriteTx& tx, const ApiKeyId& id, TimePoint at, std::string_view ip) {
    tx.execute(kUsed, at, ip, id);
}

}  // namespace trusthub::access
