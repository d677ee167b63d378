#include "connectors/registry.h"

#include "base/text.h"
#include "connectors/discovery.h"
#include "connectors/fence.h"

#include <exception>
#include <map>

namespace trusthub::connectors {
namespace {

using HostPtr = std::unique_ptr<sdk::Host, void (*)(sdk::Host*)>;

/// A connector at work. Members die in reverse: first the fences, then the connector, then its
/// host.
struct Running {
    Running(const Descriptor& descriptor, HostPtr hostOwned, base::Metrics* metrics)
        : host(std::move(hostOwned)), faults(descriptor.id, host->log(), metrics) {}

    HostPtr host;
    FaultSink faults;
    ConnectorPtr connector{nullptr, nullptr};
    std::unique_ptr<sdk::InboundSource> inbound;
    std::unique_ptr<sdk::Scanner> scanner;
    std::unique_ptr<sdk::Probe> probe;
};

/// What the descriptor promises and the connector gives must be the same.
Result<void> checkCapability(const Found& found, Capability capability, bool given) {
    if (found.descriptor->has(capability) == given) return {};
    const std::string name(text(capability));
    return fail(ErrorKind::PluginFault,
                found.library.string() + ": found " + (given ? "a" : "no") + " capability " + name +
                    ", needed " + (given ? "none" : "it") + " as " + found.yaml.string() + " says");
}

}  // namespace

class Registry::Impl {
public:
    void start(Candidate candidate, const HostFactory& makeHost, base::Metrics* metrics,
               base::Log& log) {
        if (candidate.library) {
            if (auto running = run(candidate, makeHost, metrics))
                running_.emplace(candidate.found.descriptor->id, *std::move(running));
            else
                candidate.found.refusal = std::string(running.error().text());
        }
        const Found& found = candidate.found;
        if (found.refusal.empty())
            log.info("connector loaded")
                .with("connector", found.descriptor->id)
                .with("version", found.descriptor->version);
        else
            log.error("connector refused").with("reason", found.refusal);
        found_.push_back(std::move(candidate.found));
    }

    const std::vector<Found>& found() const { return found_; }
    const Running* running(std::string_view id) const {
        const auto at = running_.find(id);
        return at == running_.end() ? nullptr : at->second.get();
    }

private:
    using RunningPtr = std::unique_ptr<Running>;

    static Result<RunningPtr> run(const Candidate& candidate, const HostFactory& makeHost,
                                  base::Metrics* metrics) try {
        const Found& found = candidate.found;
        auto running =
            std::make_unique<Running>(*found.descriptor, makeHost(*found.descriptor), metrics);
        auto connector = candidate.library->create(*running->host);
        if (!connector) return std::move(connector).error();
        running->connector = *std::move(connector);

        sdk::Connector& plugin = *running->connector;
        sdk::InboundSource* inbound = plugin.inboundSource();
        sdk::Scanner* scanner = plugin.scanner();
        for (const auto& [capability, given] : {std::pair{Capability::Inbound, inbound != nullptr},
                                                std::pair{Capability::Scanner, scanner != nullptr}})
            if (auto agrees = checkCapability(found, capability, given); !agrees)
                return std::move(agrees).error();
        if (inbound) running->inbound = fenceInbound(*inbound, running->faults);
        if (scanner) running->scanner = fenceScanner(*scanner, running->faults);
        running->probe = fenceProbe(plugin, running->faults);
        return running;
    } catch (const std::exception& exception) {
        return fail(ErrorKind::PluginFault, candidate.found.library.string() + ": " +
                                                std::string(base::clipUtf8(exception.what(), 500)));
    }

    std::vector<Found> found_;
    std::map<std::string, RunningPtr, std::less<>> running_;
};

Registry::Registry(const std::filesystem::path& folder, const HostFactory& makeHost, base::Log& log,
                   const RegistryOptions& options)
    : impl_(std::make_unique<Impl>()) {
    for (Candidate& candidate : discover(folder, options.trustFile))
        impl_->start(std::move(candidate), makeHost, options.metrics, log);
    if (impl_->found().empty()) log.warn("no connectors found").with("folder", folder.string());
}

Registry::~Registry() = default;

const std::vector<Found>& Registry::found() const {
    return impl_->found();
}

const sdk::InboundSource* Registry::inboundSource(std::string_view id) const {
    const Running* running = impl_->running(id);
    return running ? running->inbound.get() : nullptr;
}

sdk::Scanner* Registry::scanner(std::string_view id) const {
    const Running* running = impl_->running(id);
    return running ? running->scanner.get() : nullptr;
}

sdk::Probe* Registry::probe(std::string_view id) const {
    const Running* running = impl_->running(id);
    return running ? running->probe.get() : nullptr;
}

}  // namespace trusthub::connectors
