// A connector whose setting `fault` says where it fails. Macros make it wrong for the loader.
#include "sdk/plugin.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#ifndef SAMPLE_ABI
#define SAMPLE_ABI ::trusthub::sdk::kAbiVersion
#endif
#ifndef SAMPLE_TOOLCHAIN
#define SAMPLE_TOOLCHAIN ::trusthub::sdk::kToolchain
#endif
#ifndef SAMPLE_ID
#define SAMPLE_ID "sample"
#endif
#ifndef SAMPLE_VERSION
#define SAMPLE_VERSION "1.2.3"
#endif
#ifndef SAMPLE_SIZE
#define SAMPLE_SIZE sizeof(::trusthub::sdk::PluginEntry)
#endif
#ifndef SAMPLE_CREATE
#define SAMPLE_CREATE create
#endif
#ifndef SAMPLE_SYMBOL
#define SAMPLE_SYMBOL trusthub_plugin_v1
#endif

namespace trusthub::sample {
namespace {

struct NoException {};

/// Shows that code of the library ran as soon as it was mapped.
struct Marker {
    Marker() {
        if (const char* file = std::getenv("TRUSTHUB_SAMPLE_MARKER")) std::ofstream(file) << "ran";
    }
};
const Marker kMarker;

class Sample final : public sdk::Connector,
                     private sdk::Probe,
                     private sdk::InboundSource,
                     private sdk::Scanner,
                     private sdk::SecretSink {
public:
    explicit Sample(sdk::Host& host) : host_(host), fault_(host.settings().string("fault")) {
        failAt("create");
        host.log().write(sdk::LogLevel::Info, "created");
    }
    ~Sample() override { host_.log().write(sdk::LogLevel::Info, "destroyed"); }

    sdk::Probe& probe() override {
        failAt("accessor");
        return *this;
    }
    sdk::InboundSource* inboundSource() noexcept override {
        return fault_ == "no_inbound" ? nullptr : this;
    }
    sdk::Scanner* scanner() noexcept override { return fault_ == "no_scanner" ? nullptr : this; }
    sdk::SecretSink* secretSink() noexcept override {
        return fault_.starts_with("sink") ? this : nullptr;
    }

private:
    void failAt(std::string_view step) const {
        if (fault_ == step) throw std::runtime_error("a text with hunter2 in it");
        if (fault_ == "object" && step != "create" && step != "accessor") throw NoException{};
        if (fault_ == "memory" && step == "scan") throw std::bad_alloc();
    }

    Result<sdk::ProbeReport> probe(std::stop_token) override {
        failAt("probe");
        return sdk::ProbeReport{"fine"};
    }
    Result<sdk::InboundIdentity> identify(const sdk::InboundMessage&) const override {
        failAt("identify");
        sdk::InboundIdentity identity;
        identity.event = "push";
        return identity;
    }
    bool verify(const sdk::InboundMessage&,
                std::span<const sdk::InboundSecret> secrets) const override {
        failAt("verify");
        return !secrets.empty();
    }
    Result<sdk::InboundEvent> translate(const sdk::InboundIdentity&) const override {
        failAt("translate");
        return sdk::InboundEvent{sdk::Ignored{"sample"}};
    }
    Result<sdk::ScanReport> scan(const sdk::ScanRequest&, sdk::Workspace&) override {
        failAt("scan");
        return sdk::ScanReport{"c0ffee", "text/plain", "body", "nothing"};
    }
    std::string_view credential() const noexcept override { return "fault"; }
    Result<void> check(const sdk::SecretTarget&) const override {
        failAt("sink_check");
        return {};
    }
    Result<sdk::SinkKey> publicKey(const sdk::SecretTarget&) override {
        failAt("sink_key");
        return sdk::SinkKey{"1", std::string(32, 'k')};
    }
    Result<void> put(const sdk::SecretTarget&, const sdk::SealedSecret&) override {
        failAt("sink_put");
        return {};
    }

    sdk::Host& host_;
    const std::string fault_;
};

sdk::Connector* create(sdk::Host& host) {
    return new Sample(host);
}
[[maybe_unused]] sdk::Connector* createNothing(sdk::Host&) {
    return nullptr;
}
// One of the two is not used by the entry.
[[maybe_unused]] auto* const kCreate = &create;
void destroy(sdk::Connector* connector) noexcept {
    delete connector;
}

}  // namespace
}  // namespace trusthub::sample

using namespace trusthub::sample;

extern "C" TRUSTHUB_EXPORT const ::trusthub::sdk::PluginEntry SAMPLE_SYMBOL;
const ::trusthub::sdk::PluginEntry SAMPLE_SYMBOL = {
    SAMPLE_SIZE, SAMPLE_ABI, SAMPLE_TOOLCHAIN, SAMPLE_ID, SAMPLE_VERSION, SAMPLE_CREATE, destroy};
