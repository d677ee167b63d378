// Connections: configured uses of connectors, with their settings checked and their secrets sealed.
#pragma once

#include "audit/audit_log.h"
#include "base/actor.h"
#include "base/clock.h"
#include "base/ids.h"
#include "connectors/registry.h"
#include "events/events.h"
#include "json/json.h"
#include "store/sealer.h"

#include <optional>
#include <string>
#include <vector>

namespace trusthub::connectors {

enum class ConnectionStatus : std::uint8_t { Active, Paused };
std::string_view text(ConnectionStatus status);
std::optional<ConnectionStatus> parseConnectionStatus(std::string_view text);

struct Connection {
    ConnectionId id;
    std::string connector, name;
    std::string teamId;                    ///< empty: the organization
    json::Object settings;                 ///< without secrets
    std::vector<std::string> secretNames;  ///< of the settings that are secrets and set
    ConnectionStatus status = ConnectionStatus::Active;
    TimePoint createdAt, updatedAt;
};

json::Object toJson(const Connection& connection);

class Connections {
public:
    Connections(const Registry& registry, store::Store& store, store::Sealer& sealer,
                audit::AuditLog& audit, events::Events& events, const base::Clock& clock,
                base::IdSource& ids);

    struct New {
        std::string connector, name, teamId;
        json::Object settings;
    };
    /// InvalidInput names each setting that does not fit the connector's description, a connector
    /// that is not loaded and a team that is not there; Conflict `name_taken` within the team.
    store::Unit<Connection> create(const Actor& actor, New wanted);
    struct Change {
        std::optional<std::string> name;
        /// All settings anew. A secret that is left out stays only if nothing else changes: what
        /// was given for one place must not be sent to another.
        std::optional<json::Object> settings;
        std::optional<ConnectionStatus> status;
    };
    /// Conflict `connection_changed` when it is another than `seen` by then.
    store::Unit<Connection> update(const Actor& actor, const Connection& seen, Change change);
    store::Unit<void> remove(const Actor& actor, const Connection& seen);

    /// Settings and secrets as a connector is given them. NotFound when the connector is not
    /// loaded. [not on the writer]
    Result<config::Validated> valuesOf(const Connection& connection);

    static std::optional<Connection> find(store::ReadTx& tx, const ConnectionId& id);
    /// Newest first; `teams` null: all.
    static std::vector<Connection> list(store::ReadTx& tx,
                                        const std::optional<std::vector<std::string>>& teams,
                                        std::string_view after, std::size_t limit);
    static std::int64_t count(store::ReadTx& tx,
                              const std::optional<std::vector<std::string>>& teams,
                              std::int64_t cap);

private:
    struct Checked;
    Result<Checked> check(const Connection& connection, const json::Object& settings,
                          const json::Object& kept) const;
    Result<json::Object> secretsOf(const ConnectionId& id);

    const Registry& registry_;
    store::Store& store_;
    store::Sealer& sealer_;
    audit::AuditLog& audit_;
    events::Events& events_;
    const base::Clock& clock_;
    base::IdSource& ids_;
};

}  // namespace trusthub::connectors
