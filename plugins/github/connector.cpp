#include "sdk/plugin.h"
#include "webhook.h"

namespace trusthub::github {

class Connector final : public sdk::Connector, private sdk::Probe {
public:
    explicit Connector(sdk::Host& host) : webhook_(host) {}

    sdk::Probe& probe() override { return *this; }
    sdk::InboundSource* inboundSource() noexcept override { return &webhook_; }

private:
    sdk::Result<sdk::ProbeReport> probe(std::stop_token) override {
        return sdk::ProbeReport{
            "Ready. GitHub calls the hub and nothing outbound is needed, so there was nothing to "
            "try; "
            "redeliver the ping on the webhook's page at GitHub to see the whole way."};
    }

    Webhook webhook_;
};

}  // namespace trusthub::github

TRUSTHUB_PLUGIN(trusthub::github::Connector, "github", "1.0.0");
