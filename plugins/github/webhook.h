// GitHub's webhook deliveries: decoding, X-Hub-Signature-256 and what a push or pull request means.
#pragma once

#include "sdk/host.h"
#include "sdk/inbound.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace trusthub::github {

/// `host` must outlive the source. [any thread]
class Webhook final : public sdk::InboundSource {
public:
    explicit Webhook(const sdk::Host& host) : crypto_(host.crypto()), json_(host.json()) {}

    sdk::Result<sdk::InboundIdentity> identify(const sdk::InboundMessage& message) const override;
    bool verify(const sdk::InboundMessage& message,
                std::span<const sdk::InboundSecret> secrets) const noexcept override;
    sdk::Result<sdk::InboundEvent> translate(const sdk::InboundIdentity& identity) const override;

private:
    const sdk::Crypto& crypto_;
    const sdk::JsonParser& json_;
};

/// The value of one member of an application/x-www-form-urlencoded text, decoded once. Null when
/// the member is missing, there twice, or badly encoded.
std::optional<std::string> formMember(std::string_view form, std::string_view name);

}  // namespace trusthub::github
