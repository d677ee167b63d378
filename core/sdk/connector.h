// Connector: one configured use of a plugin; its capabilities are small interfaces, null when
// absent.
#pragma once

#include "sdk/inbound.h"
#include "sdk/probe.h"
#include "sdk/scanner.h"
#include "sdk/secret_sink.h"

namespace trusthub::sdk {

/// Made by the plugin's `create`, destroyed by its `destroy`. Every method may be called from any
/// thread between the two; what an accessor returns belongs to the connector and lives as long.
class Connector {
public:
    virtual ~Connector() = default;
    virtual Probe& probe() = 0;
    virtual InboundSource* inboundSource() noexcept { return nullptr; }
    virtual Scanner* scanner() noexcept { return nullptr; }
    virtual SecretSink* secretSink() noexcept { return nullptr; }
};

}  // namespace trusthub::sdk
