// Proof: by what a delivery is believed for one project: signature, token or a `webhook` key.
#pragma once

#include "access/key_usage.h"
#include "access/key_verifier.h"
#include "people/projects.h"
#include "sdk/inbound.h"

#include <optional>
#include <string_view>
#include <vector>

namespace trusthub::inbound {

enum class Proof : std::uint8_t { None, Signature, Token, WebhookKey };
/// `signature`, `token`, `webhook_key`; empty for None.
std::string_view text(Proof proof);

/// The key that the delivery brings: `Authorization: Bearer KEY` or `Basic base64(ANY:KEY)`.
std::optional<SecretString> keyText(const sdk::Headers& headers);

/// Whether the delivery claims to be signed: then it stands or falls by that.
bool carriesSignature(const sdk::Headers& headers);

std::vector<sdk::InboundSecret> toSdk(const std::vector<people::WebhookSecret>& secrets);

/// `webhook` keys, for senders that cannot sign.
class WebhookKeys {
public:
    WebhookKeys(access::KeyVerifier& verifier, access::KeyUsage& usage, const base::Clock& clock)
        : verifier_(verifier), usage_(usage), clock_(clock) {}

    /// The key of type `webhook` that the delivery brings as Bearer or as the password of Basic,
    /// in force and allowed from the caller's address. [HTTP workers]
    std::optional<access::Principal> find(const sdk::Headers& headers, Actor caller) const;
    /// Whether its scope covers the project and its owner may have deliveries received there.
    static bool admits(const access::Principal& key, const people::Project& project);
    /// Whether that holds still. [in a unit]
    bool stillAdmits(store::ReadTx& tx, const access::Principal& key,
                     const people::Project& project) const;
    void recordUse(const access::Principal& key) const;

private:
    access::KeyVerifier& verifier_;
    access::KeyUsage& usage_;
    const base::Clock& clock_;
};

/// The proof that the delivery brings for that project, by those of `all` its secrets that are
/// valid at its time of receipt. `byKey`: whether a `webhook` key admits it there. Once the project
/// has a signing token, what is not signed is refused with a key, too.
Proof proofOf(const sdk::InboundSource& source, const sdk::InboundMessage& message,
              const std::vector<people::WebhookSecret>& all, bool byKey);

}  // namespace trusthub::inbound
