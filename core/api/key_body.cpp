#include "api/key_body.h"

namespace trusthub::api {
namespace {

using access::KeyType;
using access::Permission;
using access::PermissionSet;

constexpr std::size_t kAddresses = 50;
constexpr int kRequests = 1'000'000;
constexpr int kDay = 86'400;

std::optional<KeyType> readType(json::ObjectReader& reader) {
    const auto name = reader.optionalString("type", 1, 20);
    if (!name) return std::nullopt;
    const auto type = access::parseKeyType(*name);
    if (!type) reader.refuse("type", "one of read_only, read_write, admin, webhook");
    return type.value_or(KeyType::ReadOnly);
}

std::optional<PermissionSet> readPermissions(json::ObjectReader& reader) {
    const auto names = reader.optionalStrings("permissions", 50, 50);
    if (!names) return std::nullopt;
    PermissionSet set;
    for (const auto& name : *names) {
        const auto permission = access::parsePermission(name);
        if (!permission) {
            reader.refuse("permissions", "known permissions are: " + access::knownPermissions());
            return set;
        }
        set.set(access::bit(*permission));
    }
    return set;
}

PermissionSet permissionsOf(json::ObjectReader& reader, KeyType type, bool typeGiven) {
    PermissionSet set;
    const auto named = readPermissions(reader);
    // A webhook key does one thing.
    if (type == KeyType::Webhook && (!named || named->none())) return access::ceiling(type);
    if (!named) {
        if (typeGiven) return access::ceiling(type);
        set.set(access::bit(Permission::ScansTrigger));
        set.set(access::bit(Permission::ScansRead));
        return set;
    }
    const auto beyond = access::names(*named & ~access::ceiling(type));
    if (!beyond.empty())
        reader.refuse("permissions", "a key of this type cannot have " + beyond.front());
    return *named;
}

void readScope(json::ObjectReader& reader, access::NewKey& wanted) {
    const auto name = reader.string("scope", 1, 20);
    const auto scope = access::parseScope(name);
    if (!scope && !name.empty()) reader.refuse("scope", "one of org, team, project");
    wanted.scope = scope.value_or(access::Scope::Project);
    wanted.teamId = reader.optionalId("team_id", "a team").value_or("");
    wanted.projectId = reader.optionalId("project_id", "a project").value_or("");
    if (!scope) return;
    if (*scope == access::Scope::Org && !wanted.teamId.empty())
        reader.refuse("team_id", "a key of scope org has none");
    if (*scope != access::Scope::Project && !wanted.projectId.empty())
        reader.refuse("project_id", "only a key of scope project has one");
    if (*scope == access::Scope::Team && wanted.teamId.empty())
        reader.refuse("team_id", "required for scope team");
    if (*scope == access::Scope::Project && wanted.projectId.empty())
        reader.refuse("project_id", "required for scope project");
}

std::optional<TimePoint> readExpiry(json::ObjectReader& reader, TimePoint now) {
    const auto days = reader.optionalInteger("expires_in_days", 1, 1825);
    const auto at = reader.optionalString("expires_at", 0, 100);
    if (days && at) reader.refuse("expires_at", "give expires_in_days or expires_at, not both");
    if (days) return now + std::chrono::days(*days);
    if (!at) return std::nullopt;
    const auto time = parseTime(*at);
    if (!time || *time <= now) reader.refuse("expires_at", "an RFC 3339 time in the future");
    return time;
}

std::optional<access::AddressList> readAddresses(json::ObjectReader& reader) {
    const auto texts = reader.optionalStrings("allowed_ips", kAddresses, 50);
    if (!texts) return std::nullopt;
    std::size_t bad = 0;
    auto list = access::AddressList::parse(*texts, &bad);
    if (!list)
        reader.refuse("allowed_ips",
                      "item " + std::to_string(bad) +
                          " is neither an address nor a network such as 192.0.2.0/24 or "
                          "2001:db8::/32 without bits beyond its prefix");
    return list;
}

std::optional<access::RateLimit> readRate(json::ObjectReader& reader) {
    const json::Object* object = reader.optionalObject("rate_limit");
    if (!object) return std::nullopt;
    json::ObjectReader nested(*object, reader.pointer("rate_limit"));
    access::RateLimit limit;
    limit.requests = static_cast<int>(nested.integer("requests", 1, kRequests));
    limit.perSeconds = static_cast<int>(nested.integer("per_seconds", 1, kDay));
    limit.burst =
        static_cast<int>(nested.optionalInteger("burst", 1, kRequests).value_or(limit.requests));
    reader.merge(nested);
    return limit;
}

}  // namespace

access::NewKey readNewKey(json::ObjectReader& reader, TimePoint now) {
    access::NewKey wanted;
    wanted.name = reader.name("name", 100);
    readScope(reader, wanted);
    const auto type = readType(reader);
    wanted.type = type.value_or(KeyType::ReadWrite);
    const json::Value* named = reader.any("permissions");
    const bool own = named && !named->is_null();
    wanted.permissions = permissionsOf(reader, wanted.type, type.has_value());
    // A type's own list is cut to what the issuer has; a list that the caller wrote is taken at its
    // word.
    wanted.cutToIssuer = type && !own && wanted.type != KeyType::Webhook;
    wanted.expiresAt = readExpiry(reader, now);
    wanted.allowedIps = readAddresses(reader).value_or(access::AddressList{});
    wanted.rateLimit = readRate(reader);
    if (wanted.type == KeyType::Webhook && wanted.rateLimit)
        reader.refuse("rate_limit", "a key of type webhook has none");
    wanted.serviceAccountId =
        reader.optionalId("service_account_id", "a service account").value_or("");
    wanted.canary = reader.optionalBool("canary").value_or(false);
    if (wanted.canary && own && wanted.permissions.any())
        reader.refuse("permissions", "a decoy has none");
    return wanted;
}

access::KeyChange readKeyChange(json::ObjectReader& reader, TimePoint now) {
    access::KeyChange change;
    const auto isNull = [&](std::string_view name) {
        const auto* value = reader.any(name);
        return value && value->is_null();
    };
    for (const char* name : {"permissions", "allowed_ips", "rate_limit"})
        if (isNull(name)) change.lifted.emplace_back(name);
    change.name = reader.optionalName("name", 100);
    change.type = readType(reader);
    change.permissions = readPermissions(reader);
    change.expiresAt = readExpiry(reader, now);
    // With one of the two a null beside it says nothing.
    for (const char* name : {"expires_at", "expires_in_days"})
        if (!change.expiresAt && isNull(name)) change.lifted.emplace_back(name);
    change.allowedIps = readAddresses(reader);
    change.rateLimit = readRate(reader);
    return change;
}

}  // namespace trusthub::api
