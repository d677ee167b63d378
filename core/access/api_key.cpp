#include "access/api_key.h"

#include "json/or_null.h"
#include "people/users.h"

#include <boost/json.hpp>

namespace trusthub::access {
namespace {

json::Array arrayOf(const std::vector<std::string>& texts) {
    return json::Array(texts.begin(), texts.end());
}

}  // namespace

std::string_view status(const ApiKey& key, TimePoint now) {
    if (key.revokedAt) return "revoked";
    return key.view.expiresAt && *key.view.expiresAt <= now ? "expired" : "active";
}

json::Value toJson(const std::optional<RateLimit>& limit) {
    if (!limit) return nullptr;
    return json::Object{
        {"requests", limit->requests}, {"per_seconds", limit->perSeconds}, {"burst", limit->burst}};
}

json::Object toJson(const ApiKey& key, TimePoint now) {
    const json::Object owner{
        {"id", key.ownedBy}, {"kind", key.ownerKind}, {"name", json::textOrNull(key.ownerName)}};
    return {{"id", key.view.id.text},
            {"key_prefix", key.view.prefix},
            {"name", key.view.name},
            {"type", text(key.view.type)},
            {"scope", text(key.view.scope)},
            {"team_id", json::textOrNull(key.view.teamId)},
            {"project_id", json::textOrNull(key.view.projectId)},
            {"permissions", arrayOf(names(key.view.permissions))},
            {"allowed_ips", arrayOf(key.view.allowedIps.texts())},
            {"rate_limit", toJson(key.view.rateLimit)},
            {"owner", owner},
            {"status", status(key, now)},
            {"imported", key.imported},
            {"canary", key.canary},
            {"created_by_user_id", key.createdBy},
            {"created_at", formatTime(key.createdAt)},
            {"expires_at", json::timeOrNull(key.view.expiresAt)},
            {"revoked_at", json::timeOrNull(key.revokedAt)},
            {"last_used_at", json::timeOrNull(key.lastUsedAt)},
            {"last_used_ip", json::textOrNull(key.lastUsedIp)},
            {"last_used_user_agent", json::textOrNull(key.lastUsedAgent)},
            {"supersedes", json::textOrNull(key.supersedes.text)},
            {"superseded_by", json::textOrNull(key.supersededBy.text)}};
}

const std::string& responsibleFor(const ApiKey& key) {
    return key.ownerKind == people::kService ? key.stewardId : key.createdBy;
}

json::Object eventData(const KeyView& key) {
    return {{"id", key.id.text},
            {"key_prefix", key.prefix},
            {"name", key.name},
            {"scope", text(key.scope)}};
}

bool within(const RateLimit& limit, const RateLimit& other) {
    return std::int64_t{limit.requests} * other.perSeconds <=
               std::int64_t{other.requests} * limit.perSeconds &&
           limit.burst <= other.burst;
}

}  // namespace trusthub::access
