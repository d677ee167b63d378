// GET /v1/me: who calls, by which credential, with which rights.
#include "api/admission.h"
#include "api/handlers.h"
#include "sdk/json.h"

#include <algorithm>
#include <bit>
#include <set>

namespace trusthub::api {
namespace {

using sdk::JsonWriter;

/// With few permissions and one address range an answer is shorter.
constexpr std::size_t kRoom = 1024;

void textOrNull(JsonWriter& out, sdk::JsonName name, std::string_view text) {
    out.key(name);
    text.empty() ? out.null() : out.value(text);
}

void timeMember(JsonWriter& out, sdk::JsonName name, const std::optional<TimePoint>& time) {
    out.key(name);
    time ? out.value(formatTime(*time)) : out.null();
}

void permissionsMember(JsonWriter& out, sdk::JsonName name, const access::PermissionSet& set) {
    out.key(name).beginArray();
    for (auto left = set.to_ulong(); left != 0; left &= left - 1)
        out.value(access::text(static_cast<access::Permission>(std::countr_zero(left))));
    out.endArray();
}

/// The policy of the key itself, as this very request has left it.
void rateMember(JsonWriter& out, const access::LimitState& state) {
    const auto rows = state.all();
    const auto own =
        std::ranges::find(rows, access::LimitPolicy::Key, &access::LimitState::Row::policy);
    if (own == rows.end()) return;
    out.key("rate_limit")
        .beginObject()
        .member("requests", own->limit.requests)
        .member("per_seconds", own->limit.perSeconds)
        .member("burst", own->limit.burst)
        .member("remaining", own->rate.remaining)
        .endObject();
}

void keyMember(JsonWriter& out, const Call& call, const access::KeyView& key) {
    out.key("key")
        .beginObject()
        .member("id", key.id.text)
        .member("key_prefix", key.prefix)
        .member("name", key.name)
        .member("type", access::text(key.type))
        .member("scope", access::text(key.scope));
    textOrNull(out, "team_id", key.teamId);
    textOrNull(out, "project_id", key.projectId);
    permissionsMember(out, "permissions", key.permissions);
    timeMember(out, "expires_at", key.expiresAt);
    out.key("allowed_ips").beginArray();
    if (!key.allowedIps.empty())
        for (const auto& network : key.allowedIps.texts()) out.value(network);
    out.endArray();
    if (call.limits) rateMember(out, *call.limits);
    out.endObject();
    const auto& owner = call.who().user();
    out.key("owner")
        .beginObject()
        .member("id", owner.id.text)
        .member("kind", owner.kind)
        .member("name", owner.name)
        .endObject();
}

/// For each team that a role names, and first for the organization when a role covers it all.
void teamsMember(JsonWriter& out, const people::User& user) {
    std::set<std::string_view> teams;
    access::PermissionSet everywhere;
    for (const auto& grant : user.roles) {
        teams.insert(grant.teamId);
        if (grant.teamId.empty()) everywhere |= access::permissionsOf(grant.role);
    }
    out.key("teams").beginArray();
    for (const auto team : teams) {
        auto set = everywhere;
        for (const auto& grant : user.roles)
            if (grant.teamId == team) set |= access::permissionsOf(grant.role);
        out.beginObject();
        textOrNull(out, "team_id", team);
        permissionsMember(out, "permissions", set);
        out.endObject();
    }
    out.endArray();
}

}  // namespace

Outcome me(Call& call) {
    const auto& who = call.who();
    JsonWriter out(kRoom);
    out.beginObject().member("kind", who.key() ? "api_key" : "user");
    permissionsMember(out, "permissions",
                      who.key() ? askedOfKeys(who.effective()) : who.effective());
    if (const auto* key = who.key()) {
        keyMember(out, call, *key);
    } else {
        out.key("user").raw(boost::json::serialize(toJson(who.user())));
        teamsMember(out, who.user());
        const auto& session = *who.session();
        out.key("session")
            .beginObject()
            .member("created_at", formatTime(session.createdAt))
            .member("expires_at", formatTime(session.expiresAt))
            .member("idle_ends_at", formatTime(call.hub.sessions.idleEnd(session)))
            .endObject();
    }
    out.endObject();
    return http::Response::json(200, std::move(out).text());
}

}  // namespace trusthub::api
