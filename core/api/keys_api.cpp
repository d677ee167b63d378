// API keys: issue, list, read, narrow, revoke.
#include "access/key_record.h"
#include "api/handlers.h"
#include "api/key_body.h"
#include "api/key_examples.h"
#include "api/pages.h"
#include "api/password_work.h"
#include "base/text.h"

#include <boost/json.hpp>

namespace trusthub::api {
namespace {

using access::Permission;

/// `true` or `false`; null when left out.
Result<std::optional<bool>> flagOf(const Call& call, std::string_view name) {
    const auto text = call.queryValue(name);
    if (text.empty()) return std::optional<bool>{};
    if (text != "true" && text != "false")
        return invalid("/query/" + std::string(name), "one of true, false");
    return std::optional<bool>(text == "true");
}

Result<std::string> idFilter(const Call& call, std::string_view name) {
    auto text = call.queryValue(name);
    if (!text.empty() && !base::isUuid(text))
        return invalid("/query/" + std::string(name), "a UUID in lower case");
    return text;
}

Result<access::KeyFilter> filterOf(const Call& call) {
    access::KeyFilter filter;
    const auto revoked = flagOf(call, "include_revoked");
    const auto never = flagOf(call, "never_expires");
    const auto imported = flagOf(call, "imported");
    const auto team = idFilter(call, "team_id");
    const auto project = idFilter(call, "project_id");
    for (const auto* flag : {&revoked, &never, &imported})
        if (!*flag) return flag->error();
    for (const auto* id : {&team, &project})
        if (!*id) return id->error();
    filter.includeRevoked = revoked->value_or(false);
    filter.neverExpires = *never;
    filter.imported = *imported;
    filter.teamId = *team;
    filter.projectId = *project;
    filter.scope = call.queryValue("scope");
    if (!filter.scope.empty() && !access::parseScope(filter.scope))
        return invalid("/query/scope", "one of org, team, project");
    filter.type = call.queryValue("type");
    if (!filter.type.empty() && !access::parseKeyType(filter.type))
        return invalid("/query/type", "one of read_only, read_write, admin, webhook");
    if (const auto text = call.queryValue("unused_days"); !text.empty()) {
        const auto days = base::parseInteger(text);
        if (!days || *days < 1 || *days > 3650)
            return invalid("/query/unused_days", "a whole number from 1 to 3650");
        filter.unusedSince = call.hub.clock.now() - std::chrono::days(*days);
    }
    return filter;
}

/// The key, if the caller may know of it. A revoked one is there for those only who ask for it.
Result<access::ApiKey> visibleKey(const Call& call, store::ReadTx& tx, Permission permission,
                                  bool revokedToo) {
    auto key = access::ApiKeys::find(tx, ApiKeyId(call.param("id")));
    if (!key || (key->revokedAt && !revokedToo) || !access::ApiKeys::maySee(call.who(), *key))
        return call.who().denial(permission, true);
    return *std::move(key);
}

Result<access::ApiKey> findKey(const Call& call, Permission permission, bool revokedToo) {
    return call.hub.store.read(
        [&](store::ReadTx& tx) { return visibleKey(call, tx, permission, revokedToo); });
}

/// As it stands for those who look after it, too.
json::Object shown(store::ReadTx& tx, const access::ApiKey& key, TimePoint now) {
    json::Object body = toJson(key, now);
    body["effective_status"] = access::standing(tx, key, now);
    return body;
}

}  // namespace

Outcome createApiKey(Call& call) {
    if (auto fresh = requireFreshAuthentication(call); !fresh) return fresh.error();
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    auto wanted = readNewKey(reader, call.hub.clock.now());
    auto rotation = access::readRotation(reader);
    if (auto fits = reader.finish(); !fits) return fits.error();
    auto issue = call.hub.keys.issue(call.who(), std::move(wanted));
    return commit<access::IssuedKey>(
        call, call.hub.rotationSchedules.with(call.who(), std::move(rotation), std::move(issue)),
        [url = call.hub.publicUrl, &clock = call.hub.clock](const access::IssuedKey& issued) {
            json::Object shown = toJson(issued.key, clock.now());
            shown["raw_key"] = issued.raw.reveal();
            shown["examples"] = keyExamples(url, issued.key);
            shown["warnings"] = toJson(issued.warnings);
            auto response = jsonResponse(201, shown);
            response.headers.add("Cache-Control", "no-store");
            return response;
        });
}

Outcome listApiKeys(Call& call) {
    if (auto known =
            call.onlyQuery({"limit", "cursor", "include_revoked", "scope", "team_id", "project_id",
                            "type", "never_expires", "unused_days", "imported"});
        !known)
        return known.error();
    const auto page = pageOf(call);
    if (!page) return page.error();
    const auto filter = filterOf(call);
    if (!filter) return filter.error();
    const TimePoint now = call.hub.clock.now();
    return call.hub.store.read([&](store::ReadTx& tx) -> Outcome {
        const auto keys =
            access::ApiKeys::list(tx, call.who(), *filter, page->after, page->limit + 1);
        const auto total = access::ApiKeys::list(tx, call.who(), *filter, "", kCounted + 1).size();
        return pageResponse(
            keys, *page, static_cast<std::int64_t>(total),
            [&](const auto& key) { return shown(tx, key, now); },
            [](const auto& key) { return key.view.id.text; });
    });
}

Result<json::Object> representApiKey(const Call& call, store::ReadTx& tx) {
    const auto revoked = flagOf(call, "include_revoked");
    if (!revoked) return revoked.error();
    const auto key = visibleKey(call, tx, Permission::KeysRead, revoked->value_or(false));
    if (!key) return key.error();
    return shown(tx, *key, call.hub.clock.now());
}

Outcome getApiKey(Call& call) {
    return readResource(call);
}

Outcome updateApiKey(Call& call) {
    const auto key = findKey(call, Permission::KeysWrite, false);
    if (!key) return key.error();
    auto body = call.json();
    if (!body) return body.error();
    json::ObjectReader reader(*body);
    auto change = readKeyChange(reader, call.hub.clock.now());
    if (auto fits = reader.finish(); !fits) return fits.error();
    return commit<access::ApiKey>(call, call.hub.keys.change(call.who(), *key, std::move(change)),
                                  [&clock = call.hub.clock](const access::ApiKey& changed) {
                                      return jsonResponse(200, toJson(changed, clock.now()));
                                  });
}

Outcome revokeApiKey(Call& call) {
    const auto key = findKey(call, Permission::KeysWrite, true);
    if (!key) return key.error();
    return commit<void>(
        call, call.hub.keys.revoke(call.who(), *key), [] { return http::Response::empty(204); },
        store::Urgency::Essential);
}

}  // namespace trusthub::api
