#include "inbound/explain.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "inbound/json_forms.h"
#include "inbound/proof.h"

#include <algorithm>

namespace trusthub::inbound {
namespace {

using people::SecretKind;
using Secrets = std::vector<people::WebhookSecret>;

constexpr std::size_t kMostQuestions = 600;
constexpr std::size_t kMostBytes = 64UL << 20;
constexpr std::string_view kSignature256 = "X-Hub-Signature-256";
constexpr std::string_view kToken = "X-Gitlab-Token";
constexpr std::string_view kStandard = "webhook-signature";

bool isHexText(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
}

std::string_view strip(std::string_view text, std::string_view drop) {
    const std::size_t begin = text.find_first_not_of(drop);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(drop) - begin + 1);
}

std::string replaceAll(std::string_view text, std::string_view from, std::string_view to) {
    std::string out;
    for (std::size_t at = 0;;) {
        const std::size_t next = text.find(from, at);
        out.append(text.substr(at, next - at));
        if (next == std::string_view::npos) return out;
        out.append(to);
        at = next + from.size();
    }
}

Secrets mapped(const Secrets& secrets, std::string (*change)(std::string_view)) {
    Secrets out;
    for (const auto& secret : secrets) {
        std::string text = change(secret.value.reveal());
        if (!text.empty() && text != secret.value.reveal())
            out.push_back({secret.kind, SecretString(std::move(text))});
    }
    return out;
}

class Explainer {
public:
    Explainer(const sdk::InboundSource& source, const Suspect& suspect,
              const SecretsAtHand& secrets)
        : source_(source),
          headers_(suspect.headers),
          body_(suspect.body.value_or(std::string{})),
          hasBody_(suspect.body.has_value()),
          receivedAt_(suspect.receivedAt),
          secrets_(secrets) {}

    Finding run() && {
        if (hasBody_ && fits(headers_, body_, receivedAt_, secrets_.current)) {
            finding_.verified = true;
            return std::move(finding_);
        }
        using Step = bool (Explainer::*)();
        static constexpr Step kSteps[] = {
            &Explainer::noSecret,    &Explainer::plainSecret, &Explainer::missing,
            &Explainer::headerForms, &Explainer::sha1,        &Explainer::timestamp,
            &Explainer::tokenRight,  &Explainer::kinds,       &Explainer::whitespace,
            &Explainer::undecoded,   &Explainer::previous,    &Explainer::otherProject,
            &Explainer::bodyEnds,    &Explainer::forms,       &Explainer::reserialised,
        };
        for (const Step step : kSteps)
            if ((this->*step)()) return std::move(finding_);
        finding_.mistake = "unknown";
        return std::move(finding_);
    }

private:
    bool fits(const sdk::Headers& headers, std::string_view body, TimePoint at,
              const Secrets& secrets) {
        if (secrets.empty()) return false;
        questions_ += secrets.size();
        bytes_ += secrets.size() * body.size();
        if (questions_ > kMostQuestions || bytes_ > kMostBytes) return false;
        return source_.verify({headers, body, at}, toSdk(secrets));
    }
    bool fitsBody(std::string_view body) {
        return fits(headers_, body, receivedAt_, secrets_.current);
    }
    void trying(std::string_view name) { finding_.tried.push_back(name); }
    bool found(std::string_view name, std::string detail = {}) {
        finding_.mistake = name;
        finding_.detail = std::move(detail);
        return true;
    }
    bool test(std::string_view name, const sdk::Headers& headers) {
        return hasBody_ && fits(headers, body_, receivedAt_, secrets_.current) && found(name);
    }

    bool noSecret() {
        trying("no_secret");
        return secrets_.current.empty() && found("no_secret");
    }

    bool plainSecret() {
        trying("token_in_wrong_header");
        trying("secret_instead_of_signature");
        for (const auto& [name, value] : headers_) {
            const std::string_view text = base::trim(value);
            const std::size_t space = text.rfind(' ');
            const std::string_view last =
                space == std::string_view::npos ? text : text.substr(space + 1);
            const std::size_t equals = last.find('=');
            const std::string_view behind =
                equals == std::string_view::npos ? last : last.substr(equals + 1);
            for (const auto& secret : secrets_.current) {
                const std::string digest = crypto::sha256(secret.value.reveal());
                const bool same = crypto::equalConstantTime(digest, crypto::sha256(text)) ||
                                  crypto::equalConstantTime(digest, crypto::sha256(last)) ||
                                  crypto::equalConstantTime(digest, crypto::sha256(behind));
                if (!same || base::equalsIgnoreCase(name, kToken)) continue;
                sdk::Headers without;
                for (const auto& [key, kept] : headers_)
                    if (!base::equalsIgnoreCase(key, kStandard)) without.add(key, kept);
                without.set(kToken, std::string(secret.value.reveal()));
                if (fits(without, body_, receivedAt_, {secret}))
                    return found("token_in_wrong_header", "It came in " + name + ".");
                return found("secret_instead_of_signature", "It came in " + name + ".");
            }
        }
        return false;
    }

    bool missing() {
        trying("missing_header");
        if (carriesSignature(headers_) || headers_.find(kToken)) return false;
        for (const auto& [name, value] : headers_)
            if (signatureHex(value)) return false;  // it came under another name
        return found("missing_header");
    }

    /// The 64 hexadecimal digits that a header's value is meant to say.
    static std::optional<std::string> signatureHex(std::string_view value) {
        std::string text = base::toLower(strip(value, " \t\"'"));
        if (text.starts_with("sha256=") || text.starts_with("sha256:")) text.erase(0, 7);
        if (text.size() == 64 && isHexText(text)) return text;
        std::string_view raw = strip(value, " \t\"'");
        if (raw.starts_with("sha256=")) raw.remove_prefix(7);
        const auto bytes = base::fromBase64(raw);
        if (bytes && bytes->size() == 32) return base::toHex(*bytes);
        return std::nullopt;
    }

    bool headerForms() {
        for (const auto name : {"signature_without_prefix", "signature_in_base64",
                                "signature_format", "signature_in_wrong_header"})
            trying(name);
        for (const auto& [name, value] : headers_) {
            const auto hex = signatureHex(value);
            if (!hex) continue;
            sdk::Headers other = headers_;
            other.set(kSignature256, "sha256=" + *hex);
            if (!hasBody_ || !fits(other, body_, receivedAt_, secrets_.current)) continue;
            if (!base::equalsIgnoreCase(name, kSignature256))
                return found("signature_in_wrong_header", "It came in " + name + ".");
            if (base::toLower(value) == *hex) return found("signature_without_prefix");
            if (base::toLower(value).find(*hex) == std::string::npos)
                return found("signature_in_base64");
            return found("signature_format");
        }
        return false;
    }

    bool sha1() {
        trying("sha1_header");
        if (!hasBody_) return false;
        for (const auto name : {std::string_view("X-Hub-Signature"), kSignature256}) {
            std::string text = base::toLower(base::trim(headers_.get(name)));
            if (text.starts_with("sha1=")) text.erase(0, 5);
            if (text.size() != 40 || !isHexText(text)) continue;
            // A sender that signs with both is judged by the better one.
            if (name == "X-Hub-Signature" && headers_.find(kSignature256)) continue;
            for (const auto& secret : secrets_.current) {
                questions_ += 1;
                const auto mac = base::toHex(crypto::hmacSha1(secret.value.reveal(), body_));
                if (crypto::equalConstantTime(mac, text)) return found("sha1_header");
            }
        }
        return false;
    }

    bool timestamp() {
        const auto seconds = base::parseInteger(headers_.get("webhook-timestamp"));
        if (!seconds || *seconds < 0 || *seconds > 100'000'000'000) return false;
        trying("timestamp_out_of_tolerance");
        const TimePoint claimed{std::chrono::seconds{*seconds}};
        return hasBody_ && fits(headers_, body_, claimed, secrets_.current) &&
               found("timestamp_out_of_tolerance");
    }

    bool tokenRight() {
        if (!headers_.find(kToken)) return false;
        trying("unsigned_after_signing");
        trying("token_right_signature_wrong");
        Secrets tokens;
        for (const auto& secret : secrets_.current)
            if (secret.kind == SecretKind::Token) tokens.push_back(secret);
        sdk::Headers unsignedOnes;
        for (const auto& [name, value] : headers_)
            if (!base::equalsIgnoreCase(name, kStandard)) unsignedOnes.add(name, value);
        if (!fits(unsignedOnes, body_, receivedAt_, tokens)) return false;
        return found(headers_.find(kStandard) ? "token_right_signature_wrong"
                                              : "unsigned_after_signing");
    }

    bool kinds() {
        trying("wrong_secret_kind");
        for (const auto& secret : secrets_.current) {
            const auto other =
                secret.kind == SecretKind::Token ? SecretKind::Signing : SecretKind::Token;
            if (other == SecretKind::Signing && !hasBody_) continue;
            if (fits(headers_, body_, receivedAt_, {{other, secret.value}}))
                return found("wrong_secret_kind");
        }
        return false;
    }

    bool whitespace() {
        trying("secret_with_whitespace");
        using Change = std::string (*)(std::string_view);
        static constexpr Change kChanges[] = {
            [](std::string_view s) { return std::string(s) + "\n"; },
            [](std::string_view s) { return std::string(s) + "\r\n"; },
            [](std::string_view s) { return std::string(s) + " "; },
            [](std::string_view s) { return " " + std::string(s); },
            [](std::string_view s) { return "\"" + std::string(s) + "\""; },
            [](std::string_view s) { return "'" + std::string(s) + "'"; },
            [](std::string_view s) { return std::string(strip(s, " \t\r\n\"'")); },
        };
        for (const Change change : kChanges)
            if (fits(headers_, body_, receivedAt_, mapped(secrets_.current, change)))
                return found("secret_with_whitespace");
        return false;
    }

    bool undecoded() {
        trying("undecoded_whsec");
        Secrets asText;
        for (const auto& secret : secrets_.current) {
            const std::string_view text = secret.value.reveal();
            asText.push_back({SecretKind::Signing, SecretString("whsec_" + base::toBase64(text))});
            if (text.starts_with("whsec_"))
                asText.push_back(
                    {SecretKind::Signing, SecretString("whsec_" + base::toBase64(text.substr(6)))});
        }
        return hasBody_ && headers_.find(kStandard) && fits(headers_, body_, receivedAt_, asText) &&
               found("undecoded_whsec");
    }

    bool previous() {
        if (secrets_.ended.empty()) return false;
        trying("previous_secret");
        for (const auto& secret : secrets_.ended)
            if (fits(headers_, body_, receivedAt_, {secret})) return found("previous_secret");
        return false;
    }

    bool otherProject() {
        trying("other_project");
        // One by one: a signing secret beside it would make a token count for nothing.
        for (const auto& other : secrets_.others) {
            for (const auto& secret : other.secrets) {
                if (!fits(headers_, body_, receivedAt_, {secret})) continue;
                finding_.other = other.project;
                return found("other_project");
            }
        }
        return false;
    }

    bool bodyEnds() {
        if (!hasBody_) return false;
        trying("trailing_newline");
        if (fitsBody(body_ + "\n") || fitsBody(body_ + "\r\n")) return found("trailing_newline");
        const std::size_t last = body_.find_last_not_of(" \t\r\n");
        const auto trimmed = std::string_view(body_).substr(0, last + 1);
        if (trimmed.size() < body_.size() && fitsBody(trimmed)) return found("trailing_newline");
        trying("line_ends");
        const std::string unix = replaceAll(body_, "\r\n", "\n");
        if ((unix != body_ && fitsBody(unix)) || fitsBody(replaceAll(unix, "\n", "\r\n")))
            return found("line_ends");
        trying("empty_body_signed");
        return fitsBody("") && found("empty_body_signed");
    }

    bool forms() {
        if (!hasBody_) return false;
        trying("form_body");
        if (body_.starts_with("payload=")) {
            const auto json = base::percentDecode(std::string_view(body_).substr(8), true);
            return json && (fitsBody(*json) || fitsBody(std::string_view(body_).substr(8))) &&
                   found("form_body", "The JSON was signed and the form was sent.");
        }
        const std::string plus = "payload=" + base::formEncode(body_);
        return (fitsBody(plus) || fitsBody(replaceAll(plus, "+", "%20"))) &&
               found("form_body", "The form was signed and the JSON was sent.");
    }

    bool reserialised() {
        if (!hasBody_) return false;
        trying("reserialised_json");
        for (const JsonForm& form : jsonForms(body_))
            if (fitsBody(form.text) || fitsBody(form.text + "\n"))
                return found("reserialised_json",
                             "What was signed is written as by " + std::string(form.name) + ".");
        return false;
    }

    const sdk::InboundSource& source_;
    const sdk::Headers& headers_;
    const std::string body_;
    const bool hasBody_;
    const TimePoint receivedAt_;
    const SecretsAtHand& secrets_;
    Finding finding_;
    std::size_t questions_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace

Finding explain(const sdk::InboundSource& source, const Suspect& suspect,
                const SecretsAtHand& secrets) {
    return Explainer(source, suspect, secrets).run();
}

}  // namespace trusthub::inbound
