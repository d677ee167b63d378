#include "connectors/connections.h"

#include "base/text.h"
#include "connectors/connection_settings.h"
#include "json/or_null.h"
#include "people/teams.h"
#include "store/filter.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::connectors {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO connections (id, connector, name, team_id, settings, secrets_sealed, secret_names,"
    " status, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    " ON CONFLICT (team_id, name) DO NOTHING";
constexpr std::string_view kSelect =
    "SELECT id, connector, name, team_id, settings, secret_names, status, created_at, updated_at"
    " FROM connections WHERE id = $1";
constexpr std::string_view kSecrets = "SELECT secrets_sealed FROM connections WHERE id = $1";
constexpr std::string_view kByName = "SELECT id FROM connections WHERE team_id = $1 AND name = $2";
constexpr std::string_view kUpdate =
    "UPDATE connections SET name = $1, settings = $2, secret_names = $3, status = $4,"
    " updated_at = $5 WHERE id = $6 AND updated_at = $7";
constexpr std::string_view kSetSecrets = "UPDATE connections SET secrets_sealed = $1 WHERE id = $2";
constexpr std::string_view kDelete = "DELETE FROM connections WHERE id = $1";
constexpr std::string_view kCountOfTeam = "SELECT count(*) FROM connections WHERE team_id = $1";

constexpr std::int64_t kMostPerTeam = 500;

store::SealPlace placeOf(const ConnectionId& id) {
    return {"connections", "secrets", id.text};
}

Connection connectionOf(const store::Rows& rows) {
    Connection connection;
    connection.id = rows.id<ConnectionId>(0);
    connection.connector = rows.text(1);
    connection.name = rows.text(2);
    connection.teamId = rows.text(3);
    if (auto settings = json::parse(rows.view(4)); settings && settings->is_object())
        connection.settings = std::move(settings->get_object());
    for (const auto name : base::split(rows.view(5), ' '))
        if (!name.empty()) connection.secretNames.emplace_back(name);
    // A status that this program does not know fails closed.
    connection.status = parseConnectionStatus(rows.view(6)).value_or(ConnectionStatus::Paused);
    connection.createdAt = rows.time(7);
    connection.updatedAt = rows.time(8);
    return connection;
}

std::vector<std::string> namesOf(const json::Object& object) {
    std::vector<std::string> names;
    for (const auto& member : object) names.emplace_back(member.key());
    return names;
}

json::Object eventData(const Connection& connection) {
    return {{"id", connection.id.text},
            {"connector", connection.connector},
            {"name", connection.name},
            {"status", text(connection.status)}};
}

Error nameTaken() {
    return fail(ErrorKind::Conflict, "The team has a connection with this name already.",
                "name_taken");
}

template <class T>
store::Unit<T> refused(Error error) {
    return [error = std::move(error)](store::WriteTx&) -> Result<T> { return error; };
}

store::Filter filterOf(const std::optional<std::vector<std::string>>& teams) {
    store::Filter filter;
    if (teams) filter.addIn("team_id", *teams);
    return filter;
}

}  // namespace

std::string_view text(ConnectionStatus status) {
    return status == ConnectionStatus::Paused ? "paused" : "active";
}

std::optional<ConnectionStatus> parseConnectionStatus(std::string_view name) {
    for (const auto status : {ConnectionStatus::Active, ConnectionStatus::Paused})
        if (text(status) == name) return status;
    return std::nullopt;
}

json::Object toJson(const Connection& connection) {
    json::Array secrets;
    for (const auto& name : connection.secretNames) secrets.emplace_back(name);
    return {{"id", connection.id.text},
            {"connector", connection.connector},
            {"name", connection.name},
            {"team_id", json::textOrNull(connection.teamId)},
            {"settings", connection.settings},
            {"secrets_set", std::move(secrets)},
            {"status", text(connection.status)},
            {"created_at", formatTime(connection.createdAt)},
            {"updated_at", formatTime(connection.updatedAt)}};
}

/// A connection with settings that fit, and its secrets if there are any.
struct Connections::Checked {
    Connection connection;
    std::optional<store::Sealed> secrets;
};

Connections::Connections(const Registry& registry, store::Store& store, store::Sealer& sealer,
                         audit::AuditLog& audit, events::Events& events, const base::Clock& clock,
                         base::IdSource& ids)
    : registry_(registry),
      store_(store),
      sealer_(sealer),
      audit_(audit),
      events_(events),
      clock_(clock),
      ids_(ids) {}

Result<Connections::Checked> Connections::check(const Connection& connection,
                                                const json::Object& settings,
                                                const json::Object& kept) const {
    const Descriptor* descriptor = registry_.descriptor(connection.connector);
    if (!descriptor)
        return invalid("/connector", "no such connector is loaded; GET /v1/connectors lists them");
    const config::Schema& schema = descriptor->settings;
    json::Object whole = settings;
    for (const auto& member : kept)
        if (!whole.contains(member.key())) whole[member.key()] = member.value();
    auto read = readSettings(schema, whole);
    if (!read) return read.error();
    if (read->plain != connection.settings && !kept.empty()) {
        read = readSettings(schema, settings);
        if (!read) return read.error();
    }
    Checked checked{connection, std::nullopt};
    checked.connection.settings = std::move(read->plain);
    checked.connection.secretNames = namesOf(read->secrets);
    if (!read->secrets.empty())
        checked.secrets = sealer_.seal({connection.teamId, "secrets"}, placeOf(connection.id),
                                       json::serialize(read->secrets));
    return checked;
}

Result<json::Object> Connections::secretsOf(const ConnectionId& id) {
    return store_.read([&](store::ReadTx& tx) -> Result<json::Object> {
        std::string sealed;
        {
            store::Rows rows = tx.query(kSecrets, id);
            if (!rows.next() || rows.isNull(0)) return json::Object{};
            sealed = rows.text(0);
        }
        const auto opened = sealer_.openSecret(tx, placeOf(id), sealed);
        if (!opened) return opened.error();
        auto value = json::parse(opened->reveal());
        if (!value || !value->is_object()) return fail(ErrorKind::Internal);
        return std::move(value->get_object());
    });
}

store::Unit<Connection> Connections::create(const Actor& actor, New wanted) {
    Connection connection;
    connection.id = ids_.next<ConnectionId>();
    connection.connector = std::move(wanted.connector);
    connection.name = std::move(wanted.name);
    connection.teamId = std::move(wanted.teamId);
    connection.createdAt = connection.updatedAt = clock_.now();
    auto checked = check(connection, wanted.settings, {});
    if (!checked) return refused<Connection>(checked.error());
    auto created = events_.draft("connection.created", connection.teamId, eventData(connection));
    return [this, actor, checked = *std::move(checked),
            created = std::move(created)](store::WriteTx& tx) -> Result<Connection> {
        const Connection& c = checked.connection;
        if (!c.teamId.empty() && !people::Teams::exists(tx, c.teamId))
            return invalid("/team_id", "there is no such team");
        {
            store::Rows rows = tx.query(kCountOfTeam, c.teamId);
            if (rows.next() && rows.integer(0) >= kMostPerTeam)
                return fail(ErrorKind::Conflict, "The team has 500 connections already.");
        }
        const auto sealed =
            checked.secrets ? store::Param(checked.secrets->into(tx)) : store::Param(store::Null{});
        if (tx.execute(kInsert, c.id, c.connector, c.name, c.teamId, json::serialize(c.settings),
                       sealed, base::join(c.secretNames, " "), text(c.status), c.createdAt,
                       c.updatedAt) == 0)
            return nameTaken();
        audit_.append(tx, actor, {"create", "connections", c.id.text, c.teamId, eventData(c)});
        events_.emit(tx, actor, created);
        return c;
    };
}

store::Unit<Connection> Connections::update(const Actor& actor, const Connection& seen,
                                            Change change) {
    Checked next{seen, std::nullopt};
    json::Array changed;
    if (change.settings) {
        const auto kept = secretsOf(seen.id);
        if (!kept) return refused<Connection>(kept.error());
        auto checked = check(seen, *change.settings, *kept);
        if (!checked) return refused<Connection>(checked.error());
        next = *std::move(checked);
        changed.emplace_back("settings");
    }
    Connection& connection = next.connection;
    if (change.name && *change.name != seen.name) {
        connection.name = *std::move(change.name);
        changed.emplace_back("name");
    }
    if (change.status && *change.status != seen.status) {
        connection.status = *change.status;
        changed.emplace_back("status");
    }
    // Later than any version before it, also when two changes fall into one millisecond.
    connection.updatedAt = std::max(clock_.now(), seen.updatedAt + Milliseconds{1});
    auto updated = events_.draft("connection.updated", seen.teamId, eventData(connection));
    return [this, actor, seen, next = std::move(next), anew = change.settings.has_value(), changed,
            updated = std::move(updated)](store::WriteTx& tx) -> Result<Connection> {
        const Connection& c = next.connection;
        if (c.name != seen.name && tx.query(kByName, c.teamId, c.name).next()) return nameTaken();
        if (tx.execute(kUpdate, c.name, json::serialize(c.settings), base::join(c.secretNames, " "),
                       text(c.status), c.updatedAt, c.id, seen.updatedAt) == 0) {
            if (!find(tx, c.id)) return fail(ErrorKind::NotFound);
            return fail(ErrorKind::Conflict, "The connection changed meanwhile; read it again.",
                        "connection_changed");
        }
        if (anew)
            tx.execute(
                kSetSecrets,
                next.secrets ? store::Param(next.secrets->into(tx)) : store::Param(store::Null{}),
                c.id);
        audit_.append(tx, actor,
                      {"update",
                       "connections",
                       c.id.text,
                       c.teamId,
                       {{"changed", changed}, {"status", text(c.status)}}});
        events_.emit(tx, actor, updated);
        return c;
    };
}

store::Unit<void> Connections::remove(const Actor& actor, const Connection& seen) {
    auto deleted = events_.draft("connection.deleted", seen.teamId, eventData(seen));
    return [this, actor, seen, deleted = std::move(deleted)](store::WriteTx& tx) -> Result<void> {
        if (tx.execute(kDelete, seen.id) == 0) return fail(ErrorKind::NotFound);
        audit_.append(tx, actor,
                      {"delete", "connections", seen.id.text, seen.teamId, eventData(seen)});
        events_.emit(tx, actor, deleted);
        return {};
    };
}

Result<config::Validated> Connections::valuesOf(const Connection& connection) {
    const Descriptor* descriptor = registry_.descriptor(connection.connector);
    if (!descriptor) return fail(ErrorKind::NotFound, "The connection's connector is not loaded.");
    auto secrets = secretsOf(connection.id);
    if (!secrets) return std::move(secrets).error();
    json::Object whole = connection.settings;
    for (const auto& member : *secrets) whole[member.key()] = member.value();
    return settingsFor(descriptor->settings, whole);
}

std::optional<Connection> Connections::find(store::ReadTx& tx, const ConnectionId& id) {
    store::Rows rows = tx.query(kSelect, id);
    if (!rows.next()) return std::nullopt;
    return connectionOf(rows);
}

std::vector<Connection> Connections::list(store::ReadTx& tx,
                                          const std::optional<std::vector<std::string>>& teams,
                                          std::string_view after, std::size_t limit) {
    store::Filter filter = filterOf(teams);
    if (!after.empty()) filter.add("id < ", after);
    const std::string most = filter.bind(limit);
    const std::string sql =
        "SELECT id, connector, name, team_id, settings, secret_names, status, created_at,"
        " updated_at FROM connections" +
        filter.where() + " ORDER BY id DESC LIMIT " + most;
    std::vector<Connection> found;
    for (store::Rows rows = tx.queryWith(sql, filter.params()); rows.next();)
        found.push_back(connectionOf(rows));
    return found;
}

std::int64_t Connections::count(store::ReadTx& tx,
                                const std::optional<std::vector<std::string>>& teams,
                                std::int64_t cap) {
    store::Filter filter = filterOf(teams);
    const std::string most = filter.bind(cap);
    const std::string sql = "SELECT count(*) FROM (SELECT 1 FROM connections" + filter.where() +
                            " LIMIT " + most + ") AS counted";
    store::Rows rows = tx.queryWith(sql, filter.params());
    rows.next();
    return rows.integer(0);
}

}  // namespace trusthub::connectors
