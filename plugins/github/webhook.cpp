#include "webhook.h"

#include "mapping.h"

#include <utility>

namespace trusthub::github {
namespace {

constexpr std::string_view kThrowAwayKey = "no secret is configured here";

int hexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> formDecode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out.push_back(' ');
        } else if (text[i] == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hexValue(text[i + 1]), low = hexValue(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            out.push_back(text[i]);
        }
    }
    return out;
}

/// `Application/JSON; charset=utf-8` -> `Application/JSON`.
std::string_view mediaType(const sdk::Headers& headers) {
    std::string_view type = headers.get("Content-Type");
    type = type.substr(0, type.find(';'));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
    while (!type.empty() && (type.front() == ' ' || type.front() == '\t')) type.remove_prefix(1);
    return type;
}

/// The 32 bytes that the delivery claims; null when the header is missing, there twice or
/// malformed.
std::optional<std::string> claimedMac(const sdk::Headers& headers) {
    constexpr std::string_view kHeader = "X-Hub-Signature-256";
    constexpr std::string_view kPrefix = "sha256=";
    if (headers.count(kHeader) != 1) return std::nullopt;
    std::string_view text = headers.get(kHeader);
    if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + 64) return std::nullopt;
    text.remove_prefix(kPrefix.size());
    std::string mac;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hexValue(text[i]), low = hexValue(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        mac.push_back(static_cast<char>(high * 16 + low));
    }
    return mac;
}

}  // namespace

std::optional<std::string> formMember(std::string_view form, std::string_view name) {
    std::optional<std::string_view> found;
    while (!form.empty()) {
        const std::size_t end = form.find('&');
        const std::string_view pair = form.substr(0, end);
        form = end == std::string_view::npos ? std::string_view{} : form.substr(end + 1);
        const std::size_t equals = pair.find('=');
        if (pair.substr(0, equals) != name) continue;
        if (found || equals == std::string_view::npos) return std::nullopt;
        found = pair.substr(equals + 1);
    }
    return found ? formDecode(*found) : std::nullopt;
}

sdk::Result<sdk::InboundIdentity> Webhook::identify(const sdk::InboundMessage& message) const {
    sdk::InboundIdentity identity;
    identity.event = message.headers.get("X-GitHub-Event");
    if (identity.event.empty())
        return fail(ErrorKind::InvalidInput, "The header X-GitHub-Event is missing.",
                    "missing_header");
    identity.deliveryId = message.headers.get("X-GitHub-Delivery");

    std::optional<std::string> decoded;
    const std::string_view type = mediaType(message.headers);
    if (sdk::equalsIgnoreCase(type, "application/x-www-form-urlencoded")) {
        decoded = formMember(message.body, "payload");
        if (!decoded)
            return fail(ErrorKind::BadRequest, "The form has no readable member `payload`.");
    } else if (!sdk::equalsIgnoreCase(type, "application/json")) {
        return fail(ErrorKind::UnsupportedMediaType,
                    "Send application/json or application/x-www-form-urlencoded.");
    }
    auto document = json_.parse(decoded ? std::string_view{*decoded} : message.body);
    if (!document) return std::move(document).error();
    identity.payload = *std::move(document);
    if (!identity.payload.root().isObject())
        return fail(ErrorKind::BadRequest, "The payload is not a JSON object.");
    identity.repositoryUrls = repositoryUrls(identity.payload.root());
    return identity;
}

bool Webhook::verify(const sdk::InboundMessage& message,
                     std::span<const sdk::InboundSecret> secrets) const noexcept try {
    const auto claimed = claimedMac(message.headers);
    const std::string presented = claimed.value_or(std::string(32, '\0'));
    // Every path computes the same: a refusal must not tell by its time whether a secret exists.
    bool verified = false;
    for (const sdk::InboundSecret& secret : secrets) {
        const bool usable = claimed.has_value() && !secret.value.empty();
        const std::string_view key = secret.value.empty() ? kThrowAwayKey : secret.value.reveal();
        const bool same = crypto_.equal(crypto_.hmacSha256(key, message.body), presented);
        verified |= same && usable;
    }
    if (secrets.empty())
        static_cast<void>(
            crypto_.equal(crypto_.hmacSha256(kThrowAwayKey, message.body), presented));
    return verified;
} catch (...) {
    return false;
}

sdk::Result<sdk::InboundEvent> Webhook::translate(const sdk::InboundIdentity& identity) const {
    const sdk::JsonValue payload = identity.payload.root();
    if (identity.event == "push") return pushOf(payload);
    if (identity.event == "pull_request") return pullRequestOf(payload);
    if (identity.event == "ping") return sdk::InboundEvent{sdk::Ignored{"ping"}};
    return sdk::InboundEvent{sdk::Ignored{"event not used"}};
}

}  // namespace trusthub::github
