#include "api/error_codes.h"

#include "sdk/result.h"

#include <algorithm>

namespace trusthub::api {

const std::vector<ErrorCode>& errorCodes() {
    static const std::vector<ErrorCode> kCodes = [] {
        std::vector<ErrorCode> codes{
            {"already_set_up", 409, "The first super_admin exists; sign in, or ask a super_admin."},
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
            {"body_gone", 410,
             "The stored body is past its retention; let the sender deliver again."},
            {"connection_changed", 409, "It changed meanwhile; read it again first."},
            {"leak_not_signed", 401,
             "Sign as GitHub's secret scanning does, with a key that leaks.github_keys holds."},
            {"last_super_admin", 409, "The organization needs at least one active super_admin."},
            {"missing_header", 422, "Send the webhook as the provider does, with all its headers."},
            {"name_taken", 409, "Choose another name."},
            {"no_report", 404, "The scan has no report; see its status."},
            {"project_gone", 409,
             "The receipt's project was removed; there is nothing to replay for."},
            {"request_timeout", 408, "Send the whole request without a pause."},
            {"scan_ended", 409, "The scan has ended; there is nothing to cancel."},
            {"rights_changed", 409, "Roles changed while the call was under way; try again."},
            {"setup_token_invalid", 410, "Print a new set-up link with trusthub setup-link."},
            {"target_too_long", 414, "Send a shorter path and query."},
            {"team_in_use", 409,
             "Remove the team's projects and endpoints and revoke its keys first."},
            {"too_many_endpoints", 409, "Remove endpoints that are no longer used."},
            {"too_many_fields", 431, "Send fewer headers."},
            {"too_many_secrets", 409, "End the overlap of earlier secrets first."},
            {"truncated_body", 400, "Send as many bytes as Content-Length says."},
            {"unknown_transfer_encoding", 501, "Send Transfer-Encoding: chunked or none."},
            {"version_not_supported", 505, "Speak HTTP/1.1."},
            {"webhook_not_verified", 401,
             "Check the project's repository URL and its webhook secret."},
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
