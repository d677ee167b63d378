#include "sdk/connector.h"

#include "sdk/plugin.h"

namespace {

using namespace trusthub::sdk;

class AcmeForge final : public Connector, public Probe, public InboundSource {
public:
    explicit AcmeForge(Host& host) : host_(host) {}

    Probe& probe() override { return *this; }
    InboundSource* inboundSource() noexcept override { return this; }

    Result<ProbeReport> probe(std::stop_token) override {
        return ProbeReport{"Nothing to call: Acme Forge calls the hub."};
    }

    Result<InboundIdentity> identify(const InboundMessage& message) const override {
        auto payload = host_.json().parse(message.body);
        if (!payload) return fail(ErrorKind::BadRequest, "the body is not JSON");
        InboundIdentity identity;
        identity.event = "push";
        identity.payload = *std::move(payload);
        return identity;
    }

    bool verify(const InboundMessage& message,
                std::span<const InboundSecret> secrets) const noexcept override try {
        const Crypto& crypto = host_.crypto();
        const std::string_view given = message.headers.get("X-Acme-Signature");
        bool verified = false;
        for (const InboundSecret& secret : secrets) {
            const std::string mac =
                crypto.hex(crypto.hmacSha256(secret.value.reveal(), message.body));
            verified = crypto.equal(mac, given) || verified;
        }
        return verified;
    } catch (...) {
        return false;
    }

    Result<InboundEvent> translate(const InboundIdentity&) const override {
        return InboundEvent{Ignored{"event not used"}};
    }

private:
    Host& host_;
};

}  // namespace

TRUSTHUB_PLUGIN(AcmeForge, "acme_forge", "1.0.0");
