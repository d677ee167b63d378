#include "api/routes.h"

#include "api/handlers.h"

namespace trusthub::api {
namespace {

// What few rows have beside the columns that all have.

/// These members of the answer are secrets: shown once, never stored.
Route showsOnce(Route route, std::vector<std::string> members) {
    route.secretMembers = std::move(members);
    return route;
}

Route quiet(Route route) {
    route.quiet = true;
    return route;
}

Route throttled(Route route, Throttle throttle) {
    route.throttle = throttle;
    return route;
}

Route asking(Route route, access::Permission further) {
    route.further = further;
    return route;
}

/// Webhooks of a provider: as large as it sends them.
Route inbound(Route route) {
    route.maxBody = 25UL << 20;
    return throttled(std::move(route), Throttle::Webhooks);
}

}  // namespace

const std::vector<Route>& routes() {
    using access::Permission;
    using enum Who;
    const auto none = std::nullopt;
    // method, pattern, who, permission, handler, summary, status, body, answer
    static const std::vector<Route> kRoutes{
        quiet({"GET", "/healthz", Public, none, healthz, "The process answers", 200, "", "Health"}),
        quiet({"GET", "/readyz", Public, none, readyz, "May requests be sent here", 200, "",
               "Health"}),
        asking(quiet({"GET", "/metrics", Public, none, metrics,
                      "Prometheus metrics; from loopback, or with metrics:read", 200, "", ""}),
               Permission::MetricsRead),
        {"GET", "/openapi.json", Public, none, openapi, "This document", 200, "", "OpenApi"},
        {"GET", "/", Public, none, rootPage, "What this is, and where to go from here"},
        {"GET", "/docs/errors", Public, none, errorDocs, "Every error code and what to do"},
        {"GET", "/setup", Public, none, setupPage, "The form behind the set-up link"},

        throttled(
            {"POST", "/v1/setup", Public, none, completeSetup,
             "Make the first super_admin with the set-up token", 201, "Setup", "User", Run::Pool},
            Throttle::SignIn),
        {"GET", "/invitation", Public, none, invitationPage, "The form behind an invitation"},
        throttled({"POST", "/v1/session", Public, none, signIn,
                   "Sign in with e-mail address and password", 201, "SignIn", "Session"},
                  Throttle::SignIn),
        {"GET", "/v1/session", Person, none, getSession,
         "The session of this call, with the CSRF token of its pages", 200, "", "CurrentSession"},
        {"DELETE", "/v1/session", Person, none, signOut, "Sign out", 204},
        {"POST", "/v1/session/token", Person, none, renewToken,
         "A fresh access token for the session of this call", 201, "", "Session"},
        {"POST", "/v1/session/step-up", Person, none, stepUp,
         "Show the password again, for what asks for it", 204, "StepUp"},
        {"GET", "/v1/sessions", Person, none, listSessions,
         "List one's own open sessions; a super_admin, those of others", 200, "", "SessionList"},
        {"DELETE", "/v1/sessions", Person, none, endOtherSessions,
         "End all one's own sessions but this one", 204},
        {"DELETE", "/v1/sessions/{id}", Person, none, endSession,
         "End a session of one's own; a super_admin, anybody's", 204},
        {"GET", "/v1/me", PersonOrKey, none, me, "Who am I, by which credential, with which rights",
         200, "", "Me"},

        {"POST", "/v1/me/password", Person, none, changePassword,
         "Change one's own password; other sessions end", 204, "PasswordChange"},
        showsOnce({"POST", "/v1/me/totp", Person, none, beginTotp,
                   "Ask for a secret for one-time codes; shown once, in force once confirmed", 201,
                   "", "TotpSecret"},
                  {"secret", "otpauth_url"}),
        showsOnce({"POST", "/v1/me/totp/confirm", Person, none, confirmTotp,
                   "Turn one-time codes on with a first code; recovery codes are shown once", 201,
                   "TotpCode", "RecoveryCodes"},
                  {"recovery_codes"}),
        {"DELETE", "/v1/me/totp", Person, none, removeTotp, "Turn one-time codes off", 204,
         "TotpRemoval"},

        {"GET", "/v1/users", PersonOrAdmin, Permission::UsersRead, listUsers, "List users", 200, "",
         "UserList"},
        {"POST", "/v1/users", PersonOrAdmin, Permission::UsersWrite, createUser,
         "Add a user with roles", 201, "NewUser", "User", Run::Pool},
        {"GET", "/v1/users/{id}", PersonOrAdmin, none, getUser, "Read a user", 200, "", "User"},
        {"PATCH", "/v1/users/{id}", PersonOrAdmin, Permission::UsersWrite, updateUser,
         "Change name, status or roles", 200, "UserChange", "User"},
        {"GET", "/v1/service-accounts", PersonOrAdmin, Permission::UsersRead, listServiceAccounts,
         "List service accounts", 200, "", "ServiceAccountList"},
        {"POST", "/v1/service-accounts", PersonOrAdmin, Permission::UsersWrite,
         createServiceAccount, "Add a service account with a steward", 201, "NewServiceAccount",
         "ServiceAccount"},
        {"GET", "/v1/service-accounts/{id}", PersonOrAdmin, Permission::UsersRead,
         getServiceAccount, "Read a service account", 200, "", "ServiceAccount"},
        {"PATCH", "/v1/service-accounts/{id}", PersonOrAdmin, Permission::UsersWrite,
         updateServiceAccount, "Change name, status, steward or roles", 200, "ServiceAccountChange",
         "ServiceAccount"},
        {"DELETE", "/v1/service-accounts/{id}", PersonOrAdmin, Permission::UsersWrite,
         deleteServiceAccount, "Remove a service account without keys in force", 204},
        {"GET", "/v1/invitations", PersonOrAdmin, Permission::UsersRead, listInvitations,
         "List invitations to the hub and to the caller's teams", 200, "", "InvitationList",
         Run::Pool},
        showsOnce({"POST", "/v1/invitations", PersonOrAdmin, Permission::UsersWrite,
                   createInvitation, "Invite somebody; the link is mailed, and shown once", 201,
                   "NewInvitation", "ShownInvitation"},
                  {"accept_url"}),
        {"DELETE", "/v1/invitations/{id}", PersonOrAdmin, Permission::UsersWrite,
         withdrawInvitation, "Withdraw an invitation", 204},
        showsOnce({"POST", "/v1/invitations/{id}/resend", PersonOrAdmin, Permission::UsersWrite,
                   resendInvitation, "A new link for another 72 hours; the old one ends", 201, "",
                   "ShownInvitation"},
                  {"accept_url"}),
        throttled({"POST", "/v1/invitations/accept", Public, none, acceptInvitation,
                   "Become a user, or get a first password, by the link of an invitation", 201,
                   "InvitationAcceptance", "User"},
                  Throttle::SignIn),
        {"GET", "/v1/teams", PersonOrAdmin, Permission::TeamsRead, listTeams,
         "List the caller's teams", 200, "", "TeamList", Run::Pool},
        {"POST", "/v1/teams", PersonOrAdmin, Permission::TeamsWrite, createTeam, "Add a team", 201,
         "NewTeam", "Team"},
        {"GET", "/v1/teams/{id}", PersonOrAdmin, Permission::TeamsRead, getTeam, "Read a team", 200,
         "", "Team"},
        {"PATCH", "/v1/teams/{id}", PersonOrAdmin, Permission::TeamsWrite, updateTeam,
         "Rename a team", 200, "NewTeam", "Team"},
        {"DELETE", "/v1/teams/{id}", PersonOrAdmin, Permission::TeamsWrite, deleteTeam,
         "Remove a team without projects", 204},

        {"GET", "/v1/projects", Person, Permission::ProjectsRead, listProjects,
         "List the caller's projects; a key gets 401", 200, "", "ProjectList", Run::Pool},
        {"POST", "/v1/projects", Person, Permission::ProjectsWrite, createProject,
         "Add a project with its repository", 201, "NewProject", "Project", Run::Pool},
        {"GET", "/v1/projects/{id}", Person, Permission::ProjectsRead, getProject, "Read a project",
         200, "", "Project"},
        {"PATCH", "/v1/projects/{id}", Person, Permission::ProjectsWrite, updateProject,
         "Change name or repository URL", 200, "ProjectChange", "Project", Run::Pool},
        {"DELETE", "/v1/projects/{id}", Person, Permission::ProjectsWrite, deleteProject,
         "Remove a project with its scans and receipts; its API keys are revoked", 204},
        showsOnce({"POST", "/v1/projects/{id}/webhook-secret", Person, Permission::ProjectsWrite,
                   rotateWebhookSecret,
                   "Make or import the webhook secret; shown once, the old one overlaps", 201,
                   "NewWebhookSecret", "WebhookSecret"},
                  {"secret"}),
        {"GET", "/v1/projects/{id}/webhook-secret", Person, Permission::ProjectsRead,
         getWebhookSecret, "Which webhook secrets are in force", 200, "", "WebhookSecretStatus"},
        {"DELETE", "/v1/projects/{id}/webhook-secret/previous", Person, Permission::ProjectsWrite,
         endPreviousSecrets, "End the overlap of earlier webhook secrets", 204},

        {"GET", "/v1/api-keys", PersonOrAdmin, Permission::KeysRead, listApiKeys,
         "List the keys that the caller may see", 200, "", "ApiKeyList", Run::Pool},
        // Only who may read a project issues keys for it.
        asking(
            showsOnce({"POST", "/v1/api-keys", PersonOrAdmin, Permission::KeysWrite, createApiKey,
                       "Issue an API key; the key is shown once", 201, "NewApiKey", "IssuedApiKey"},
                      {"raw_key"}),
            Permission::ProjectsRead),
        {"GET", "/v1/api-keys/{id}", PersonOrAdmin, Permission::KeysRead, getApiKey,
         "Read an API key without the key", 200, "", "ApiKey"},
        {"PATCH", "/v1/api-keys/{id}", PersonOrAdmin, Permission::KeysWrite, updateApiKey,
         "Rename an API key, or narrow it", 200, "ApiKeyChange", "ApiKey"},
        {"DELETE", "/v1/api-keys/{id}", PersonOrAdmin, Permission::KeysWrite, revokeApiKey,
         "Revoke an API key at once", 204},
        {"GET", "/v1/api-keys/{id}/usage", PersonOrAdmin, Permission::KeysRead, getApiKeyUsage,
         "What a key was used for, when and from where", 200, "", "ApiKeyUsage", Run::Pool},
        {"POST", "/v1/api-keys/{id}/explain", PersonOrAdmin, Permission::KeysRead, explainApiKey,
         "Why a call with a key is or would be allowed or refused", 200, "ExplainCall",
         "Explanation"},
        showsOnce({"POST", "/v1/api-keys/{id}/rotate", PersonOrAdmin, Permission::KeysWrite,
                   rotateApiKey, "Make a key's successor; shown once, both work during the overlap",
                   201, "RotateApiKey", "RotatedApiKey"},
                  {"raw_key"}),
        {"DELETE", "/v1/api-keys/{id}/overlap", PersonOrAdmin, Permission::KeysWrite,
         endApiKeyOverlap, "End the overlap: the older key stops at once", 204},
        {"GET", "/v1/api-keys/{id}/rotation", PersonOrAdmin, Permission::KeysRead,
         getApiKeyRotation, "How a key is rotated, and who still uses the old one", 200, "",
         "ApiKeyRotation", Run::Pool},
        {"PUT", "/v1/api-keys/{id}/rotation-schedule", PersonOrAdmin, Permission::KeysWrite,
         setApiKeyRotationSchedule, "Rotate a key every so many days", 200, "RotationPlan",
         "RotationSchedule"},
        {"DELETE", "/v1/api-keys/{id}/rotation-schedule", PersonOrAdmin, Permission::KeysWrite,
         removeApiKeyRotationSchedule, "Rotate a key by hand only", 204},

        {"POST", "/v1/projects/{id}/scans", PersonOrKey, Permission::ScansTrigger, triggerScan,
         "Trigger a scan; joins the one that waits for the same ref", 200, "NewScan", "Scan"},
        {"GET", "/v1/projects/{id}/scans", PersonOrKey, Permission::ScansRead, listScans,
         "List a project's scans", 200, "", "ScanList"},
        {"GET", "/v1/scans/{id}", PersonOrKey, Permission::ScansRead, getScan, "Follow a scan", 200,
         "", "Scan"},
        {"GET", "/v1/scans/{id}/report", PersonOrKey, Permission::ScansRead, getScanReport,
         "The report of a scan that succeeded", 200, "", "", Run::Pool},
        {"POST", "/v1/scans/{id}/cancel", PersonOrKey, Permission::ScansTrigger, cancelScan,
         "Cancel a scan", 200, "", "Scan"},

        inbound({"POST", "/v1/webhooks/github", Public, none, receiveGithub,
                 "Inbound webhooks from GitHub, verified by signature", 200, "Anything",
                 "Received"}),
        inbound({"POST", "/v1/webhooks/gitlab", Public, none, receiveGitlab,
                 "Inbound webhooks from GitLab, verified by signature or token", 200, "Anything",
                 "Received"}),
        inbound({"POST", "/v1/webhooks/{id}", Public, none, receiveForConnection,
                 "Inbound webhooks for a connection, also by a webhook key", 200, "Anything",
                 "Received"}),
        {"GET", "/v1/receipts", PersonOrKey, Permission::ReceiptsRead, listReceipts,
         "List inbound webhooks as received, or refused ones", 200, "", "ReceiptList"},
        {"GET", "/v1/receipts/{id}", PersonOrKey, Permission::ReceiptsRead, getReceipt,
         "Read a receipt", 200, "", "Receipt"},
        {"POST", "/v1/receipts/{id}/replay", PersonOrKey, Permission::ReceiptsReplay, replayReceipt,
         "Process a stored delivery again, as if it arrived now", 200, "", "Replayed", Run::Pool},
        {"POST", "/v1/receipts/{id}/explain", PersonOrKey, Permission::ProjectsWrite,
         explainReceipt, "Which known mistake made a delivery fail", 200, "ExplainReceipt",
         "ReceiptExplanation", Run::Pool},
        {"POST", "/v1/leaks", Public, none, reportLeaks,
         "Keys found by GitHub's secret scanning, signed by it", 200, "Anything", "LeakVerdicts",
         Run::Pool},

        {"GET", "/v1/event-types", PersonOrKey, Permission::EventsRead, listEventTypes,
         "The catalogue with schemas and examples", 200, "", "EventTypeList"},
        {"GET", "/v1/events", PersonOrKey, Permission::EventsRead, listEvents, "List events", 200,
         "", "EventList"},
        {"POST", "/v1/events", PersonOrKey, Permission::EventsWrite, createEvent,
         "Send an event in; checked against its schema", 201, "NewEvent", "EmittedEvent"},
        {"GET", "/v1/events/{id}", PersonOrKey, Permission::EventsRead, getEvent, "Read an event",
         200, "", "Event"},

        {"GET", "/v1/endpoints", PersonOrKey, Permission::EndpointsRead, listEndpoints,
         "List endpoints of outbound webhooks", 200, "", "EndpointList"},
        showsOnce(
            {"POST", "/v1/endpoints", PersonOrKey, Permission::EndpointsWrite, createEndpoint,
             "Add an endpoint; its secret is shown once", 201, "NewEndpoint", "ShownEndpoint"},
            {"secret"}),
        {"GET", "/v1/endpoints/{id}", PersonOrKey, Permission::EndpointsRead, getEndpoint,
         "Read an endpoint", 200, "", "Endpoint"},
        {"PATCH", "/v1/endpoints/{id}", PersonOrKey, Permission::EndpointsWrite, updateEndpoint,
         "Change an endpoint; another origin drops its headers", 200, "EndpointChange", "Endpoint"},
        {"DELETE", "/v1/endpoints/{id}", PersonOrKey, Permission::EndpointsWrite, deleteEndpoint,
         "Remove an endpoint", 204},
        {"POST", "/v1/endpoints/{id}/pause", PersonOrKey, Permission::EndpointsWrite, pauseEndpoint,
         "Hold deliveries", 200, "", "Endpoint"},
        {"POST", "/v1/endpoints/{id}/resume", PersonOrKey, Permission::EndpointsWrite,
         resumeEndpoint, "Go on with deliveries", 200, "", "Endpoint"},
        showsOnce(
            {"POST", "/v1/endpoints/{id}/rotate-secret", PersonOrKey, Permission::EndpointsWrite,
             rotateEndpointSecret, "Make or import a new secret; both sign during the overlap", 201,
             "RotateSecret", "ShownEndpoint"},
            {"secret"}),
        {"POST", "/v1/endpoints/{id}/test", PersonOrKey, Permission::EndpointsTest, testEndpoint,
         "Send an example event to this endpoint only", 201, "TestSend", "TestSent"},
        {"GET", "/v1/endpoints/{id}/deliveries", PersonOrKey, Permission::DeliveriesRead,
         listDeliveries, "List an endpoint's deliveries", 200, "", "DeliveryList"},
        {"GET", "/v1/deliveries/{id}", PersonOrKey, Permission::DeliveriesRead, getDelivery,
         "Read a delivery with its attempts", 200, "", "Delivery"},
        {"POST", "/v1/deliveries/{id}/retry", PersonOrKey, Permission::DeliveriesRetry,
         retryDelivery, "Try a delivery again now, under the same id", 200, "", "Delivery"},

        {"GET", "/v1/connectors", PersonOrKey, Permission::ConnectorsRead, listConnectors,
         "List connectors, loaded or refused", 200, "", "ConnectorList"},

        {"GET", "/v1/connections", PersonOrKey, Permission::ConnectionsRead, listConnections,
         "List connections", 200, "", "ConnectionList"},
        {"POST", "/v1/connections", PersonOrKey, Permission::ConnectionsWrite, createConnection,
         "Add a connection of a connector", 201, "NewConnection", "Connection"},
        {"GET", "/v1/connections/{id}", PersonOrKey, Permission::ConnectionsRead, getConnection,
         "Read a connection without its secrets", 200, "", "Connection"},
        {"PATCH", "/v1/connections/{id}", PersonOrKey, Permission::ConnectionsWrite,
         updateConnection, "Change, pause or resume a connection", 200, "ConnectionChange",
         "Connection"},
        {"DELETE", "/v1/connections/{id}", PersonOrKey, Permission::ConnectionsWrite,
         deleteConnection, "Remove a connection with its secrets", 204},

        {"GET", "/v1/alerts", PersonOrKey, Permission::AlertsRead, listAlerts,
         "List what somebody has to look at: alerts of the caller's teams and keys", 200, "",
         "AlertList", Run::Pool},
        {"GET", "/v1/alerts/{id}", PersonOrKey, Permission::AlertsRead, getAlert,
         "Read an alert, with what became of its mails", 200, "", "Alert"},
        {"POST", "/v1/alerts/{id}/acknowledge", Person, none, acknowledgeAlert,
         "Say that one looks after an alert", 200, "", "Alert"},

        {"GET", "/v1/audit", PersonOrKey, Permission::AuditRead, listAudit,
         "The audit log of the caller's teams", 200, "", "AuditList", Run::Pool},
        {"GET", "/v1/admin/audit", PersonOrKey, Permission::AuditRead, listAdminAudit,
         "The whole audit log", 200, "", "AuditList", Run::Pool},
        {"GET", "/v1/audit/verify", PersonOrKey, Permission::AuditRead, verifyAudit,
         "Recompute every hash of the audit chains", 200, "", "AuditVerification", Run::Pool},

        {"GET", "/v1/access-reviews/current", PersonOrKey, Permission::AuditRead, getAccessReport,
         "Who may do what, with which credential, right now", 200, "", "AccessReport", Run::Pool},
        {"GET", "/v1/access-reviews", PersonOrKey, Permission::AuditRead, listAccessReviews,
         "List attested access reviews", 200, "", "AccessReviewList"},
        {"POST", "/v1/access-reviews", Person, none, attestAccess,
         "Attest the report of this moment", 201, "NewAccessReview", "AccessReview", Run::Pool},
        {"GET", "/v1/access-reviews/{id}", PersonOrKey, Permission::AuditRead, getAccessReview,
         "Read an attested review with its report", 200, "", "AccessReview", Run::Pool},
        {"GET", "/v1/access-reviews/{id}/export", PersonOrKey, Permission::AuditRead,
         exportAccessReview, "A review as a signed envelope", 200, "", "SignedAccessReview",
         Run::Pool},
    };
    return kRoutes;
}

const http::Router& routeIndex() {
    static const http::Router kIndex = [] {
        http::Router index;
        for (const Route& route : routes()) index.add(route.method, route.pattern);
        return index;
    }();
    return kIndex;
}

}  // namespace trusthub::api
