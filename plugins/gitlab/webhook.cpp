#include "webhook.h"

#include "mapping.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trusthub::gitlab {
namespace {

constexpr std::string_view kThrowAwayKey = "no secret is configured here";
constexpr std::size_t kMaxSignatures = 16;

/// `application/json; charset=utf-8` -> `application/json`.
std::string_view mediaType(const sdk::Headers& headers) {
    std::string_view type = headers.get("Content-Type");
    type = type.substr(0, type.find(';'));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
    while (!type.empty() && (type.front() == ' ' || type.front() == '\t')) type.remove_prefix(1);
    return type;
}

/// What the delivery shows for itself.
struct Proof {
    bool isSigned = false;          ///< carries `webhook-signature`, well formed or not
    bool fresh = false;             ///< its time is within the tolerance
    std::string content;            ///< what a signature covers: `{id}.{timestamp}.{body}`
    std::vector<std::string> macs;  ///< of version `v1`; other versions are skipped
    std::string tokenDigest;
    bool hasToken = false;
};

std::optional<std::int64_t> unixSeconds(std::string_view text) {
    std::int64_t value = 0;
    if (text.empty() || text.size() > 12 || text.front() < '0' || text.front() > '9')
        return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Proof proofOf(const sdk::InboundMessage& message, const sdk::Crypto& crypto) {
    const sdk::Headers& headers = message.headers;
    const std::string_view id = headers.get("webhook-id");
    const std::string_view timestamp = headers.get("webhook-timestamp");
    Proof proof;
    proof.isSigned = headers.find("webhook-signature").has_value();
    if (const auto sent = unixSeconds(timestamp)) {
        const sdk::TimePoint at{std::chrono::seconds{*sent}};
        proof.fresh = std::chrono::abs(message.receivedAt - at) <= kTolerance;
    }
    proof.content.reserve(id.size() + timestamp.size() + message.body.size() + 2);
    proof.content.append(id).append(".").append(timestamp).append(".").append(message.body);
    // Repeats of the header would let two readers see two deliveries.
    const bool single = headers.count("webhook-signature") == 1 &&
                        headers.count("webhook-id") == 1 &&
                        headers.count("webhook-timestamp") == 1 && !id.empty();
    std::string_view list = single ? headers.get("webhook-signature") : std::string_view{};
    while (!list.empty() && proof.macs.size() < kMaxSignatures) {
        const std::size_t end = list.find(' ');
        const std::string_view item = list.substr(0, end);
        list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
        if (!item.starts_with("v1,")) continue;
        if (auto mac = crypto.decodeBase64(item.substr(3)); mac && mac->size() == 32)
            proof.macs.push_back(*std::move(mac));
    }
    const std::string_view token = headers.get("X-Gitlab-Token");
    proof.hasToken = headers.count("X-Gitlab-Token") == 1 && !token.empty();
    proof.tokenDigest = crypto.sha256(token);
    return proof;
}

/// The raw key of `whsec_<base64>`; the prefix may be missing. Null when it cannot be one.
std::optional<std::string> signingKey(std::string_view secret, const sdk::Crypto& crypto) {
    constexpr std::string_view kPrefix = "whsec_";
    if (secret.starts_with(kPrefix)) secret.remove_prefix(kPrefix.size());
    auto key = crypto.decodeBase64(secret);
    if (!key || key->empty()) return std::nullopt;
    return key;
}

}  // namespace

sdk::Result<sdk::InboundIdentity> Webhook::identify(const sdk::InboundMessage& message) const {
    sdk::InboundIdentity identity;
    identity.event = message.headers.get("X-Gitlab-Event");
    if (identity.event.empty())
        return fail(ErrorKind::InvalidInput, "The header X-Gitlab-Event is missing.",
                    "missing_header");
    if (!sdk::equalsIgnoreCase(mediaType(message.headers), "application/json"))
        return fail(ErrorKind::UnsupportedMediaType, "Send application/json.");
    auto document = json_.parse(message.body);
    if (!document) return std::move(document).error();
    identity.payload = *std::move(document);
    const sdk::JsonValue payload = identity.payload.root();
    if (!payload.isObject())
        return fail(ErrorKind::BadRequest, "The payload is not a JSON object.");
    identity.repositoryUrls = repositoryUrls(payload);

    // X-Gitlab-Webhook-UUID is new for each attempt and X-Gitlab-Event-UUID is shared by hooks that
    // set off each other: neither names a delivery.
    identity.deliveryId = message.headers.get("webhook-id");
    if (identity.deliveryId.empty()) identity.deliveryId = message.headers.get("Idempotency-Key");
    if (identity.deliveryId.empty()) {
        // GitLab before 17.4 sends no stable id.
        std::string text = identity.event;
        text.append("\n").append(payload["ref"].string()).append("\n").append(message.body);
        identity.deliveryId = "sha256:" + crypto_.hex(crypto_.sha256(text));
    }
    return identity;
}

bool Webhook::verify(const sdk::InboundMessage& message,
                     std::span<const sdk::InboundSecret> secrets) const noexcept try {
    const Proof proof = proofOf(message, crypto_);
    const bool signing = std::any_of(secrets.begin(), secrets.end(), [](const auto& secret) {
        return secret.kind == sdk::InboundSecretKind::Signing;
    });
    // Every path computes the same: a refusal must not tell by its time whether a secret exists.
    bool bySignature = false;
    bool byToken = false;
    for (const sdk::InboundSecret& secret : secrets) {
        const bool isSigning = secret.kind == sdk::InboundSecretKind::Signing;
        const auto key = isSigning ? signingKey(secret.value.reveal(), crypto_) : std::nullopt;
        const std::string mac =
            crypto_.hmacSha256(key ? std::string_view{*key} : kThrowAwayKey, proof.content);
        for (const std::string& claimed : proof.macs) {
            const bool same = crypto_.equal(mac, claimed);
            bySignature |= same && key.has_value();
        }
        // Digests are compared, so that not even the length of a token shows.
        const bool same = crypto_.equal(crypto_.sha256(secret.value.reveal()), proof.tokenDigest);
        byToken |= same && !isSigning && !secret.value.empty();
    }
    if (secrets.empty()) static_cast<void>(crypto_.hmacSha256(kThrowAwayKey, proof.content));
    if (proof.isSigned) return bySignature && proof.fresh;
    return byToken && proof.hasToken && !signing;
} catch (...) {
    return false;
}

sdk::Result<sdk::InboundEvent> Webhook::translate(const sdk::InboundIdentity& identity) const {
    const sdk::JsonValue payload = identity.payload.root();
    switch (hookOf(identity.event, payload)) {
        case Hook::Push:
            return pushOf(payload);
        case Hook::MergeRequest:
            return mergeRequestOf(payload);
        case Hook::Other:
            break;
    }
    return sdk::InboundEvent{sdk::Ignored{"event not used"}};
}

}  // namespace trusthub::gitlab
