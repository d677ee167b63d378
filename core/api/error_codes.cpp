#include "api/error_codes.h"

#include "sdk/result.h"

#include <algorithm>

namespace trusthub::api {

const std::vector<ErrorCode>& errorCodes() {
    static const std::vector<ErrorCode> kCodes = [] {
        std::vector<ErrorCode> codes{
            {"already_set_up", 409, "The first super_admin exists; sign in, or ask a super_admin."},
            {"csrf_token_invalid", 403,
             "Send csrf_token of GET /v1/session as X-CSRF-Token with calls by cookie."},
            {"disk_full", 503, "Free disk space on the hub's machine; revocation still works."},
            {"email_taken", 409, "A user with this e-mail address exists."},
            {"endpoint_deleted", 409, "The delivery's endpoint was removed; send to another one."},
            {"endpoint_disabled", 409, "Resume the endpoint first."},
            {"endpoint_not_active", 409, "Resume the delivery's endpoint first."},
            {"expectation_failed", 417, "Send no Expect, or Expect: 100-continue."},
            {"head_too_large", 431, "Send fewer or shorter headers."},
            {"idempotency_mismatch", 422,
             "The Idempotency-Key was used with another body; use a new one."},
            {"in_flight", 409, "An attempt is under way; look again in a moment."},
            {"insufficient_scope", 403,
             "The key does not reach that or lacks the permission; see GET /v1/me."},
            {"invitation_closed", 409, "The invitation was accepted or withdrawn; make a new one."},
            {"invitation_invalid", 410, "Ask for a new invitation."},
            {"invitation_pending", 409, "Resend or withdraw the invitation that is open."},
            {"last_super_admin", 409, "The organization needs at least one active super_admin."},
            {"missing_header", 422, "Send the webhook as the provider does, with all its headers."},
            {"name_taken", 409, "Choose another name."},
            {"no_report", 404, "The scan has no report; see its status."},
            {"request_timeout", 408, "Send the whole request without a pause."},
            {"scan_ended", 409, "The scan has ended; there is nothing to cancel."},
            {"rights_changed", 409, "Roles changed while the call was under way; try again."},
            {"service_account_in_use", 409,
             "Revoke the service account's keys first, or disable it."},
            {"setup_token_invalid", 410, "Print a new set-up link with trusthub setup-link."},
            {"step_up_required", 403,
             "Show the password again with POST /v1/session/step-up, then repeat the call."},
            {"target_too_long", 414, "Send a shorter path and query."},
            {"team_in_use", 409,
             "Remove the team's projects and endpoints and revoke its keys first."},
            {"too_many_attempts", 429, "Wait as Retry-After says before signing in again."},
            {"too_many_endpoints", 409, "Remove endpoints that are no longer used."},
            {"too_many_fields", 431, "Send fewer headers."},
            {"too_many_secrets", 409, "End the overlap of earlier secrets first."},
            {"totp_enabled", 409, "One-time codes are on; take them off first."},
            {"totp_enrolment_required", 403,
             "Turn on one-time codes first: POST /v1/me/totp, then /v1/me/totp/confirm."},
            {"totp_not_begun", 409, "Ask for a secret first with POST /v1/me/totp."},
            {"totp_not_enabled", 409, "There are no one-time codes to take off."},
            {"totp_required", 401, "Send the one-time code, or a recovery code, as totp too."},
            {"truncated_body", 400, "Send as many bytes as Content-Length says."},
            {"unknown_transfer_encoding", 501, "Send Transfer-Encoding: chunked or none."},
            {"version_not_supported", 505, "Speak HTTP/1.1."},
            {"webhook_not_verified", 401,
             "Check the project's repository URL and its webhook secret."},
            {"wrong_credentials", 403, "The password or the one-time code is wrong."},
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

}  // namespace trusthub::api
