#include "connectors/secret_sinks.h"

#include <algorithm>

namespace trusthub::connectors {
namespace {

constexpr std::string_view kConnection = "/deliver/connection_id";

Error noSink() {
    return fail(ErrorKind::Conflict, "The connection's connector takes no sealed secrets.");
}

}  // namespace

Result<void> SecretSinks::fits(store::ReadTx& tx, const access::KeySink& sink,
                               std::string_view teamId) const {
    const auto connection = Connections::find(tx, sink.connection);
    if (!connection || connection->teamId != teamId)
        return invalid(std::string(kConnection),
                       "there is no such connection of the key's own team");
    const sdk::SecretSink* takes = registry_.secretSink(connection->connector);
    if (!takes)
        return invalid(std::string(kConnection), "the connector `" + connection->connector +
                                                     "` takes no secrets that are sealed to a "
                                                     "public key; choose a connection of one with "
                                                     "the capability secret_sink, or an endpoint");
    const std::string credential(takes->credential());
    if (std::ranges::find(connection->secretNames, credential) == connection->secretNames.end())
        return invalid(std::string(kConnection),
                       "the connection has no `" + credential + "`; set it first");
    auto checked = takes->check(sink.target);
    if (checked) return {};
    Error error = std::move(checked).error();
    for (auto& field : error.fields) field.pointer.insert(0, "/deliver");
    return error;
}

std::optional<access::KeySinks::Standing> SecretSinks::standing(
    store::ReadTx& tx, const ConnectionId& connection) const {
    const auto found = Connections::find(tx, connection);
    if (!found) return std::nullopt;
    return Standing{found->status == ConnectionStatus::Active, found->updatedAt, found->name};
}

Result<std::unique_ptr<OpenConnector>> SecretSinks::open(const ConnectionId& id,
                                                         const std::stop_token& stop) {
    const auto connection =
        services_.store.read([&](store::ReadTx& tx) { return Connections::find(tx, id); });
    if (!connection || connection->status != ConnectionStatus::Active)
        return fail(ErrorKind::Conflict, "The connection is paused or gone.",
                    std::string(access::kSinkNotActive));
    auto values = connections_.valuesOf(*connection);
    if (!values) return std::move(values).error();
    const HostServices services{transport_(stop), services_.store, services_.clock, services_.log,
                                services_.metrics};
    return registry_.open(
        connection->connector,
        makeHost(*registry_.descriptor(connection->connector), services, *std::move(values)));
}

Result<sdk::SinkKey> SecretSinks::publicKey(const access::KeySink& sink,
                                            const std::stop_token& stop) {
    const auto opened = open(sink.connection, stop);
    if (!opened) return opened.error();
    sdk::SecretSink* takes = (*opened)->secretSink();
    return takes ? takes->publicKey(sink.target) : noSink();
}

Result<void> SecretSinks::put(const access::KeySink& sink, const sdk::SealedSecret& secret,
                              const std::stop_token& stop) {
    const auto opened = open(sink.connection, stop);
    if (!opened) return opened.error();
    sdk::SecretSink* takes = (*opened)->secretSink();
    return takes ? takes->put(sink.target, secret) : noSink();
}

}  // namespace trusthub::connectors
