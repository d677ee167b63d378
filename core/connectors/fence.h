// Fence: a plugin's capabilities as the hub calls them; no exception of the plugin passes.
#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "sdk/connector.h"

#include <memory>
#include <string>
#include <string_view>

namespace trusthub::connectors {

/// Where faults are noted: one log line and one count (`trusthub_connector_faults_total`) each.
/// [thread-safe]
class FaultSink {
public:
    /// What it refers to must outlive it; `log` should redact what the connection's secrets are.
    FaultSink(std::string connector, sdk::PluginLog& log, base::Metrics* metrics)
        : connector_(std::move(connector)), log_(log), metrics_(metrics) {}

    /// The PluginFault for the caller: names connector and step. The plugin's own text goes to the
    /// log only, for it may hold anything.
    Error note(std::string_view step, std::string_view text) const noexcept;
    /// The same for a fault that the caller is not told.
    void noteOnly(std::string_view step, std::string_view text) const noexcept;

private:
    std::string connector_;
    sdk::PluginLog& log_;
    base::Metrics* metrics_;
};

/// Each wrapper answers PluginFault (`verify`: false) instead of throwing. `inner` and `faults`
/// must outlive it.
std::unique_ptr<sdk::InboundSource> fenceInbound(sdk::InboundSource& inner,
                                                 const FaultSink& faults);
std::unique_ptr<sdk::Scanner> fenceScanner(sdk::Scanner& inner, const FaultSink& faults);
std::unique_ptr<sdk::SecretSink> fenceSecretSink(sdk::SecretSink& inner, const FaultSink& faults);
std::unique_ptr<sdk::Probe> fenceProbe(sdk::Connector& connector, const FaultSink& faults);

}  // namespace trusthub::connectors
