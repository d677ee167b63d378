// GitHub Actions secrets over the REST API: a key's successor, sealed, for the workflows that use
// it.
#pragma once

#include "sdk/host.h"
#include "sdk/probe.h"
#include "sdk/secret_sink.h"

#include <string>
#include <string_view>

namespace trusthub::github {

/// `host` must outlive it. [any worker thread]
class ActionsSecrets final : public sdk::SecretSink {
public:
    explicit ActionsSecrets(sdk::Host& host) : host_(host) {}

    std::string_view credential() const noexcept override { return "token"; }
    sdk::Result<void> check(const sdk::SecretTarget& target) const override;
    sdk::Result<sdk::SinkKey> publicKey(const sdk::SecretTarget& target) override;
    sdk::Result<void> put(const sdk::SecretTarget& target,
                          const sdk::SealedSecret& secret) override;

    /// Null: there is no token to try.
    std::optional<sdk::Result<sdk::ProbeReport>> probe();

private:
    /// An answer of 2xx or 422; every other one is an error that says what to do.
    sdk::Result<sdk::HttpResponse> call(std::string method, std::string_view path,
                                        std::string body = {});
    sdk::Error refusal(const sdk::HttpResponse& answer) const;
    sdk::Error limited(const sdk::HttpResponse& answer) const;

    sdk::Host& host_;
};

}  // namespace trusthub::github
