#include "inbound/proof.h"

#include "base/text.h"
#include "people/users.h"

#include <algorithm>

namespace trusthub::inbound {
namespace {

/// The key text in `Authorization: Bearer KEY` or `Basic base64(ANY:KEY)`.
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

}  // namespace

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

std::optional<access::KeyView> WebhookKeys::find(store::ReadTx& tx,
                                                 const sdk::Headers& headers) const {
    const auto text = keyText(headers);
    if (!text) return std::nullopt;
    const auto key = keys_.verify(tx, text->reveal());
    if (!key || key->view.type != access::KeyType::Webhook) return std::nullopt;
    return key->view;
}

bool WebhookKeys::admits(store::ReadTx& tx, const ApiKeyId& id,
                         const people::Project& project) const {
    const TimePoint now = clock_.now();
    if (!access::ApiKeys::stands(tx, id, now)) return false;
    const auto key = access::ApiKeys::find(tx, id);
    if (!key) return false;
    const access::KeyView& view = key->view;
    if (view.scope != access::Scope::Org && view.teamId != project.teamId.text) return false;
    if (view.scope == access::Scope::Project && view.projectId != project.id.text) return false;
    auto issuer = people::Users::find(tx, UserId(key->issuedBy), now);
    if (!issuer || issuer->status != "active") return false;
    // A key of this type has no permissions of its own; its issuer's right to set off what the
    // delivery sets off is what bounds it.
    return access::Principal(*std::move(issuer), people::Session{}, Actor{})
        .may(access::Permission::ScansTrigger, {project.teamId.text, project.id.text});
}

void WebhookKeys::recordUse(const access::KeyView& key, std::string_view address) const {
    usage_.record(key.id, clock_.now(), address);
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
