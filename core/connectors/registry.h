// Registry: the loaded connectors, by id. Built at start, then read-only.
#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "connectors/descriptor.h"
#include "sdk/connector.h"
#include "sdk/host.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::connectors {

/// One connector as found in the plugins folder: loaded, or refused with the reason.
struct Found {
    std::filesystem::path yaml;
    std::filesystem::path library;
    std::optional<Descriptor> descriptor;  ///< null when plugin.yaml itself is broken
    std::string refusal;                   ///< empty when loaded: else file, found and needed
};

/// Makes the Host of a connector; owned by the registry, outlives the connector.
using HostPtr = std::unique_ptr<sdk::Host, void (*)(sdk::Host*)>;
using HostFactory = std::function<HostPtr(const Descriptor&)>;

/// One connection at work: a connector of its own on a host of its own. What it gives is fenced and
/// lives as long. Must not outlive the registry.
class OpenConnector {
public:
    virtual ~OpenConnector() = default;
    virtual sdk::SecretSink* secretSink() const = 0;  ///< null when it lacks the capability
};

struct RegistryOptions {
    std::filesystem::path
        trustFile;  ///< DATA/trusted-plugins; empty: only what the build recorded is trusted
    base::Metrics* metrics = nullptr;  ///< counts faults; outlives the registry
};

/// [thread-safe after construction] Libraries are never unloaded; connectors die before their
/// hosts.
class Registry {
public:
    /// Loads every connector of the folder, by id. One that is refused is logged and stops no
    /// other.
    Registry(const std::filesystem::path& folder, const HostFactory& makeHost, base::Log& log,
             const RegistryOptions& options = {});
    ~Registry();

    const std::vector<Found>& found() const;
    /// Null when there is no such connector, it was refused, or it lacks the capability. What they
    /// give is fenced: an exception of the plugin comes back as PluginFault, false or Ignored.
    const sdk::InboundSource* inboundSource(std::string_view id) const;
    sdk::Scanner* scanner(std::string_view id) const;
    sdk::Probe* probe(std::string_view id) const;
    const sdk::SecretSink* secretSink(std::string_view id) const;

    /// Null when it was refused or there is none.
    const Descriptor* descriptor(std::string_view id) const;
    /// A connector for one connection. NotFound; PluginFault when it cannot be made.
    Result<std::unique_ptr<OpenConnector>> open(std::string_view id, HostPtr host) const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace trusthub::connectors
