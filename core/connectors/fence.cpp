#include "connectors/fence.h"

#include "base/text.h"

#include <exception>
#include <new>

namespace trusthub::connectors {
namespace {

constexpr std::size_t kMaxTextBytes = 500;

/// Calls into the plugin. The text of an exception is copied inside the handler: its memory and its
/// type are the plugin's.
template <class R, class F>
R guarded(const FaultSink& faults, std::string_view step, F&& call) {
    try {
        return call();
    } catch (const std::bad_alloc&) {
        return faults.note(step, "out of memory");
    } catch (const std::exception& exception) {
        return faults.note(step, base::clipUtf8(exception.what(), kMaxTextBytes));
    } catch (...) {
        return faults.note(step, "an exception of an unknown type");
    }
}

class FencedInbound final : public sdk::InboundSource {
public:
    FencedInbound(sdk::InboundSource& inner, const FaultSink& faults)
        : inner_(inner), faults_(faults) {}

    Result<sdk::InboundIdentity> identify(const sdk::InboundMessage& message) const override {
        return guarded<Result<sdk::InboundIdentity>>(faults_, "identify",
                                                     [&] { return inner_.identify(message); });
    }
    bool verify(const sdk::InboundMessage& message,
                std::span<const sdk::InboundSecret> secrets) const noexcept override {
        try {
            return inner_.verify(message, secrets);
        } catch (const std::exception& exception) {
            faults_.noteOnly("verify", base::clipUtf8(exception.what(), kMaxTextBytes));
        } catch (...) {
            faults_.noteOnly("verify", "an exception of an unknown type");
        }
        return false;
    }
    Result<sdk::InboundEvent> translate(const sdk::InboundIdentity& identity) const override {
        return guarded<Result<sdk::InboundEvent>>(faults_, "translate",
                                                  [&] { return inner_.translate(identity); });
    }

private:
    sdk::InboundSource& inner_;
    const FaultSink& faults_;
};

class FencedScanner final : public sdk::Scanner {
public:
    FencedScanner(sdk::Scanner& inner, const FaultSink& faults) : inner_(inner), faults_(faults) {}

    Result<sdk::ScanReport> scan(const sdk::ScanRequest& request,
                                 sdk::Workspace& workspace) override {
        return guarded<Result<sdk::ScanReport>>(faults_, "scan",
                                                [&] { return inner_.scan(request, workspace); });
    }

private:
    sdk::Scanner& inner_;
    const FaultSink& faults_;
};

class FencedSecretSink final : public sdk::SecretSink {
public:
    FencedSecretSink(sdk::SecretSink& inner, const FaultSink& faults)
        : inner_(inner), faults_(faults) {}

    std::string_view credential() const noexcept override { return inner_.credential(); }
    Result<void> check(const sdk::SecretTarget& target) const override {
        return guarded<Result<void>>(faults_, "check", [&] { return inner_.check(target); });
    }
    Result<sdk::SinkKey> publicKey(const sdk::SecretTarget& target) override {
        return guarded<Result<sdk::SinkKey>>(faults_, "publicKey",
                                             [&] { return inner_.publicKey(target); });
    }
    Result<void> put(const sdk::SecretTarget& target, const sdk::SealedSecret& secret) override {
        return guarded<Result<void>>(faults_, "put", [&] { return inner_.put(target, secret); });
    }

private:
    sdk::SecretSink& inner_;
    const FaultSink& faults_;
};

class FencedProbe final : public sdk::Probe {
public:
    FencedProbe(sdk::Connector& connector, const FaultSink& faults)
        : connector_(connector), faults_(faults) {}

    Result<sdk::ProbeReport> probe(std::stop_token stop) override {
        return guarded<Result<sdk::ProbeReport>>(
            faults_, "probe", [&] { return connector_.probe().probe(std::move(stop)); });
    }

private:
    sdk::Connector& connector_;
    const FaultSink& faults_;
};

}  // namespace

void FaultSink::noteOnly(std::string_view step, std::string_view text) const noexcept {
    if (metrics_)
        metrics_->count("trusthub_connector_faults_total",
                        {{"connector", connector_}, {"step", step}});
    try {
        log_.write(sdk::LogLevel::Error,
                   "fault in " + std::string(step) + ": " + std::string(text));
    } catch (...) {  // no memory for the line; the count stands
    }
}

Error FaultSink::note(std::string_view step, std::string_view text) const noexcept {
    noteOnly(step, text);
    Error error;
    error.kind = ErrorKind::PluginFault;
    try {
        error.detail =
            "The connector `" + connector_ + "` failed in " + std::string(step) + "; see its log.";
    } catch (...) {  // the kind's own sentence serves
    }
    return error;
}

std::unique_ptr<sdk::InboundSource> fenceInbound(sdk::InboundSource& inner,
                                                 const FaultSink& faults) {
    return std::make_unique<FencedInbound>(inner, faults);
}

std::unique_ptr<sdk::Scanner> fenceScanner(sdk::Scanner& inner, const FaultSink& faults) {
    return std::make_unique<FencedScanner>(inner, faults);
}

std::unique_ptr<sdk::SecretSink> fenceSecretSink(sdk::SecretSink& inner, const FaultSink& faults) {
    return std::make_unique<FencedSecretSink>(inner, faults);
}

std::unique_ptr<sdk::Probe> fenceProbe(sdk::Connector& connector, const FaultSink& faults) {
    return std::make_unique<FencedProbe>(connector, faults);
}

}  // namespace trusthub::connectors
