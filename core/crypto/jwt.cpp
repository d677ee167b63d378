#include "crypto/jwt.h"

#include "base/text.h"
#include "json/json.h"

namespace trusthub::crypto {
namespace {

constexpr std::size_t kMaxTokenBytes = 4096;
constexpr std::chrono::seconds kLeeway{60};  // another node's clock may be ahead
constexpr json::ParseLimits kLimits{.maxDepth = 4, .maxBytes = kMaxTokenBytes};

std::int64_t seconds(TimePoint time) {
    return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

/// Bounded, so that no claim can overflow a TimePoint.
std::optional<TimePoint> readTime(const json::Object& claims, std::string_view name) {
    constexpr std::int64_t kMax = 253'402'300'799;  // the end of the year 9999
    const json::Value* value = claims.if_contains(name);
    const std::int64_t* number = value ? value->if_int64() : nullptr;
    if (!number || *number < 0 || *number > kMax) return std::nullopt;
    return TimePoint{std::chrono::seconds{*number}};
}

std::optional<std::string> readText(const json::Object& claims, std::string_view name) {
    const json::Value* value = claims.if_contains(name);
    const auto* text = value ? value->if_string() : nullptr;
    if (!text || text->empty()) return std::nullopt;
    return std::string(text->data(), text->size());
}

std::optional<json::Value> readPart(std::string_view part) {
    const auto text = base::fromBase64Url(part);
    if (!text || part.find('=') != part.npos) return std::nullopt;  // RFC 7515: never padded
    auto value = json::parse(*text, kLimits);
    if (!value || !value->is_object()) return std::nullopt;
    return *std::move(value);
}

}  // namespace

std::string signToken(const TokenClaims& claims, const Ed25519KeyPair& key) {
    const std::string header = json::serialize({{"alg", "EdDSA"}, {"typ", "JWT"}});
    const std::string payload = json::serialize({{"sub", claims.subject},
                                                 {"sid", claims.sessionId},
                                                 {"iat", seconds(claims.issuedAt)},
                                                 {"exp", seconds(claims.expiresAt)}});
    const std::string input = base::toBase64Url(header) + "." + base::toBase64Url(payload);
    return input + "." + base::toBase64Url(signEd25519(key.seed, input));
}

std::optional<TokenClaims> verifyToken(std::string_view token, std::string_view publicKey,
                                       TimePoint now) {
    if (token.size() > kMaxTokenBytes) return std::nullopt;
    const auto parts = base::split(token, '.');
    if (parts.size() != 3) return std::nullopt;

    // Signature first: nothing of an unsigned token is read.
    const std::string_view input = token.substr(0, parts[0].size() + 1 + parts[1].size());
    const auto signature = base::fromBase64Url(parts[2]);
    if (!signature || !verifyEd25519(publicKey, input, *signature)) return std::nullopt;

    const auto header = readPart(parts[0]);
    const auto payload = readPart(parts[1]);
    if (!header || !payload) return std::nullopt;
    if (readText(header->get_object(), "alg") != "EdDSA" || header->get_object().contains("crit"))
        return std::nullopt;

    const json::Object& members = payload->get_object();
    const auto subject = readText(members, "sub"), session = readText(members, "sid");
    const auto issued = readTime(members, "iat"), expires = readTime(members, "exp");
    if (!subject || !session || !issued || !expires) return std::nullopt;
    if (*expires <= now || *issued > now + kLeeway) return std::nullopt;
    return TokenClaims{*subject, *session, *issued, *expires};
}

}  // namespace trusthub::crypto
