// Permissions: the closed list of `resource:action`, what a key type lets through and what a role
// has.
#pragma once

#include "people/roles.h"

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::access {

enum class Permission : std::uint8_t {
    AlertsRead,
    AuditRead,
    ConnectionsRead,
    ConnectionsWrite,
    ConnectorsRead,
    DeliveriesRead,
    DeliveriesRetry,
    EndpointsRead,
    EndpointsTest,
    EndpointsWrite,
    EventsRead,
    EventsWrite,
    KeysRead,
    KeysWrite,
    MetricsRead,
    ProjectsRead,
    ProjectsWrite,
    ReceiptsRead,
    ReceiptsReplay,
    ScansRead,
    ScansTrigger,
    TeamsRead,
    TeamsWrite,
    UsersRead,
    UsersWrite,
    WebhooksReceive,  ///< of webhook keys alone: to authenticate deliveries that come in
    Count
};

using PermissionSet = std::bitset<static_cast<std::size_t>(Permission::Count)>;

std::string_view text(Permission permission);  ///< `scans:trigger`
std::optional<Permission> parsePermission(std::string_view text);
std::vector<std::string> names(const PermissionSet& set);
std::string knownPermissions();  ///< for error texts

enum class KeyType : std::uint8_t { ReadOnly, ReadWrite, Admin, Webhook };
std::string_view text(KeyType type);
std::optional<KeyType> parseKeyType(std::string_view text);
/// The most that a key of this type can do, whatever its permissions say.
const PermissionSet& ceiling(KeyType type);

enum class Scope : std::uint8_t { Org, Team, Project };
std::string_view text(Scope scope);
std::optional<Scope> parseScope(std::string_view text);

/// What is asked for within reach of a key of that scope, as the route matrix shows: the rest lies
/// in the organization, or beside a project's own things.
const PermissionSet& withinReach(Scope scope);

/// What a role may do where it is held; super_admin's cover the organization and every team.
const PermissionSet& permissionsOf(people::Role role);

inline std::size_t bit(Permission permission) {
    return static_cast<std::size_t>(permission);
}

}  // namespace trusthub::access
