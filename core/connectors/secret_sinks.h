// SecretSinks: hands sealed keys to connections whose connector has the capability `secret_sink`.
#pragma once

#include "access/key_sinks.h"
#include "connectors/connections.h"
#include "connectors/host_services.h"

#include <functional>

namespace trusthub::connectors {

/// Each call opens the connection anew, so that a token that was changed counts at once, and so
/// does a pause.
class SecretSinks final : public access::KeySinks {
public:
    /// How calls go out until that token asks to stop.
    using StoppableTransport = std::function<Transport(std::stop_token)>;

    SecretSinks(const Registry& registry, Connections& connections, StoppableTransport transport,
                const HostServices& services)
        : registry_(registry),
          connections_(connections),
          transport_(std::move(transport)),
          services_(services) {}

    Result<void> fits(store::ReadTx& tx, const access::KeySink& sink,
                      std::string_view teamId) const override;
    std::optional<Standing> standing(store::ReadTx& tx,
                                     const ConnectionId& connection) const override;
    Result<sdk::SinkKey> publicKey(const access::KeySink& sink,
                                   const std::stop_token& stop) override;
    Result<void> put(const access::KeySink& sink, const sdk::SealedSecret& secret,
                     const std::stop_token& stop) override;

private:
    Result<std::unique_ptr<OpenConnector>> open(const ConnectionId& id,
                                                const std::stop_token& stop);

    const Registry& registry_;
    Connections& connections_;
    const StoppableTransport transport_;
    const HostServices services_;
};

}  // namespace trusthub::connectors
