#include "api/operations.h"

#include "api/handlers.h"
#include "api/routes.h"
#include "audit/audit_log.h"

#include <boost/json.hpp>

#include <algorithm>

namespace trusthub::api {
namespace {

const std::vector<std::string_view> kPage{"limit", "cursor"};
const std::vector<std::string_view> kAuditFilters{
    "limit", "cursor", "target_table", "action", "actor", "key", "ip", "from", "to", "q"};

const std::vector<Operation>& operations() {
    static const std::vector<Operation> kOperations{
        {healthz, "getLiveness", "System"},
        {readyz, "getReadiness", "System"},
        {metrics, "getMetrics", "System", {}, {401, 403}, false, "text/plain"},
        {openapi, "getOpenApi", "System"},
        {errorDocs, "getErrorDocs", "System", {}, {}, false, "text/html"},
        {setupPage, "getSetupPage", "Sign-in", {}, {}, false, "text/html"},
        {rootPage, "getRootPage", "System", {}, {}, false, "text/html"},
        {listConnectors, "listConnectors", "Connectors", {}, {422}},

        {completeSetup, "completeSetup", "Sign-in", {}, {409, 410}},
        {invitationPage, "getInvitationPage", "Sign-in", {}, {}, false, "text/html"},
        {signIn, "signIn", "Sign-in", {}, {401, 429}},
        {getSession, "getSession", "Sign-in", {}, {422}},
        {renewToken, "renewToken", "Sign-in"},
        {stepUp, "stepUp", "Sign-in", {}, {403, 429}},
        {signOut, "signOut", "Sign-in"},
        {listSessions, "listSessions", "Sign-in", {"limit", "cursor", "user_id"}, {403}},
        {endSession, "endSession", "Sign-in"},
        {endOtherSessions, "endOtherSessions", "Sign-in"},
        {changePassword, "changePassword", "Sign-in", {}, {403, 429}},
        {beginTotp, "beginTotp", "Sign-in", {}, {403, 409}},
        {confirmTotp, "confirmTotp", "Sign-in", {}, {409}},
        {removeTotp, "removeTotp", "Sign-in", {}, {403, 409, 429}},
        {me, "getMe", "Sign-in"},

        {listUsers, "listUsers", "Users", kPage},
        {createUser, "createUser", "Users", {}, {409}},
        {getUser, "getUser", "Users"},
        {updateUser, "updateUser", "Users", {}, {409}},

        {listServiceAccounts, "listServiceAccounts", "Users", kPage},
        {createServiceAccount, "createServiceAccount", "Users"},
        {getServiceAccount, "getServiceAccount", "Users"},
        {updateServiceAccount, "updateServiceAccount", "Users", {}, {409}},
        {deleteServiceAccount, "deleteServiceAccount", "Users", {}, {409}},

        {listInvitations, "listInvitations", "Users", kPage},
        {createInvitation, "createInvitation", "Users", {}, {409}},
        {withdrawInvitation, "withdrawInvitation", "Users", {}, {409}},
        {resendInvitation, "resendInvitation", "Users", {}, {409}},
        {acceptInvitation, "acceptInvitation", "Users", {}, {409, 410}},

        {listTeams, "listTeams", "Teams", kPage},
        {createTeam, "createTeam", "Teams", {}, {409}},
        {getTeam, "getTeam", "Teams"},
        {updateTeam, "updateTeam", "Teams", {}, {409}},
        {deleteTeam, "deleteTeam", "Teams", {}, {409}},

        {listProjects, "listProjects", "Projects", kPage},
        {createProject, "createProject", "Projects", {}, {409}},
        {getProject, "getProject", "Projects"},
        {updateProject, "updateProject", "Projects", {}, {409}},
        {deleteProject, "deleteProject", "Projects"},
        {rotateWebhookSecret, "rotateWebhookSecret", "Projects", {}, {}, true},
        {getWebhookSecret, "getWebhookSecretStatus", "Projects"},
        {endPreviousSecrets, "endPreviousWebhookSecrets", "Projects"},

        {listApiKeys,
         "listApiKeys",
         "API keys",
         {"limit", "cursor", "include_revoked", "scope", "team_id", "project_id", "type",
          "never_expires", "unused_days", "imported"}},
        {createApiKey, "createApiKey", "API keys", {}, {409}},
        {getApiKey, "getApiKey", "API keys", {"include_revoked"}},
        {updateApiKey, "updateApiKey", "API keys", {}, {409}},
        {revokeApiKey, "revokeApiKey", "API keys"},
        {getApiKeyUsage, "getApiKeyUsage", "API keys", {"from", "to", "by"}},
        {explainApiKey, "explainApiKey", "API keys"},
        {rotateApiKey, "rotateApiKey", "API keys", {}, {409}, true},
        {endApiKeyOverlap, "endApiKeyOverlap", "API keys"},
        {getApiKeyRotation, "getApiKeyRotation", "API keys"},
        {setApiKeyRotationSchedule, "setApiKeyRotationSchedule", "API keys", {}, {409}},
        {removeApiKeyRotationSchedule, "removeApiKeyRotationSchedule", "API keys"},

        {triggerScan, "triggerScan", "Scans"},
        {listScans, "listScans", "Scans", kPage},
        {getScan, "getScan", "Scans"},
        {getScanReport, "getScanReport", "Scans", {}, {}, false, "application/vnd.cyclonedx+json"},
        {cancelScan, "cancelScan", "Scans", {}, {409}},

        {receiveGithub, "receiveGithub", "Inbound webhooks", {}, {401, 404}},
        {receiveGitlab, "receiveGitlab", "Inbound webhooks", {}, {401, 404}},
        {receiveForConnection, "receiveForConnection", "Inbound webhooks", {}, {401}},
        {listReceipts,
         "listReceipts",
         "Inbound webhooks",
         {"limit", "cursor", "project_id", "outcome", "event", "provider"}},
        {getReceipt, "getReceipt", "Inbound webhooks"},
        {replayReceipt, "replayReceipt", "Inbound webhooks", {}, {409, 410}},
        {explainReceipt, "explainReceipt", "Inbound webhooks", {}, {}, true},
        {reportLeaks, "reportLeaks", "API keys", {}, {401, 429}},

        {listConnections, "listConnections", "Connections", kPage},
        {createConnection, "createConnection", "Connections", {}, {409}},
        {getConnection, "getConnection", "Connections"},
        {updateConnection, "updateConnection", "Connections", {}, {409}},
        {deleteConnection, "deleteConnection", "Connections"},

        {listEventTypes, "listEventTypes", "Events", {}, {422}},
        {createEvent, "createEvent", "Events"},
        {listEvents, "listEvents", "Events", {"limit", "cursor", "type"}},
        {getEvent, "getEvent", "Events"},

        {createEndpoint, "createEndpoint", "Endpoints", {}, {409}},
        {listEndpoints, "listEndpoints", "Endpoints", kPage},
        {getEndpoint, "getEndpoint", "Endpoints"},
        {updateEndpoint, "updateEndpoint", "Endpoints", {}, {409}},
        {deleteEndpoint, "deleteEndpoint", "Endpoints", {}, {409}},
        {pauseEndpoint, "pauseEndpoint", "Endpoints", {}, {409}},
        {resumeEndpoint, "resumeEndpoint", "Endpoints", {}, {409}},
        {rotateEndpointSecret, "rotateEndpointSecret", "Endpoints", {}, {409}, true},
        {testEndpoint, "testEndpoint", "Endpoints", {}, {409}, true},
        {listDeliveries, "listDeliveries", "Deliveries", {"limit", "cursor", "status"}},
        {getDelivery, "getDelivery", "Deliveries"},
        {retryDelivery, "retryDelivery", "Deliveries", {}, {409}},

        {listAlerts, "listAlerts", "Alerts", {"limit", "cursor", "state", "kind"}},
        {getAlert, "getAlert", "Alerts"},
        {acknowledgeAlert, "acknowledgeAlert", "Alerts", {}, {409}},

        {listAudit, "listAudit", "Audit", kAuditFilters},
        {listAdminAudit, "listAdminAudit", "Audit", kAuditFilters},
        {verifyAudit, "verifyAudit", "Audit", {}, {422}},

        {getAccessReport, "getAccessReport", "Access reviews", {}, {422}},
        {listAccessReviews, "listAccessReviews", "Access reviews", kPage},
        {attestAccess, "attestAccess", "Access reviews", {}, {403}, true},
        {getAccessReview, "getAccessReview", "Access reviews"},
        {exportAccessReview, "exportAccessReview", "Access reviews"},
    };
    return kOperations;
}

json::Value text() {
    return {{"type", "string"}};
}
json::Value text(std::string_view format) {
    return {{"type", "string"}, {"format", format}};
}

json::Value oneOf(const std::vector<std::string_view>& words) {
    return {{"type", "string"}, {"enum", json::Array(words.begin(), words.end())}};
}

}  // namespace

const Operation* findOperation(Outcome (*handler)(Call& call)) {
    const auto& all = operations();
    const auto found = std::ranges::find(all, handler, &Operation::handler);
    return found == all.end() ? nullptr : &*found;
}

Result<void> onlyKnownQuery(const Call& call, const Route& route) {
    if (call.query.empty()) return {};
    const Operation* operation = findOperation(route.handler);
    return call.onlyQuery(operation ? operation->query : std::vector<std::string_view>{});
}

const std::vector<Tag>& tags() {
    static const std::vector<Tag> kTags{
        {"System", "Health, metrics and documents about the API itself."},
        {"Sign-in", "The first super_admin, sessions of people, and who the caller is."},
        {"Users", "People of this hub, service accounts, their roles, and invitations."},
        {"Teams", "Teams own projects."},
        {"Projects", "A project has a repository and webhook secrets."},
        {"API keys", "Credentials of machines: type, scope and permissions."},
        {"Scans", "Jobs of a project, triggered by CI or by a push."},
        {"Inbound webhooks", "What GitHub and GitLab send in, and its receipts."},
        {"Events", "What happened: the catalogue of types, and events."},
        {"Endpoints", "Who wants to know: outbound webhooks."},
        {"Deliveries", "One event for one endpoint, with every attempt."},
        {"Connectors", "The plugins of this hub."},
        {"Connections", "Configured uses of connectors."},
        {"Alerts", "What somebody has to look at."},
        {"Audit", "Who did what: hash-chained rows."},
        {"Access reviews", "Who may do what, attested by somebody who has looked."},
    };
    return kTags;
}

const std::vector<QueryParameter>& queryParameters() {
    static const std::vector<QueryParameter> kParameters{
        {"limit",
         "How many items at most.",
         {{"type", "integer"}, {"minimum", 1}, {"maximum", 200}, {"default", 50}}},
        {"cursor", "next_cursor of the page before, as it is.", text()},
        {"include_revoked", "Also keys that were revoked.", oneOf({"true", "false"})},
        {"project_id", "Of this project only.", text("uuid")},
        {"outcome",
         "With this outcome only. `refused` lists what was turned away lately, for those who "
         "manage the project that it names.",
         oneOf({"enqueued", "coalesced", "ignored", "refused"})},
        {"event", "Of this event of the provider only.", text()},
        {"provider", "From this provider only.", oneOf({"github", "gitlab"})},
        {"user_id", "Of this user; one's own when left out.", text("uuid")},
        {"type", "Of this type only: an event type, or a key type.", text()},
        {"scope", "Of this scope only.", oneOf({"org", "team", "project"})},
        {"team_id", "Of this team only.", text("uuid")},
        {"never_expires", "Only those without an end, or only those with one.",
         oneOf({"true", "false"})},
        {"unused_days",
         "Only those that were neither used nor made in so many days.",
         {{"type", "integer"}, {"minimum", 1}, {"maximum", 3650}}},
        {"imported", "Only those that were made elsewhere, or only those of this hub.",
         oneOf({"true", "false"})},
        {"status", "In this state only.", oneOf({"pending", "delivered", "failed", "cancelled"})},
        {"state", "In this state only.", oneOf({"open", "acknowledged", "resolved"})},
        {"kind", "Of this kind only.", oneOf(health::alertKinds())},
        {"target_table", "What was touched.", oneOf(audit::targetTables())},
        {"action", "What was done.", oneOf(audit::actions())},
        {"actor", "Id of the user, key or project that did it.", text()},
        {"key", "Id of the API key that did it.", text()},
        {"ip", "Address of the client.", text()},
        {"from", "Not before.", text("date-time")},
        {"to", "Before.", text("date-time")},
        {"by",
         "What the items are sums of.",
         {{"type", "string"}, {"enum", {"route", "client", "day"}}, {"default", "day"}}},
        {"q", "Text within the actor's label, the target's id or the details.", text()},
    };
    return kParameters;
}

}  // namespace trusthub::api
