#include "outbound/signer.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "sdk/json.h"

namespace trusthub::outbound {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kSecretBytes = 32;

std::optional<std::string> decoded(const SecretString& secret) {
    const std::string_view shown = secret.reveal();
    if (!shown.starts_with(kPrefix)) return std::nullopt;
    return base::fromBase64(shown.substr(kPrefix.size()));
}

std::string unixSeconds(TimePoint time) {
    return std::to_string(
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

/// The body up to its closing brace.
std::string openBody(const Message& message) {
    std::string body = "{\"event\":";
    body.reserve(message.data.size() + 256);
    sdk::appendJsonString(body, message.type);
    body.append(",\"timestamp\":\"").append(formatTime(message.occurredAt)).append("\",\"data\":");
    body.append(message.data);
    return body;
}

}  // namespace

std::string_view text(PayloadForm form) {
    return form == PayloadForm::Standard ? "standard" : "standard_webhooks";
}

PayloadForm payloadFormOf(std::string_view text) {
    return text == "standard_webhooks" ? PayloadForm::StandardWebhooks : PayloadForm::Standard;
}

SignedMessage sign(const Message& message, PayloadForm form,
                   const std::vector<SecretString>& secrets, TimePoint now) {
    const SecretString& oldest = secrets.back();
    SignedMessage result;
    result.body = openBody(message);
    result.body.push_back('}');
    if (form == PayloadForm::Standard) {
        const std::string signature = hubSignature(oldest, result.body);
        result.body.pop_back();
        result.body.append(",\"signature\":\"").append(signature).append("\"}");
    }

    std::string signatures;
    for (const SecretString& secret : secrets) {
        if (!signatures.empty()) signatures.push_back(' ');
        signatures += standardWebhooksSignature(secret, message.id, now, result.body);
    }
    result.headers.add("Content-Type", "application/json");
    result.headers.add("webhook-id", std::string(message.id));
    result.headers.add("webhook-timestamp", unixSeconds(now));
    result.headers.add("webhook-signature", std::move(signatures));
    result.headers.add("X-TrustHub-Signature-256", hubSignature(oldest, result.body));
    return result;
}

std::string standardWebhooksSignature(const SecretString& secret, std::string_view id,
                                      TimePoint timestamp, std::string_view body) {
    const SecretString key(decoded(secret).value_or(std::string(secret.reveal())));
    const std::string seconds = unixSeconds(timestamp);
    return "v1," + base::toBase64(crypto::hmacSha256(key.reveal(), {id, ".", seconds, ".", body}));
}

std::string hubSignature(const SecretString& secret, std::string_view bytes) {
    return "sha256=" + base::toHex(crypto::hmacSha256(secret.reveal(), bytes));
}

SecretString makeSecret(base::Random& random) {
    return SecretString(std::string(kPrefix) + base::toBase64(random.bytes(kSecretBytes)));
}

Result<void> checkSecret(const SecretString& secret) {
    const std::string_view shown = secret.reveal();
    if (shown.size() < 16 || shown.size() > 256)
        return invalid("/secret", "must have 16 to 256 bytes");
    const bool control = std::any_of(shown.begin(), shown.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
    if (control || !base::isUtf8(shown))
        return invalid("/secret", "must be UTF-8 text without control characters");
    if (shown.starts_with(kPrefix)) {
        const auto key = decoded(secret);
        if (!key || key->size() < 16)
            return invalid("/secret", "after whsec_ there must be base64 of at least 16 bytes");
    }
    return {};
}

}  // namespace trusthub::outbound
