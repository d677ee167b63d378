// API keys: issue, list, read, revoke.
#include "api/handlers.h"
#include "api/pages.h"
#include "api/password_work.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

using access::Permission;

access::PermissionSet permissionsOf(json::ObjectReader& reader, access::KeyType type,
                                    bool typeGiven) {
    access::PermissionSet set;
    const auto names = reader.optionalStrings("permissions", 50, 50);
    if (!names) {
        if (typeGiven) return access::ceiling(type);
        set.set(access::bit(Permission::ScansTrigger));
        set.set(access::bit(Permission::ScansRead));
        return set;
    }
    for (const auto& name : *names) {
        const auto permission = access::parsePermission(name);
        if (!permission) {
            reader.refuse("permissions", "known permissions are: " + access::knownPermissions());
            return set;
        }
        if (!access::ceiling(type).test(access::bit(*permission))) {
            reader.refuse("permissions", "a key of this type cannot have " +
                                             std::string(access::text(*permission)));
            return set;
        }
        set.set(access::bit(*permission));
    }
    return set;
}

void readScope(json::ObjectReader& reader, access::ApiKeys::New& wanted) {
    const auto name = reader.string("scope", 1, 20);
    const auto scope = access::parseScope(name);
    if (!scope && !name.empty()) reader.refuse("scope", "one of org, team, project");
    wanted.scope = scope.value_or(access::Scope::Project);
    wanted.teamId = reader.optionalString("team_id", 36, 36).value_or("");
    wanted.projectId = reader.optionalString("project_id", 36, 36).value_or("");
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

void readExpiry(json::ObjectReader& reader, access::ApiKeys::New& wanted, TimePoint now) {
    const auto days = reader.optionalInteger("expires_in_days", 1, 1825);
    const auto at = reader.optionalString("expires_at", 20, 40);
    if (days && at) reader.refuse("expires_at", "give expires_in_days or expires_at, not both");
    if (days) wanted.expiresAt = now + std::chrono::days(*days);
    if (at) {
        wanted.expiresAt = parseTime(*at);
        if (!wanted.expiresAt || *wanted.expiresAt <= now)
            reader.refuse("expires_at", "an RFC 3339 time in the future");
    }
}

/// How to use the key, ready to copy; the key itself stands for ${TRUSTHUB_API_KEY} only in the
/// shell.
json::Object examples(const std::string& url, const access::ApiKey& key) {
    const std::string project = key.view.projectId.empty() ? "<project-id>" : key.view.projectId;
    const std::string path = url + "/v1/projects/" + project + "/scans";
    const std::string call =
        "curl -sS -X POST -H \"Authorization: Bearer ${TRUSTHUB_API_KEY}\""
        " -H \"Content-Type: application/json\" -d '{\"kind\":\"source\"}' " +
        path;
    return {{"curl", call},
            {"github_actions",
             "- name: Trigger scan\n  env:\n    TRUSTHUB_API_KEY: ${{ secrets.TRUSTHUB_API_KEY }}\n"
             "  run: |\n    " +
                 call + "\n"},
            {"jenkins",
             "withCredentials([string(credentialsId: 'trusthub-api-key', variable: "
             "'TRUSTHUB_API_KEY')]) {\n"
             "  sh '''" +
                 call + "'''\n}\n"}};
}

}  // namespace

Outcome createApiKey(Call& call) {
    if (auto fresh = requireFreshAuthentication(call); !fresh) return fresh.error();
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    access::ApiKeys::New wanted;
    wanted.name = reader.string("name", 1, 100);
    readScope(reader, wanted);
    const auto typeName = reader.optionalString("type", 1, 20);
    if (typeName) {
        const auto type = access::parseKeyType(*typeName);
        if (!type) reader.refuse("type", "one of read_only, read_write, admin, webhook");
        wanted.type = type.value_or(access::KeyType::ReadOnly);
    }
    wanted.permissions = permissionsOf(reader, wanted.type, typeName.has_value());
    readExpiry(reader, wanted, call.hub.clock.now());
    if (auto fits = reader.finish(); !fits) return fits.error();
    // A type's own list is cut to what the issuer has; a list that the caller wrote is taken at its
    // word.
    wanted.cutToIssuer = typeName && body->as_object().if_contains("permissions") == nullptr;
    return commit<access::IssuedKey>(call, call.hub.keys.issue(call.who(), std::move(wanted)),
                                     [url = call.hub.publicUrl](const access::IssuedKey& issued) {
                                         json::Object shown = toJson(issued.key);
                                         shown["raw_key"] = issued.raw.reveal();
                                         shown["examples"] = examples(url, issued.key);
                                         auto response = jsonResponse(201, shown);
                                         response.headers.add("Cache-Control", "no-store");
                                         return response;
                                     });
}

Outcome listApiKeys(Call& call) {
    if (auto known = call.onlyQuery({"limit", "cursor", "include_revoked"}); !known)
        return known.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    const auto revoked = call.queryValue("include_revoked");
    if (!revoked.empty() && revoked != "true" && revoked != "false")
        return invalid("/query/include_revoked", "one of true, false");
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const bool all = revoked == "true";
        const auto keys = access::ApiKeys::list(tx, call.who(), all, page->after, page->limit + 1);
        const auto total = access::ApiKeys::list(tx, call.who(), all, "", kCounted + 1).size();
        return pageResponse(
            keys, *page, static_cast<std::int64_t>(total),
            [](const auto& key) { return toJson(key); },
            [](const auto& key) { return key.view.id.text; });
    });
}

Outcome getApiKey(Call& call) {
    const ApiKeyId id(call.param("id"));
    const auto key =
        call.hub.store.read([&](store::ReadTx& tx) { return access::ApiKeys::find(tx, id); });
    if (!key || !access::ApiKeys::maySee(call.who(), *key))
        return call.who().denial(Permission::KeysRead, true);
    return jsonResponse(200, toJson(*key));
}

Outcome revokeApiKey(Call& call) {
    const ApiKeyId id(call.param("id"));
    const auto key =
        call.hub.store.read([&](store::ReadTx& tx) { return access::ApiKeys::find(tx, id); });
    if (!key || !access::ApiKeys::maySee(call.who(), *key))
        return call.who().denial(Permission::KeysWrite, true);
    return commit<void>(
        call, call.hub.keys.revoke(call.who(), *key), [] { return http::Response::empty(204); },
        store::Urgency::Essential);
}

}  // namespace trusthub::api
