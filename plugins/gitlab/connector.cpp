#include "sdk/plugin.h"
#include "webhook.h"

namespace trusthub::gitlab {

class Connector final : public sdk::Connector, private sdk::Probe {
public:
    explicit Connector(sdk::Host& host) : webhook_(host) {}

    sdk::Probe& probe() override { return *this; }
    sdk::InboundSource* inboundSource() noexcept override { return &webhook_; }

private:
    sdk::Result<sdk::ProbeReport> probe(std::stop_token) override {
        return sdk::ProbeReport{
            "Ready. GitLab calls the hub and nothing outbound is needed, so there was nothing to "
            "try; "
            "send a test push event from the webhook's page at GitLab to see the whole way."};
    }

    Webhook webhook_;
};

}  // namespace trusthub::gitlab

TRUSTHUB_PLUGIN(trusthub::gitlab::Connector, "gitlab", "1.0.0");
