#include "inbound/proof.h"

#include "access/confirm.h"
#include "base/text.h"

#include <algorithm>

namespace trusthub::inbound {
std::optional<SecretString> keyText(const sdk::Headers& headers) {
    if (headers.count("Authorization") != 1) return std::nullopt;
    const std::string_view value = headers.get("Authorization");
    const std::size_t space = value.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const std::string_view scheme = value.substr(0, space);
    const std::string_view credential = base::trim(value.substr(space + 1));
    if (base::equalsIgnoreCase(scheme, "Bearer")) return SecretString(std::string(credential));
    if (!base::equalsIgnoreCase(scheme, "Basic")) return std::nullopt;
    auto pair = base::fromBase64(credential);
    if (!pair) return std::nullopt;
    const std::size_t colon = pair->find(':');
    if (colon == std::string::npos) return std::nullopt;
    return SecretString(pair->substr(colon + 1));
}

std::string_view text(Proof proof) {
    switch (proof) {
        case Proof::None:
            return "";
        case Proof::Signature:
            return "signature";
        case Proof::Token:
            return "token";
        case Proof::WebhookKey:
            return "webhook_key";
    }
    return "";
}

bool carriesSignature(const sdk::Headers& headers) {
    return headers.find("webhook-signature") || headers.find("X-Hub-Signature-256") ||
           headers.find("X-Hub-Signature");
}

std::vector<sdk::InboundSecret> toSdk(const std::vector<people::WebhookSecret>& secrets) {
    std::vector<sdk::InboundSecret> out;
    for (const auto& secret : secrets)
        out.push_back({secret.kind == people::SecretKind::Signing ? sdk::InboundSecretKind::Signing
                                                                  : sdk::InboundSecretKind::Token,
                       secret.value});
    return out;
}

std::optional<access::Principal> WebhookKeys::find(const sdk::Headers& headers,
                                                   Actor caller) const {
    const auto text = keyText(headers);
    if (!text) return std::nullopt;
    auto key = verifier_.verifyWebhookKey(text->reveal(), std::move(caller));
    if (!key) return std::nullopt;
    return *std::move(key);
}

bool WebhookKeys::admits(const access::Principal& key, const people::Project& project) {
    return key.may(access::Permission::WebhooksReceive, {project.teamId.text, project.id.text});
}

bool WebhookKeys::stillAdmits(store::ReadTx& tx, const access::Principal& key,
                              const people::Project& project) const {
    return access::confirm(tx, key, clock_.now()) && admits(key, project);
}

void WebhookKeys::recordUse(const access::Principal& key) const {
    usage_.record({key.key()->id, "POST /v1/webhooks/{id}", key.actor().ip, key.actor().userAgent,
                   200, clock_.now()});
}

Proof proofOf(const sdk::InboundSource& source, const sdk::InboundMessage& message,
              const std::vector<people::WebhookSecret>& all, bool byKey) {
    const bool isSigned = carriesSignature(message.headers);
    std::vector<people::WebhookSecret> secrets;
    for (const auto& secret : all)
        if (!secret.validUntil || *secret.validUntil > message.receivedAt)
            secrets.push_back(secret);
    if (source.verify(message, toSdk(secrets))) return isSigned ? Proof::Signature : Proof::Token;
    const bool signing = std::ranges::any_of(secrets, [](const people::WebhookSecret& secret) {
        return secret.kind == people::SecretKind::Signing;
    });
    return byKey && !isSigned && !signing ? Proof::WebhookKey : Proof::None;
}

}  // namespace trusthub::inbound
