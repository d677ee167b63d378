#include "sdk/plugin.h"
#include "secrets.h"
#include "webhook.h"

namespace trusthub::github {

class Connector final : public sdk::Connector, private sdk::Probe {
public:
    explicit Connector(sdk::Host& host) : webhook_(host), secrets_(host) {}

    sdk::Probe& probe() override { return *this; }
    sdk::InboundSource* inboundSource() noexcept override { return &webhook_; }
    sdk::SecretSink* secretSink() noexcept override { return &secrets_; }

private:
    sdk::Result<sdk::ProbeReport> probe(std::stop_token) override {
        if (auto report = secrets_.probe()) return *std::move(report);
        return sdk::ProbeReport{
            "Ready. GitHub calls the hub and there is no token for calls to GitHub, so there was "
            "nothing to try; redeliver the ping on the webhook's page at GitHub to see the whole "
            "way."};
    }

    Webhook webhook_;
    ActionsSecrets secrets_;
};

}  // namespace trusthub::github

TRUSTHUB_PLUGIN(trusthub::github::Connector, "github", "1.1.0");
