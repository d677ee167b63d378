// Proof: by what a delivery is believed for one project: signature, token or a `webhook` key.
#pragma once

#include "access/api_keys.h"
#include "access/key_usage.h"
#include "people/projects.h"
#include "sdk/inbound.h"

#include <optional>
#include <string_view>
#include <vector>

namespace trusthub::inbound {

enum class Proof : std::uint8_t { None, Signature, Token, WebhookKey };
/// `signature`, `token`, `webhook_key`; empty for None.
std::string_view text(Proof proof);

/// Whether the delivery claims to be signed: then it stands or falls by that.
bool carriesSignature(const sdk::Headers& headers);

std::vector<sdk::InboundSecret> toSdk(const std::vector<people::WebhookSecret>& secrets);

/// `webhook` keys, for senders that cannot sign. [HTTP workers; reads only]
class WebhookKeys {
public:
    WebhookKeys(const access::ApiKeys& keys, access::KeyUsage& usage, const base::Clock& clock)
        : keys_(keys), usage_(usage), clock_(clock) {}

    /// The key of type `webhook` that the delivery brings as Bearer or as the password of Basic.
    std::optional<access::KeyView> find(store::ReadTx& tx, const sdk::Headers& headers) const;
    /// Whether the key is in force, its scope covers the project, and whoever issued it may still
    /// trigger scans there. [also in a unit]
    bool admits(store::ReadTx& tx, const ApiKeyId& id, const people::Project& project) const;
    void recordUse(const access::KeyView& key, std::string_view address) const;

private:
    const access::ApiKeys& keys_;
    access::KeyUsage& usage_;
    const base::Clock& clock_;
};

/// The proof that the delivery brings for that project, by those of `all` its secrets that are
/// valid at its time of receipt. `byKey`: whether a `webhook` key admits it there. Once the project
/// has a signing token, what is not signed is refused with a key, too.
Proof proofOf(const sdk::InboundSource& source, const sdk::InboundMessage& message,
              const std::vector<people::WebhookSecret>& all, bool byKey);

}  // namespace trusthub::inbound
