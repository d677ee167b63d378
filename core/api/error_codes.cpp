#include "api/error_codes.h"

#include "sdk/result.h"

#include <algorithm>

namespace trusthub::api {

const std::vector<ErrorCode>& errorCodes() {
    static const std::vector<ErrorCode> kCodes = [] {
        std::vector<ErrorCode> codes{
            {"alert_resolved", 409,
             "The alert's reason is gone; there is nothing left to acknowledge."},
            {"already_rotated", 409,
             "The key has a successor, which the answer names; rotate that one."},
            {"already_set_up", 409,
             "This hub is set up already; sign in, or ask a super_admin for an account."},
            {"csrf_token_invalid", 403,
             "The page is not the hub's own; send csrf_token of GET /v1/session as X-CSRF-Token."},
            {"disk_full", 503,
             "The disk is full; free space on the hub's machine. Revocation still works."},
            {"email_taken", 409,
             "A user has this e-mail address already; change that user. An invitation lets in only "
             "who was added without a password and never signed in."},
            {"endpoint_deleted", 409, "The delivery's endpoint was removed; send to another one."},
            {"endpoint_disabled", 409, "The endpoint is disabled; resume it first."},
            {"endpoint_not_active", 409,
             "The delivery's endpoint is not active; resume that endpoint first."},
            {"expectation_failed", 417,
             "The Expect cannot be met; send none, or Expect: 100-continue."},
            {"head_too_large", 431, "The head is too large; send fewer or shorter headers."},
            {"idempotency_mismatch", 422,
             "The Idempotency-Key was used with another body; use a new one."},
            {"in_flight", 409, "An attempt is under way; look again in a moment."},
            {"insufficient_scope", 403,
             "The key does not reach that or lacks the permission; see GET /v1/me."},
            {"body_gone", 410,
             "The stored body is past its retention; let the sender deliver again."},
            {"connection_changed", 409, "The connection changed meanwhile; read it again first."},
            {"issuing_chain_full", 409,
             "Keys have issued keys too many times; let an earlier key or a person issue."},
            {"invitation_closed", 409, "The invitation was accepted or withdrawn; make a new one."},
            {"invitation_invalid", 410, "The invitation has ended; ask for a new one."},
            {"invitation_pending", 409,
             "There is an open invitation already; resend or withdraw that one."},
            {"key_ended", 409, "The key was revoked or has expired; issue a new one."},
            {"key_exists", 409, "A key with this prefix is there already; import it once."},
            {"last_super_admin", 409,
             "The organization needs at least one active super_admin; make another one first."},
            {"leak_not_signed", 401,
             "No key of leaks.github_keys signed this; sign as GitHub's secret scanning does."},
            {"missing_header", 422,
             "A header is missing; send the webhook as the provider does, with all of them."},
            {"name_taken", 409,
             "Another one has this name, or one that looks like it; choose another name."},
            {"no_steward", 409,
             "The service account has no active steward; give it one before it gets new keys."},
            {"not_rotated", 404, "The key was never rotated, so there is no overlap to end."},
            {"no_report", 404, "The scan has no report; see its status."},
            {"person_required", 401,
             "API keys are not taken here; sign in as a person with POST /v1/session."},
            {"project_gone", 409,
             "The receipt's project was removed; there is nothing to replay for."},
            {"receipt_refused", 409,
             "The delivery was refused, so nothing is kept to replay; ask POST"
             " /v1/receipts/{id}/explain what to mend, then let the provider deliver it again."},
            {"request_timeout", 408,
             "The request took too long to arrive; send all of it without a pause."},
            {"rotation_in_progress", 409,
             "Another rotation of this key is under way; end its overlap or remove its schedule "
             "first."},
            {"rights_changed", 409, "Roles changed while the call was under way; try again."},
            {"scan_ended", 409, "The scan has ended; there is nothing to cancel."},
            {"service_account_in_use", 409,
             "The service account has keys in force; revoke them first, or disable it."},
            {"setup_token_invalid", 410,
             "The set-up link has ended; print a new one with trusthub setup-link."},
            {"step_up_required", 403,
             "The sign-in is too old for this; show the password again with POST"
             " /v1/session/step-up, then repeat the call."},
            {"target_too_long", 414, "The target is too long; send a shorter path and query."},
            {"team_in_use", 409,
             "The team is in use; remove its projects and endpoints and revoke its keys first."},
            {"too_many_attempts", 429,
             "There were too many attempts; wait as Retry-After says before signing in again."},
            {"too_many_endpoints", 409,
             "There are too many endpoints; remove those that are no longer used."},
            {"too_many_fields", 431, "There are too many headers; send fewer."},
            {"too_many_secrets", 409,
             "Too many secrets are in force; end the overlap of earlier ones first."},
            {"totp_code_used", 401,
             "The password is right, but the one-time code was used already; wait for the next one,"
             " or send a recovery code that was not used."},
            {"totp_enabled", 409, "One-time codes are on already; take them off first."},
            {"totp_enrolment_required", 403,
             "One-time codes are asked for here; turn them on with POST /v1/me/totp, then"
             " /v1/me/totp/confirm."},
            {"totp_not_begun", 409,
             "There is no secret to confirm; ask for one first with POST /v1/me/totp."},
            {"totp_not_enabled", 409, "One-time codes are off; there is nothing to take off."},
            {"totp_required", 401,
             "The password is right; send the one-time code, or a recovery code, as totp too."},
            {"truncated_body", 400,
             "The body ended early; send as many bytes as Content-Length says."},
            {"unknown_transfer_encoding", 501,
             "The Transfer-Encoding is unknown; send chunked or none."},
            {"version_not_supported", 505,
             "This version of HTTP is not spoken here; use HTTP/1.1."},
            {"would_widen", 422, "A key can be narrowed only; issue a new one for more."},
            {"webhook_not_verified", 401,
             "No project verifies this webhook; check repository URL and webhook secret."},
            {"wrong_credentials", 403,
             "The password or the one-time code is wrong; try again with the right one."},
        };
#define TRUSTHUB_ERROR_KIND(name, code, status, retry, sentence) \
    codes.push_back({code, status, sentence});
#include "sdk/error_kinds.def"
#undef TRUSTHUB_ERROR_KIND
        std::ranges::sort(codes, {}, &ErrorCode::code);
        return codes;
    }();
    return kCodes;
}

std::string_view titleOf(std::string_view code) {
    const auto& codes = errorCodes();
    const auto found = std::ranges::lower_bound(codes, code, {}, &ErrorCode::code);
    return found != codes.end() && found->code == code ? std::string_view(found->sentence)
                                                       : std::string_view{};
}

http::Response problem(const Error& error, std::string_view requestId) {
    return http::problem(error, requestId, titleOf(error.codeText()));
}

}  // namespace trusthub::api
