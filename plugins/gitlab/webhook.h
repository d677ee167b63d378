// GitLab's webhook deliveries: X-Gitlab-Token, the signatures of GitLab 19.0, and what a hook
// means.
#pragma once

#include "sdk/host.h"
#include "sdk/inbound.h"

#include <span>

namespace trusthub::gitlab {

/// How far `webhook-timestamp` may be from the time of receipt, to either side.
inline constexpr std::chrono::seconds kTolerance{300};

/// `host` must outlive the source. [any thread]
class Webhook final : public sdk::InboundSource {
public:
    explicit Webhook(const sdk::Host& host) : crypto_(host.crypto()), json_(host.json()) {}

    sdk::Result<sdk::InboundIdentity> identify(const sdk::InboundMessage& message) const override;

    /// A delivery that carries `webhook-signature` stands or falls by it. One without is measured
    /// by its token, but only while no signing secret is among `secrets`: from then on unsigned is
    /// refused.
    bool verify(const sdk::InboundMessage& message,
                std::span<const sdk::InboundSecret> secrets) const noexcept override;

    sdk::Result<sdk::InboundEvent> translate(const sdk::InboundIdentity& identity) const override;

private:
    const sdk::Crypto& crypto_;
    const sdk::JsonParser& json_;
};

}  // namespace trusthub::gitlab
