#include "secrets.h"

#include <algorithm>
#include <charconv>

namespace trusthub::github {
namespace {

using sdk::Error;
using sdk::ErrorKind;
using sdk::fail;
using sdk::HttpResponse;
using sdk::invalid;
using sdk::Milliseconds;
using sdk::Result;
using sdk::SecretTarget;

// The newest version that GitHub Enterprise Server knows, too.
constexpr const char* kApiVersion = "2022-11-28";
constexpr Milliseconds kTimeout{10'000};
constexpr std::size_t kMaxAnswerBytes = 64 << 10;
constexpr std::size_t kMaxNameBytes = 100;
constexpr std::size_t kMaxKeyIdBytes = 100;
constexpr std::size_t kBoxKeyBytes = 32;
constexpr Milliseconds kUnsaidWait{60'000};  // "at least one minute", GitHub's best practices

bool isAlnum(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

template <class Fits>
bool all(std::string_view text, Fits fits) {
    return std::all_of(text.begin(), text.end(), fits);
}

/// Of a person or an organization; managed users have an underscore in theirs.
bool isLogin(std::string_view text) {
    return !text.empty() && text.size() <= 39 &&
           all(text, [](char c) { return isAlnum(c) || c == '-' || c == '_'; });
}

bool isRepository(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos || !isLogin(text.substr(0, slash))) return false;
    const std::string_view name = text.substr(slash + 1);
    return !name.empty() && name.size() <= 100 && name != "." && name != ".." &&
           all(name, [](char c) { return isAlnum(c) || c == '-' || c == '_' || c == '.'; });
}

bool isSecretName(std::string_view text) {
    return !text.empty() && text.size() <= kMaxNameBytes && !(text[0] >= '0' && text[0] <= '9') &&
           all(text, [](char c) { return isAlnum(c) || c == '_'; });
}

bool isReserved(std::string_view name) {
    constexpr std::string_view kPrefix = "GITHUB_";
    return name.size() >= kPrefix.size() &&
           sdk::equalsIgnoreCase(name.substr(0, kPrefix.size()), kPrefix);
}

std::string escaped(std::string_view text) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (isAlnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
            out.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out.append({'%', kHex[byte >> 4], kHex[byte & 0xF]});
    }
    return out;
}

/// Where the secrets of the target's place are.
std::string pathOf(const SecretTarget& target) {
    if (!target.organization.empty()) return "/orgs/" + target.organization + "/actions/secrets";
    if (target.environment.empty()) return "/repos/" + target.repository + "/actions/secrets";
    return "/repos/" + target.repository + "/environments/" + escaped(target.environment) +
           "/secrets";
}

std::optional<std::int64_t> wholeNumber(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || code != std::errc{} || end != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

Error answered(ErrorKind kind, int status, std::string detail) {
    Error error = fail(kind, std::move(detail));
    error.providerStatus = status;
    return error;
}

}  // namespace

Result<void> ActionsSecrets::check(const SecretTarget& target) const {
    Error error;
    error.kind = ErrorKind::InvalidInput;
    const auto refuse = [&](std::string pointer, std::string detail) {
        error.fields.push_back({std::move(pointer), std::move(detail)});
    };
    const bool ofOrganization = !target.organization.empty();
    if (ofOrganization && !isLogin(target.organization))
        refuse("/organization", "an organization's name as in its address at GitHub");
    if (!ofOrganization && !isRepository(target.repository))
        refuse("/repository", "owner/name, as in its address at GitHub");
    if (ofOrganization && !target.environment.empty())
        refuse("/environment", "belongs to a repository, not to an organization");
    if (ofOrganization && target.visibility != "private" && target.visibility != "all")
        refuse("/visibility", "one of private, all");
    if (!ofOrganization && !target.visibility.empty())
        refuse("/visibility", "belongs to an organization, not to a repository");
    if (!isSecretName(target.name) || isReserved(target.name))
        refuse("/secret_name",
               "up to 100 letters, digits and _, no digit first, and not GITHUB_ at the beginning");
    if (error.fields.empty()) return {};
    return error;
}

Error ActionsSecrets::limited(const HttpResponse& answer) const {
    Error error = answered(ErrorKind::RateLimited, answer.status,
                           "GitHub's rate limit is reached; it is tried again when that is over.");
    error.retryAfter = kUnsaidWait;
    if (const auto seconds = wholeNumber(answer.headers.get("Retry-After"));
        seconds && *seconds < 86'400)
        error.retryAfter = std::chrono::seconds(*seconds);
    else if (answer.headers.get("X-RateLimit-Remaining") == "0")
        if (const auto reset = wholeNumber(answer.headers.get("X-RateLimit-Reset"))) {
            const auto left =
                std::chrono::seconds(*reset) -
                std::chrono::floor<std::chrono::seconds>(host_.clock().now().time_since_epoch());
            if (left > std::chrono::seconds(0) && left < std::chrono::hours(24))
                error.retryAfter = left + std::chrono::seconds(1);
        }
    return error;
}

Error ActionsSecrets::refusal(const HttpResponse& answer) const {
    const int status = answer.status;
    const bool limit = status == 429 || answer.headers.find("Retry-After") ||
                       answer.headers.get("X-RateLimit-Remaining") == "0" ||
                       answer.body.find("rate limit") != std::string::npos;
    if ((status == 403 || status == 429) && limit) return limited(answer);
    if (status == 401)
        return answered(ErrorKind::Unauthenticated, status,
                        "GitHub does not accept the connection's token (401): it was revoked or "
                        "has expired; set a new one.");
    if (status == 403)
        return answered(ErrorKind::Forbidden, status,
                        "The connection's token may not write these secrets (403): it needs the "
                        "permission Secrets, read and write, and single sign-on if that is "
                        "required.");
    if (status == 404)
        return answered(ErrorKind::NotFound, status,
                        "GitHub finds no such repository, environment or organization for the "
                        "connection's token (404).");
    if (status >= 300 && status < 400)
        return answered(ErrorKind::ProviderRejected, status,
                        "GitHub points to another place: the repository was renamed or moved; "
                        "name it as it is now.");
    if (status >= 500 || status == 408 || status == 409)
        return answered(ErrorKind::ProviderUnavailable, status,
                        "GitHub answers " + std::to_string(status) + "; it is tried again.");
    return answered(ErrorKind::ProviderRejected, status,
                    "GitHub refuses the secret (" + std::to_string(status) +
                        "); see that its place has room for one more secret.");
}

Result<HttpResponse> ActionsSecrets::call(std::string method, std::string_view path,
                                          std::string body) {
    const auto token = host_.secrets().get("token");
    if (!token) return fail(ErrorKind::Unauthenticated, "The connection has no token; set one.");
    std::string_view base = host_.settings().string("api_url");
    while (base.ends_with('/')) base.remove_suffix(1);
    sdk::HttpRequest request;
    request.method = std::move(method);
    request.url = std::string(base).append(path);
    request.headers.add("Accept", "application/vnd.github+json");
    request.headers.add("X-GitHub-Api-Version", kApiVersion);
    request.headers.add("Authorization", "Bearer " + std::string(token->reveal()));
    if (!body.empty()) request.headers.add("Content-Type", "application/json");
    request.body = std::move(body);
    request.timeout = kTimeout;
    request.maxResponseBytes = kMaxAnswerBytes;
    auto answer = host_.http().send(request);
    if (!answer) return answer;
    if ((answer->status >= 200 && answer->status < 300) || answer->status == 422) return answer;
    return refusal(*answer);
}

Result<sdk::SinkKey> ActionsSecrets::publicKey(const SecretTarget& target) {
    const auto answer = call("GET", pathOf(target) + "/public-key");
    if (!answer) return answer.error();
    if (answer->status == 422) return refusal(*answer);
    const auto strange = [&] {
        return answered(ErrorKind::ProviderUnavailable, answer->status,
                        "What answers at api_url gives no public key as GitHub does.");
    };
    const auto document = host_.json().parse(answer->body);
    if (!document) return strange();
    const auto root = document->root();
    const std::string_view id = root["key_id"].string();
    auto bytes = host_.crypto().decodeBase64(root["key"].string());
    if (id.empty() || id.size() > kMaxKeyIdBytes || !bytes || bytes->size() != kBoxKeyBytes)
        return strange();
    return sdk::SinkKey{std::string(id), *std::move(bytes)};
}

Result<void> ActionsSecrets::put(const SecretTarget& target, const sdk::SealedSecret& secret) {
    sdk::JsonWriter body;
    body.beginObject()
        .member("encrypted_value", host_.crypto().base64(secret.box))
        .member("key_id", secret.keyId);
    if (!target.organization.empty()) body.member("visibility", target.visibility);
    body.endObject();
    const auto answer = call("PUT", pathOf(target) + "/" + target.name, std::move(body).text());
    if (!answer) return answer.error();
    if (answer->status != 422) return {};
    // It says the same of a key that was changed and of what it never takes.
    const auto key = publicKey(target);
    if (!key) return key.error();
    if (key->id == secret.keyId) return refusal(*answer);
    Error changed = answered(ErrorKind::Conflict, answer->status,
                             "GitHub's public key has changed; the key is sealed anew.");
    changed.code = sdk::kSealedToOldKey;
    return changed;
}

std::optional<Result<sdk::ProbeReport>> ActionsSecrets::probe() {
    if (!host_.secrets().get("token")) return std::nullopt;
    // Costs nothing of the limit. A server without limits answers 404 to who is signed in.
    const auto answer = call("GET", "/rate_limit");
    if (!answer && answer.error().kind != ErrorKind::NotFound)
        return Result<sdk::ProbeReport>(answer.error());
    return Result<sdk::ProbeReport>(sdk::ProbeReport{
        "GitHub accepts the token. Whether it may write secrets shows when a key is rotated."});
}

}  // namespace trusthub::github
