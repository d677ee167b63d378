#include "access/permissions.h"

#include <array>
#include <initializer_list>

namespace trusthub::access {
namespace {

using P = Permission;

struct Row {
    Permission permission;
    std::string_view name;
    KeyType least;  ///< the weakest key type that lets it through
};

// The order is that of the enumeration.
constexpr std::array<Row, static_cast<std::size_t>(P::Count)> kRows{{
    {P::AlertsRead, "alerts:read", KeyType::ReadOnly},
    {P::AuditRead, "audit:read", KeyType::ReadOnly},
    {P::ConnectionsRead, "connections:read", KeyType::ReadOnly},
    {P::ConnectionsWrite, "connections:write", KeyType::ReadWrite},
    {P::ConnectorsRead, "connectors:read", KeyType::ReadOnly},
    {P::DeliveriesRead, "deliveries:read", KeyType::ReadOnly},
    {P::DeliveriesRetry, "deliveries:retry", KeyType::ReadWrite},
    {P::EndpointsRead, "endpoints:read", KeyType::ReadOnly},
    {P::EndpointsTest, "endpoints:test", KeyType::ReadWrite},
    {P::EndpointsWrite, "endpoints:write", KeyType::ReadWrite},
    {P::EventsRead, "events:read", KeyType::ReadOnly},
    {P::EventsWrite, "events:write", KeyType::ReadWrite},
    {P::KeysRead, "keys:read", KeyType::Admin},
    {P::KeysWrite, "keys:write", KeyType::Admin},
    {P::MetricsRead, "metrics:read", KeyType::ReadOnly},
    {P::ProjectsRead, "projects:read", KeyType::ReadOnly},
    {P::ProjectsWrite, "projects:write", KeyType::Admin},
    {P::ReceiptsRead, "receipts:read", KeyType::ReadOnly},
    {P::ReceiptsReplay, "receipts:replay", KeyType::ReadWrite},
    {P::ScansRead, "scans:read", KeyType::ReadOnly},
    {P::ScansTrigger, "scans:trigger", KeyType::ReadWrite},
    {P::TeamsRead, "teams:read", KeyType::Admin},
    {P::TeamsWrite, "teams:write", KeyType::Admin},
    {P::UsersRead, "users:read", KeyType::Admin},
    {P::UsersWrite, "users:write", KeyType::Admin},
    {P::WebhooksReceive, "webhooks:receive", KeyType::Webhook},
}};

PermissionSet setOf(std::initializer_list<Permission> permissions) {
    PermissionSet set;
    for (const Permission permission : permissions) set.set(bit(permission));
    return set;
}

PermissionSet upTo(KeyType type) {
    PermissionSet set;
    for (const Row& row : kRows)
        if (row.least <= type) set.set(bit(row.permission));
    return set;
}

PermissionSet everyRead() {
    PermissionSet set;
    for (const Row& row : kRows)
        if (row.name.ends_with(":read")) set.set(bit(row.permission));
    return set;
}

}  // namespace

std::string_view text(Permission permission) {
    return kRows[bit(permission)].name;
}

std::optional<Permission> parsePermission(std::string_view text) {
    for (const Row& row : kRows)
        if (row.name == text) return row.permission;
    return std::nullopt;
}

std::vector<std::string> names(const PermissionSet& set) {
    std::vector<std::string> list;
    for (const Row& row : kRows)
        if (set.test(bit(row.permission))) list.emplace_back(row.name);
    return list;
}

std::string knownPermissions() {
    std::string list;
    for (const Row& row : kRows) list.append(list.empty() ? "" : ", ").append(row.name);
    return list;
}

std::string_view text(KeyType type) {
    static constexpr std::array<std::string_view, 4> kNames{"read_only", "read_write", "admin",
                                                            "webhook"};
    return kNames[static_cast<std::size_t>(type)];
}

std::optional<KeyType> parseKeyType(std::string_view name) {
    for (const KeyType type :
         {KeyType::ReadOnly, KeyType::ReadWrite, KeyType::Admin, KeyType::Webhook})
        if (text(type) == name) return type;
    return std::nullopt;
}

const PermissionSet& ceiling(KeyType type) {
    static const std::array<PermissionSet, 4> kCeilings{
        upTo(KeyType::ReadOnly), upTo(KeyType::ReadWrite), upTo(KeyType::Admin),
        setOf({P::WebhooksReceive})};
    return kCeilings[static_cast<std::size_t>(type)];
}

std::string_view text(Scope scope) {
    static constexpr std::array<std::string_view, 3> kNames{"org", "team", "project"};
    return kNames[static_cast<std::size_t>(scope)];
}

std::optional<Scope> parseScope(std::string_view name) {
    for (const Scope scope : {Scope::Org, Scope::Team, Scope::Project})
        if (text(scope) == name) return scope;
    return std::nullopt;
}

const PermissionSet& withinReach(Scope scope) {
    static const PermissionSet kAll = PermissionSet{}.set();
    static const std::array<PermissionSet, 3> kReach{
        kAll, kAll & ~setOf({P::UsersWrite, P::MetricsRead}),
        setOf({P::ConnectorsRead, P::EventsRead, P::KeysRead, P::KeysWrite, P::ProjectsRead,
               P::ProjectsWrite, P::ReceiptsRead, P::ReceiptsReplay, P::ScansRead, P::ScansTrigger,
               P::WebhooksReceive})};
    return kReach[static_cast<std::size_t>(scope)];
}

const PermissionSet& permissionsOf(people::Role role) {
    static const PermissionSet kAll = PermissionSet{}.set();
    static const PermissionSet kAuditor = everyRead();
    static const PermissionSet kTeamAdmin =
        setOf({P::AlertsRead,     P::AuditRead,      P::ConnectionsRead, P::ConnectionsWrite,
               P::ConnectorsRead, P::DeliveriesRead, P::DeliveriesRetry, P::EndpointsRead,
               P::EndpointsTest,  P::EndpointsWrite, P::EventsRead,      P::EventsWrite,
               P::KeysRead,       P::KeysWrite,      P::ProjectsRead,    P::ProjectsWrite,
               P::ReceiptsRead,   P::ReceiptsReplay, P::ScansRead,       P::ScansTrigger,
               P::TeamsRead,      P::UsersRead,      P::WebhooksReceive});
    static const PermissionSet kDeveloper =
        setOf({P::ConnectionsRead, P::ConnectorsRead, P::DeliveriesRead, P::EndpointsRead,
               P::EventsRead, P::KeysRead, P::KeysWrite, P::ProjectsRead, P::ReceiptsRead,
               P::ReceiptsReplay, P::ScansRead, P::ScansTrigger, P::TeamsRead, P::WebhooksReceive});
    static const PermissionSet kAccountManager =
        setOf({P::ConnectionsRead, P::ConnectorsRead, P::DeliveriesRead, P::DeliveriesRetry,
               P::EndpointsRead, P::EndpointsTest, P::EventsRead, P::ProjectsRead, P::ReceiptsRead,
               P::ReceiptsReplay, P::ScansRead, P::TeamsRead});
    switch (role) {
        case people::Role::SuperAdmin:
            return kAll;
        case people::Role::Auditor:
            return kAuditor;
        case people::Role::TeamAdmin:
            return kTeamAdmin;
        case people::Role::Developer:
            return kDeveloper;
        case people::Role::AccountManager:
            return kAccountManager;
    }
    return kAccountManager;
}

}  // namespace trusthub::access
