#include "api/places.h"

#include "inbound/receipts.h"

#include <algorithm>
#include <array>

namespace trusthub::api {
namespace {

using access::Permission;

struct Owned {
    std::string teamId, projectId;
};
using Find = std::optional<Owned> (*)(const Call& asker, store::ReadTx& tx, const std::string& id);

std::optional<Owned> project(const Call&, store::ReadTx& tx, const std::string& id) {
    const auto found = people::Projects::find(tx, ProjectId(id));
    if (!found) return std::nullopt;
    return Owned{found->teamId.text, found->id.text};
}

std::optional<Owned> scan(const Call&, store::ReadTx& tx, const std::string& id) {
    const auto found = scans::ScanQueue::find(tx, ScanId(id));
    if (!found) return std::nullopt;
    return Owned{found->teamId, found->projectId.text};
}

std::optional<Owned> receipt(const Call&, store::ReadTx& tx, const std::string& id) {
    const auto found = inbound::Receipts::find(tx, ReceiptId(id));
    if (!found) return std::nullopt;
    return Owned{found->teamId, found->projectId.text};
}

std::optional<Owned> event(const Call& asker, store::ReadTx& tx, const std::string& id) {
    const auto found = asker.hub.events.find(tx, EventId(id));
    if (!found) return std::nullopt;
    return Owned{found->teamId, ""};
}

std::optional<Owned> endpoint(const Call& asker, store::ReadTx& tx, const std::string& id) {
    const auto found = asker.hub.endpoints.find(tx, EndpointId(id));
    if (!found) return std::nullopt;
    return Owned{found->teamId, ""};
}

std::optional<Owned> delivery(const Call&, store::ReadTx& tx, const std::string& id) {
    const auto found = outbound::Deliveries::find(tx, DeliveryId(id));
    if (!found) return std::nullopt;
    return Owned{found->teamId, ""};
}

std::optional<Owned> apiKey(const Call&, store::ReadTx& tx, const std::string& id) {
    const auto found = access::ApiKeys::find(tx, ApiKeyId(id));
    if (!found) return std::nullopt;
    return Owned{found->view.teamId, found->view.projectId};
}

std::optional<Owned> alert(const Call&, store::ReadTx& tx, const std::string& id) {
    const auto found = health::alerts_repo::find(tx, id);
    if (!found) return std::nullopt;
    return Owned{found->teamId, ""};
}

std::optional<Owned> team(const Call&, store::ReadTx&, const std::string& id) {
    return Owned{id, ""};
}

std::optional<Owned> organization(const Call&, store::ReadTx&, const std::string&) {
    return Owned{};
}

struct Row {
    std::string_view prefix;  ///< of the pattern
    Permission see;           ///< whoever has it there may see the thing
    Find find;
};

constexpr std::array kRows{
    Row{"/v1/projects/{id}", Permission::ProjectsRead, project},
    Row{"/v1/scans/{id}", Permission::ScansRead, scan},
    Row{"/v1/receipts/{id}", Permission::ReceiptsRead, receipt},
    Row{"/v1/events/{id}", Permission::EventsRead, event},
    Row{"/v1/endpoints/{id}", Permission::EndpointsRead, endpoint},
    Row{"/v1/deliveries/{id}", Permission::DeliveriesRead, delivery},
    Row{"/v1/api-keys/{id}", Permission::KeysRead, apiKey},
    Row{"/v1/alerts/{id}", Permission::AlertsRead, alert},
    Row{"/v1/teams/{id}", Permission::TeamsRead, team},
    // The organization's own.
    Row{"/v1/users", Permission::UsersRead, organization},
    Row{"/v1/admin/", Permission::AuditRead, organization},
    Row{"/v1/audit/", Permission::AuditRead, organization},
};

std::string idOf(const http::PathParams& params) {
    return params.empty() ? std::string() : params.front().second;
}

}  // namespace

NamedPlace placeOf(const Call& asker, store::ReadTx& tx, const Route& route,
                   const http::PathParams& params,
                   const std::map<std::string, std::string, std::less<>>& query) {
    NamedPlace named;
    const auto row = std::ranges::find_if(
        kRows, [&](const Row& each) { return route.pattern.starts_with(each.prefix); });
    std::optional<Owned> owned;
    if (row != kRows.end()) {
        named.permission = row->see;
        owned = row->find(asker, tx, idOf(params));
        // What belongs to the organization as such is no secret; a thing in it may be.
        if (owned && row->find != organization &&
            !asker.who().may(row->see, {owned->teamId, owned->projectId}))
            owned.reset();
    } else if (route.method == "POST" && route.pattern == "/v1/teams") {
        owned = Owned{};
    } else if (const auto wanted = query.find("project_id"); wanted != query.end()) {
        owned = project(asker, tx, wanted->second);
        if (owned && !asker.who().may(Permission::ProjectsRead, {owned->teamId, owned->projectId}))
            owned.reset();
    } else {
        return named;
    }
    named.kind = owned ? NamedPlace::Kind::Known : NamedPlace::Kind::Unknown;
    if (owned) {
        named.teamId = std::move(owned->teamId);
        named.projectId = std::move(owned->projectId);
    }
    return named;
}

}  // namespace trusthub::api
