#include "connectors/registry.h"

#include "base/text.h"
#include "connectors/discovery.h"
#include "connectors/fence.h"

#include <algorithm>
#include <exception>
#include <map>

namespace trusthub::connectors {
namespace {

/// A connector at work. Members die in reverse: first the fences, then the connector, then its
/// host.
struct Running final : OpenConnector {
    Running(const Descriptor& descriptor, HostPtr hostOwned, base::Metrics* metrics)
        : host(std::move(hostOwned)), faults(descriptor.id, host->log(), metrics) {}
    sdk::SecretSink* secretSink() const override { return sink.get(); }

    HostPtr host;
    FaultSink faults;
    ConnectorPtr connector{nullptr, nullptr};
    std::unique_ptr<sdk::InboundSource> inbound;
    std::unique_ptr<sdk::Scanner> scanner;
    std::unique_ptr<sdk::SecretSink> sink;
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
    explicit Impl(base::Metrics* metrics) : metrics_(metrics) {}

    void start(Candidate candidate, const HostFactory& makeHost, base::Log& log) {
        if (candidate.library) {
            const std::string& id = candidate.found.descriptor->id;
            if (auto running = first(candidate, makeHost, metrics_)) {
                running_.emplace(id, *std::move(running));
                libraries_.emplace(id, *candidate.library);
            } else {
                candidate.found.refusal = std::string(running.error().text());
            }
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

    const Found* loaded(std::string_view id) const {
        const auto at = std::ranges::find_if(found_, [&](const Found& one) {
            return one.refusal.empty() && one.descriptor->id == id;
        });
        return at == found_.end() ? nullptr : &*at;
    }
    Result<std::unique_ptr<OpenConnector>> open(std::string_view id, HostPtr host) const {
        const Found* found = loaded(id);
        const auto library = libraries_.find(id);
        if (!found || library == libraries_.end())
            return fail(ErrorKind::NotFound, "No connector of that id is loaded.");
        auto running = run(*found, library->second, std::move(host), metrics_);
        if (!running) return std::move(running).error();
        return std::unique_ptr<OpenConnector>(*std::move(running));
    }

private:
    using RunningPtr = std::unique_ptr<Running>;

    /// The one that serves all connections, with the defaults of the settings.
    static Result<RunningPtr> first(const Candidate& candidate, const HostFactory& makeHost,
                                    base::Metrics* metrics) try {
        return run(candidate.found, *candidate.library, makeHost(*candidate.found.descriptor),
                   metrics);
    } catch (const std::exception& exception) {
        return fail(ErrorKind::PluginFault, candidate.found.library.string() + ": " +
                                                std::string(base::clipUtf8(exception.what(), 500)));
    }

    static Result<RunningPtr> run(const Found& found, const Library& library, HostPtr host,
                                  base::Metrics* metrics) {
        auto running = std::make_unique<Running>(*found.descriptor, std::move(host), metrics);
        auto connector = library.create(*running->host);
        if (!connector) return std::move(connector).error();
        running->connector = *std::move(connector);

        sdk::Connector& plugin = *running->connector;
        sdk::InboundSource* inbound = plugin.inboundSource();
        sdk::Scanner* scanner = plugin.scanner();
        sdk::SecretSink* sink = plugin.secretSink();
        for (const auto& [capability, given] : {std::pair{Capability::Inbound, inbound != nullptr},
                                                std::pair{Capability::Scanner, scanner != nullptr},
                                                std::pair{Capability::SecretSink, sink != nullptr}})
            if (auto agrees = checkCapability(found, capability, given); !agrees)
                return std::move(agrees).error();
        if (inbound) running->inbound = fenceInbound(*inbound, running->faults);
        if (scanner) running->scanner = fenceScanner(*scanner, running->faults);
        if (sink) running->sink = fenceSecretSink(*sink, running->faults);
        running->probe = fenceProbe(plugin, running->faults);
        return running;
    }

    std::vector<Found> found_;
    std::map<std::string, Library, std::less<>> libraries_;
    base::Metrics* metrics_ = nullptr;
    std::map<std::string, RunningPtr, std::less<>> running_;
};

Registry::Registry(const std::filesystem::path& folder, const HostFactory& makeHost, base::Log& log,
                   const RegistryOptions& options)
    : impl_(std::make_unique<Impl>(options.metrics)) {
    for (Candidate& candidate : discover(folder, options.trustFile))
        impl_->start(std::move(candidate), makeHost, log);
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

const sdk::SecretSink* Registry::secretSink(std::string_view id) const {
    const Running* running = impl_->running(id);
    return running ? running->sink.get() : nullptr;
}

const Descriptor* Registry::descriptor(std::string_view id) const {
    const Found* found = impl_->loaded(id);
    return found ? &*found->descriptor : nullptr;
}

Result<std::unique_ptr<OpenConnector>> Registry::open(std::string_view id, HostPtr host) const {
    return impl_->open(id, std::move(host));
}

sdk::Probe* Registry::probe(std::string_view id) const {
    const Running* running = impl_->running(id);
    return running ? running->probe.get() : nullptr;
}

}  // namespace trusthub::connectors
