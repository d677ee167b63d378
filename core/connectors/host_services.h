// Host services: what one connector is given of the hub, bound to its descriptor, settings and
// secrets.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "config/schema.h"
#include "connectors/descriptor.h"
#include "connectors/registry.h"
#include "http/client.h"
#include "sdk/host.h"
#include "store/store.h"

#include <functional>
#include <memory>
#include <stop_token>

namespace trusthub::connectors {

/// Sends one request through the guard; http::Client in the hub. [thread-safe]
using Transport = std::function<Result<sdk::HttpResponse>(const sdk::HttpRequest&)>;

/// What all connectors share. All of it outlives every host.
struct HostServices {
    Transport transport;
    store::Store& store;
    const base::Clock& clock;
    base::Log& log;
    base::Metrics& metrics;
};

/// The transport of the hub: its client, under the purpose `connectors`. `client` outlives it. A
/// stop answers Cancelled to what is under way.
Transport clientTransport(http::Client& client, std::stop_token stop = {});

/// The host of one connector. `values` are its validated settings and its secrets.
std::unique_ptr<sdk::Host, void (*)(sdk::Host*)> makeHost(const Descriptor& descriptor,
                                                          const HostServices& services,
                                                          config::Validated values);

/// Hosts with the descriptors' defaults and no secrets. Throws std::runtime_error, which the
/// registry shows, when a setting without default is required.
HostFactory hostFactory(HostServices services);

}  // namespace trusthub::connectors
