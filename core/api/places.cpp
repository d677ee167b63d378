#include "api/places.h"

#include "access/access_review.h"
#include "api/event_rights.h"
#include "api/team_of.h"
#include "api/thing_rules.h"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace trusthub::api {
namespace {

using access::Permission;
using access::Principal;

struct Owned {
    std::string teamId, projectId;
};
using Find = std::optional<Owned> (*)(const AskedCall& asked, store::ReadTx& tx);

std::optional<Owned> project(const AskedCall& asked, store::ReadTx& tx) {
    const auto found = people::Projects::find(tx, ProjectId(asked.id));
    if (!found) return std::nullopt;
    return Owned{found->teamId.text, found->id.text};
}

std::optional<Owned> scan(const AskedCall& asked, store::ReadTx& tx) {
    const auto found = scans::ScanQueue::find(tx, ScanId(asked.id));
    if (!found) return std::nullopt;
    return Owned{found->teamId, found->projectId.text};
}

/// Of a delivery that was refused: the project that the key manages, if there is one.
std::optional<Owned> receipt(const AskedCall& asked, store::ReadTx& tx) {
    const auto refusal = asked.asker.hub.refusals.find(ReceiptId(asked.id));
    if (refusal) {
        if (refusal->projects.empty()) return Owned{};
        const auto& projects = refusal->projects;
        const auto managed = std::ranges::find_if(projects, [&](const auto& one) {
            return asked.key.may(Permission::ProjectsWrite, {one.teamId, one.id.text});
        });
        const auto& shown = managed == projects.end() ? projects.front() : *managed;
        return Owned{shown.teamId, shown.id.text};
    }
    const auto found = inbound::Receipts::find(tx, ReceiptId(asked.id));
    if (!found) return std::nullopt;
    return Owned{found->teamId, found->projectId.text};
}

std::optional<Owned> event(const AskedCall& asked, store::ReadTx& tx) {
    const auto found = asked.asker.hub.events.find(tx, EventId(asked.id));
    if (!found) return std::nullopt;
    // Without the right to read alerts, an alert's event is as good as none.
    const access::Place place{found->teamId, {}};
    if (asked.key.may(Permission::EventsRead, place) && !mayRead(asked.key, *found))
        return std::nullopt;
    return Owned{found->teamId, ""};
}

std::optional<Owned> endpoint(const AskedCall& asked, store::ReadTx& tx) {
    const auto found = asked.asker.hub.endpoints.find(tx, EndpointId(asked.id));
    if (!found) return std::nullopt;
    return Owned{found->teamId, ""};
}

std::optional<Owned> delivery(const AskedCall& asked, store::ReadTx& tx) {
    const auto found = outbound::Deliveries::find(tx, DeliveryId(asked.id));
    if (!found) return std::nullopt;
    return Owned{found->teamId, ""};
}

std::optional<Owned> connection(const AskedCall& asked, store::ReadTx& tx) {
    const auto found = connectors::Connections::find(tx, ConnectionId(asked.id));
    if (!found) return std::nullopt;
    return Owned{found->teamId, ""};
}

std::optional<Owned> apiKey(const AskedCall& asked, store::ReadTx& tx) {
    const auto found = access::ApiKeys::find(tx, ApiKeyId(asked.id));
    if (!found) return std::nullopt;
    return Owned{found->view.teamId, found->view.projectId};
}

std::optional<Owned> alert(const AskedCall& asked, store::ReadTx& tx) {
    const auto found = health::alerts_repo::find(tx, asked.id);
    if (!found) return std::nullopt;
    return Owned{found->teamId, ""};
}

// These lie where they lie, whether they are there or not.

std::optional<Owned> team(const AskedCall& asked, store::ReadTx&) {
    return Owned{asked.id, ""};
}

std::optional<Owned> organization(const AskedCall&, store::ReadTx&) {
    return Owned{};
}

/// What is to be made belongs where its body says.
std::optional<Owned> newOfTeam(const AskedCall& asked, store::ReadTx&) {
    const auto* given = asked.body.if_contains("team_id");
    if (given && given->is_string()) return Owned{std::string(given->get_string()), ""};
    return Owned{defaultTeam(asked.key, *asked.route.permission), ""};
}

/// A project's key lists what is its project's.
std::optional<Owned> ownProject(const AskedCall& asked, store::ReadTx&) {
    const auto& key = *asked.key.key();
    if (key.scope != access::Scope::Project) return std::nullopt;
    return Owned{key.teamId, key.projectId};
}

using There = bool (*)(const AskedCall& asked, store::ReadTx& tx);

bool isTeam(const AskedCall& asked, store::ReadTx& tx) {
    return people::Teams::exists(tx, asked.id);
}

bool isUser(const AskedCall& asked, store::ReadTx& tx, std::string_view kind) {
    const auto found = people::Users::find(tx, UserId(asked.id), asked.asker.hub.clock.now());
    return found && found->kind == kind;
}

bool isPerson(const AskedCall& asked, store::ReadTx& tx) {
    return isUser(asked, tx, people::kPerson);
}

bool isServiceAccount(const AskedCall& asked, store::ReadTx& tx) {
    return isUser(asked, tx, people::kService);
}

bool isAccessReview(const AskedCall& asked, store::ReadTx& tx) {
    return access::AccessReviews::find(tx, asked.id).has_value();
}

struct Row {
    std::string_view method;  ///< empty: any
    std::string_view prefix;  ///< of the pattern
    Permission see;           ///< whoever has it there may see the thing
    Find find;
    There there = nullptr;  ///< where `find` does not tell: asked once nothing else refuses
};

/// The first that fits counts.
constexpr std::array kRows{
    Row{"", "/v1/projects/{id}", Permission::ProjectsRead, project},
    Row{"", "/v1/scans/{id}", Permission::ScansRead, scan},
    Row{"", "/v1/receipts/{id}", Permission::ReceiptsRead, receipt},
    Row{"", "/v1/events/{id}", Permission::EventsRead, event},
    Row{"POST", "/v1/events", Permission::EventsRead, newOfTeam},
    Row{"", "/v1/endpoints/{id}", Permission::EndpointsRead, endpoint},
    Row{"POST", "/v1/endpoints", Permission::EndpointsRead, newOfTeam},
    Row{"", "/v1/deliveries/{id}", Permission::DeliveriesRead, delivery},
    Row{"", "/v1/connections/{id}", Permission::ConnectionsRead, connection},
    Row{"POST", "/v1/connections", Permission::ConnectionsRead, newOfTeam},
    Row{"", "/v1/api-keys/{id}", Permission::KeysRead, apiKey},
    Row{"", "/v1/alerts/{id}", Permission::AlertsRead, alert},
    Row{"", "/v1/teams/{id}", Permission::TeamsRead, team, isTeam},
    Row{"POST", "/v1/teams", Permission::TeamsRead, organization},
    // The organization's own.
    Row{"", "/v1/users/{id}", Permission::UsersRead, organization, isPerson},
    Row{"", "/v1/users", Permission::UsersRead, organization},
    Row{"", "/v1/service-accounts/{id}", Permission::UsersRead, organization, isServiceAccount},
    Row{"", "/v1/service-accounts", Permission::UsersRead, organization},
    Row{"", "/v1/invitations/{id}", Permission::UsersRead, organization},
    Row{"POST", "/v1/invitations", Permission::UsersRead, organization},
    Row{"", "/v1/admin/", Permission::AuditRead, organization},
    Row{"", "/v1/audit/", Permission::AuditRead, organization},
    Row{"", "/v1/access-reviews/{id}", Permission::AuditRead, organization, isAccessReview},
    Row{"", "/v1/access-reviews", Permission::AuditRead, organization},
};

/// Lists of things of teams.
constexpr std::array<std::string_view, 8> kLists{
    "/v1/alerts", "/v1/invitations", "/v1/teams",       "/v1/receipts",
    "/v1/events", "/v1/endpoints",   "/v1/connections", "/v1/audit"};

bool tells(Find find) {
    return find != organization && find != team && find != newOfTeam && find != ownProject;
}

const Row* rowOf(const Route& route) {
    const auto row = std::ranges::find_if(kRows, [&](const Row& each) {
        return (each.method.empty() || each.method == route.method) &&
               route.pattern.starts_with(each.prefix);
    });
    return row == kRows.end() ? nullptr : &*row;
}

NamedPlace withoutRule(const AskedCall& asked, const Row* row, store::ReadTx& tx) {
    NamedPlace named;
    const Route& route = asked.route;
    const bool list =
        route.method == "GET" && std::ranges::find(kLists, route.pattern) != kLists.end();
    std::optional<Owned> owned;
    if (list && route.pattern == "/v1/receipts") owned = ownProject(asked, tx);
    if (list && !owned) {
        named.kind = NamedPlace::Kind::List;
        return named;
    }
    if (!list) {
        if (!row) return named;
        named.permission = row->see;
        owned = row->find(asked, tx);
        if (owned && tells(row->find) &&
            !asked.asker.who().may(row->see, {owned->teamId, owned->projectId}))
            owned.reset();
    }
    named.kind = owned ? NamedPlace::Kind::Known : NamedPlace::Kind::Unknown;
    if (owned) {
        named.teamId = std::move(owned->teamId);
        named.projectId = std::move(owned->projectId);
    }
    return named;
}

}  // namespace

NamedPlace placeOf(const AskedCall& asked, store::ReadTx& tx) {
    const Row* row = rowOf(asked.route);
    NamedPlace named = withoutRule(asked, row, tx);
    // Of what the asker may not see no rule is told.
    if (named.kind == NamedPlace::Kind::Unknown) return named;
    if (auto holds = checkThing(asked, named.place(), tx); !holds)
        named.refused = holds.error();
    else if (row && row->there && asked.asker.who().may(row->see, named.place()) &&
             !row->there(asked, tx))
        named.refused = fail(ErrorKind::NotFound);
    return named;
}

}  // namespace trusthub::api
