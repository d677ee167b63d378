#include "inbound/mistakes.h"

#include <algorithm>

namespace trusthub::inbound {

const std::vector<Mistake>& mistakes() {
    static const std::vector<Mistake> kMistakes{
        {"unknown_repository", "No project of this hub has the repository that the delivery names.",
         "Compare the project's repository URL with the one in the payload, and add the project "
         "where it is missing."},
        {"unreadable",
         "The delivery could not be read as the provider's: its Content-Type, a "
         "header or the JSON itself is not as documented.",
         "Send the provider's own headers and its body unchanged as application/json."},
        {"connection_unusable", "The connection of that path is paused or there is none.",
         "Resume the connection, or correct the URL at the sender."},
        {"key_in_url", "The URL holds an API key, which others can read in logs and histories.",
         "Revoke that key; send another one in the Authorization header."},
        {"no_secret", "The project has no webhook secret that is in force.",
         "Make or import one: POST /v1/projects/{id}/webhook-secret."},
        {"secret_instead_of_signature", "A header carries the secret itself, not a signature.",
         "Configure the secret at the sender as the key that it signs with. The secret has been "
         "sent in the clear: rotate it."},
        {"token_in_wrong_header", "The right token came in a header where nobody looks for it.",
         "Send it in X-Gitlab-Token."},
        {"missing_header", "The delivery carries neither a signature nor a token.",
         "Enter the project's webhook secret at the sender; proxies must pass its headers on."},
        {"signature_in_wrong_header", "The right signature came in another header.",
         "Send it as X-Hub-Signature-256: sha256=<hex>."},
        {"signature_without_prefix", "The signature is right, but `sha256=` is missing before it.",
         "Send X-Hub-Signature-256: sha256=<hex>."},
        {"signature_in_base64", "The signature is right, but written in base64.",
         "Write it in hexadecimal: X-Hub-Signature-256: sha256=<hex>."},
        {"signature_format", "The signature is right, but written with other characters around it.",
         "Send exactly X-Hub-Signature-256: sha256=<64 hexadecimal digits>."},
        {"sha1_header", "The delivery is signed with SHA-1 only, which is not accepted any more.",
         "Let the sender sign with HMAC-SHA-256 and send X-Hub-Signature-256."},
        {"timestamp_out_of_tolerance",
         "The signature is right, but its time is more than five minutes from the hub's.",
         "Set the clocks of sender and hub by NTP, and deliver without delay."},
        {"unsigned_after_signing",
         "The token is right, but the project has a signing token, and from then on what is not "
         "signed is refused.",
         "Enter the signing token at the sender, or make a plain token the project's secret and "
         "end the overlap of the signing one."},
        {"token_right_signature_wrong",
         "The token is right, but the delivery also carries a signature, which is not.",
         "Enter the project's signing token at the sender, or remove the one that is there."},
        {"wrong_secret_kind",
         "The secret is right, but the project has it as the other kind (token or signing).",
         "Import it again with the kind that the sender uses: POST "
         "/v1/projects/{id}/webhook-secret."},
        {"secret_with_whitespace",
         "The sender's secret is the project's with blanks, quotes or a line end around it, or "
         "without those that the project's has.",
         "Enter the secret again without anything around it; files often end in a line end."},
        {"undecoded_whsec",
         "The sender signs with the text `whsec_…` itself instead of the bytes that it encodes.",
         "Take the prefix off and decode the rest from base64 before signing."},
        {"previous_secret", "The sender still signs with an earlier secret, which has ended.",
         "Enter the project's current secret at the sender."},
        {"other_project", "The secret is that of another project.",
         "Enter this project's own secret at the sender."},
        {"reserialised_json",
         "The signature is right for the same JSON written differently: it was parsed and written "
         "anew, before it was signed or by a proxy after that.",
         "Sign exactly the bytes that are sent, and let nothing on the way rewrite the body."},
        {"trailing_newline", "The signature is right but for white space at the end of the body.",
         "Sign and send the same bytes; `echo` and many editors add a line end, curl -d removes "
         "it (use --data-binary)."},
        {"line_ends", "The signature is right for a body with other line ends.",
         "Sign and send the same bytes; some programs turn LF into CRLF or back."},
        {"form_body",
         "The sender signed the JSON but sent it as a form, or signed the form and sent the JSON.",
         "Sign the bytes of the body as they are sent, or choose the other content type."},
        {"empty_body_signed", "The signature is that of an empty body.",
         "The body was read before it was signed; sign the bytes that are sent."},
        {"key_of_wrong_type",
         "The delivery brings an API key of this hub that is not of type webhook: it proves no "
         "delivery.",
         "Issue a key of type webhook whose scope covers the project and enter that one at the "
         "sender; rotate the other if the sender should never have had it."},
        {"key_not_in_force", "The delivery brings a webhook key that is not in force.",
         "Issue a new key of type webhook and enter it at the sender."},
        {"key_not_for_this",
         "The delivery brings a webhook key that is in force, but not for this delivery.",
         "Enter a key of type webhook at the sender whose scope covers the project and whose "
         "allowed_ips, where it has some, hold the address that the sender delivers from."},
        {"unknown",
         "None of the known mistakes reproduces the signature. Earlier secrets that were ended at "
         "once, or removed by a later rotation, are not kept and were not tried.",
         "Most likely the sender has quite another secret, perhaps an earlier one: import it, or "
         "enter the project's at the sender."},
    };
    return kMistakes;
}

const Mistake& mistake(std::string_view name) {
    const auto found = std::ranges::find(mistakes(), name, &Mistake::name);
    return found == mistakes().end() ? mistakes().back() : *found;
}

}  // namespace trusthub::inbound
