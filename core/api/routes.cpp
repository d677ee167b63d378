#include "api/routes.h"

#include "api/handlers.h"

namespace trusthub::api {

const std::vector<Route>& routes() {
    using access::Permission;
    using enum Who;
    constexpr std::size_t kWebhookBody = 25UL << 20;
    const auto none = std::nullopt;
    // method, pattern, who, permission, handler, summary, status, body, answer
    static const std::vector<Route> kRoutes{
        {"GET", "/healthz", Public, none, healthz, "The process answers", 200, "", "Health", Run::Inline, 1 << 20, {}, true},
        {"GET", "/readyz", Public, none, readyz, "May requests be sent here", 200, "", "Health", Run::Inline, 1 << 20, {}, true},
        {"GET", "/metrics", Public, none, metrics, "Prometheus metrics; from loopback, or with metrics:read", 200, "", "", Run::Inline, 1 << 20, {}, true},
        {"GET", "/openapi.json", Public, none, openapi, "This document", 200, "", "OpenApi"},
        {"GET", "/docs/errors", Public, none, errorDocs, "Every error code and what to do"},
        {"GET", "/setup", Public, none, setupPage, "The form behind the set-up link"},

        {"POST", "/v1/setup", Public, none, completeSetup, "Make the first super_admin with the set-up token", 201, "Setup", "User", Run::Pool},
        {"POST", "/v1/session", Public, none, signIn, "Sign in with e-mail address and password", 201, "SignIn", "Session", Run::Pool},
        {"DELETE", "/v1/session", Person, none, signOut, "Sign out", 204},
        {"GET", "/v1/me", PersonOrKey, none, me, "Who am I, by which credential, with which rights", 200, "", "Me"},

        {"GET", "/v1/users", PersonOrAdmin, Permission::UsersRead, listUsers, "List users", 200, "", "UserList"},
        {"POST", "/v1/users", PersonOrAdmin, Permission::UsersWrite, createUser, "Add a user with roles", 201, "NewUser", "User", Run::Pool},
        {"GET", "/v1/users/{id}", PersonOrAdmin, none, getUser, "Read a user", 200, "", "User"},
        {"PATCH", "/v1/users/{id}", PersonOrAdmin, Permission::UsersWrite, updateUser, "Change name, status or roles", 200, "UserChange", "User"},
        {"GET", "/v1/teams", PersonOrAdmin, Permission::TeamsRead, listTeams, "List the caller's teams", 200, "", "TeamList"},
        {"POST", "/v1/teams", PersonOrAdmin, Permission::TeamsWrite, createTeam, "Add a team", 201, "NewTeam", "Team"},
        {"GET", "/v1/teams/{id}", PersonOrAdmin, Permission::TeamsRead, getTeam, "Read a team", 200, "", "Team"},
        {"PATCH", "/v1/teams/{id}", PersonOrAdmin, Permission::TeamsWrite, updateTeam, "Rename a team", 200, "NewTeam", "Team"},
        {"DELETE", "/v1/teams/{id}", PersonOrAdmin, Permission::TeamsWrite, deleteTeam, "Remove a team without projects", 204},

        {"GET", "/v1/projects", Person, Permission::ProjectsRead, listProjects, "List the caller's projects; a key gets 401", 200, "", "ProjectList"},
        {"POST", "/v1/projects", Person, Permission::ProjectsWrite, createProject, "Add a project with its repository", 201, "NewProject", "Project"},
        {"GET", "/v1/projects/{id}", Person, Permission::ProjectsRead, getProject, "Read a project", 200, "", "Project"},
        {"PATCH", "/v1/projects/{id}", Person, Permission::ProjectsWrite, updateProject, "Change name or repository URL", 200, "ProjectChange", "Project"},
        {"DELETE", "/v1/projects/{id}", Person, Permission::ProjectsWrite, deleteProject, "Remove a project with its scans and receipts", 204},
        {"POST", "/v1/projects/{id}/webhook-secret", Person, Permission::ProjectsWrite, rotateWebhookSecret, "Make or import the webhook secret; shown once, the old one overlaps", 201, "NewWebhookSecret", "WebhookSecret", Run::Inline, 1 << 20, {"secret"}},
        {"GET", "/v1/projects/{id}/webhook-secret", Person, Permission::ProjectsRead, getWebhookSecret, "Which webhook secrets are in force", 200, "", "WebhookSecretStatus"},
        {"DELETE", "/v1/projects/{id}/webhook-secret/previous", Person, Permission::ProjectsWrite, endPreviousSecrets, "End the overlap of earlier webhook secrets", 204},

        {"GET", "/v1/api-keys", PersonOrAdmin, Permission::KeysRead, listApiKeys, "List the keys that the caller may see", 200, "", "ApiKeyList"},
        {"POST", "/v1/api-keys", PersonOrAdmin, Permission::KeysWrite, createApiKey, "Issue an API key; the key is shown once", 201, "NewApiKey", "IssuedApiKey", Run::Inline, 1 << 20, {"raw_key"}},
        {"GET", "/v1/api-keys/{id}", PersonOrAdmin, Permission::KeysRead, getApiKey, "Read an API key without the key", 200, "", "ApiKey"},
        {"DELETE", "/v1/api-keys/{id}", PersonOrAdmin, Permission::KeysWrite, revokeApiKey, "Revoke an API key at once", 204},

        {"POST", "/v1/projects/{id}/scans", PersonOrKey, Permission::ScansTrigger, triggerScan, "Trigger a scan; joins the one that waits for the same ref", 200, "NewScan", "Scan"},
        {"GET", "/v1/projects/{id}/scans", PersonOrKey, Permission::ScansRead, listScans, "List a project's scans", 200, "", "ScanList"},
        {"GET", "/v1/scans/{id}", PersonOrKey, Permission::ScansRead, getScan, "Follow a scan", 200, "", "Scan"},
        {"GET", "/v1/scans/{id}/report", PersonOrKey, Permission::ScansRead, getScanReport, "The report of a scan that succeeded", 200, "", "", Run::Pool},
        {"POST", "/v1/scans/{id}/cancel", PersonOrKey, Permission::ScansTrigger, cancelScan, "Cancel a scan", 200, "", "Scan"},

        {"POST", "/v1/webhooks/github", Public, none, receiveGithub, "Inbound webhooks from GitHub, verified by signature", 200, "Anything", "Received", Run::Inline, kWebhookBody},
        {"POST", "/v1/webhooks/gitlab", Public, none, receiveGitlab, "Inbound webhooks from GitLab, verified by signature or token", 200, "Anything", "Received", Run::Inline, kWebhookBody},
        {"GET", "/v1/receipts", PersonOrKey, Permission::ReceiptsRead, listReceipts, "List inbound webhooks as received", 200, "", "ReceiptList"},
        {"GET", "/v1/receipts/{id}", PersonOrKey, Permission::ReceiptsRead, getReceipt, "Read a receipt", 200, "", "Receipt"},

        {"GET", "/v1/event-types", PersonOrKey, Permission::EventsRead, listEventTypes, "The catalogue with schemas and examples", 200, "", "EventTypeList"},
        {"GET", "/v1/events", PersonOrKey, Permission::EventsRead, listEvents, "List events", 200, "", "EventList"},
        {"POST", "/v1/events", PersonOrKey, Permission::EventsWrite, createEvent, "Send an event in; checked against its schema", 201, "NewEvent", "EmittedEvent"},
        {"GET", "/v1/events/{id}", PersonOrKey, Permission::EventsRead, getEvent, "Read an event", 200, "", "Event"},

        {"GET", "/v1/endpoints", PersonOrKey, Permission::EndpointsRead, listEndpoints, "List endpoints of outbound webhooks", 200, "", "EndpointList"},
        {"POST", "/v1/endpoints", PersonOrKey, Permission::EndpointsWrite, createEndpoint, "Add an endpoint; its secret is shown once", 201, "NewEndpoint", "ShownEndpoint", Run::Inline, 1 << 20, {"secret"}},
        {"GET", "/v1/endpoints/{id}", PersonOrKey, Permission::EndpointsRead, getEndpoint, "Read an endpoint", 200, "", "Endpoint"},
        {"PATCH", "/v1/endpoints/{id}", PersonOrKey, Permission::EndpointsWrite, updateEndpoint, "Change an endpoint; another origin drops its headers", 200, "EndpointChange", "Endpoint"},
        {"DELETE", "/v1/endpoints/{id}", PersonOrKey, Permission::EndpointsWrite, deleteEndpoint, "Remove an endpoint", 204},
        {"POST", "/v1/endpoints/{id}/pause", PersonOrKey, Permission::EndpointsWrite, pauseEndpoint, "Hold deliveries", 200, "", "Endpoint"},
        {"POST", "/v1/endpoints/{id}/resume", PersonOrKey, Permission::EndpointsWrite, resumeEndpoint, "Go on with deliveries", 200, "", "Endpoint"},
        {"POST", "/v1/endpoints/{id}/rotate-secret", PersonOrKey, Permission::EndpointsWrite, rotateEndpointSecret, "Make or import a new secret; both sign during the overlap", 201, "RotateSecret", "ShownEndpoint", Run::Inline, 1 << 20, {"secret"}},
        {"POST", "/v1/endpoints/{id}/test", PersonOrKey, Permission::EndpointsTest, testEndpoint, "Send an example event to this endpoint only", 201, "TestSend", "TestSent"},
        {"GET", "/v1/endpoints/{id}/deliveries", PersonOrKey, Permission::DeliveriesRead, listDeliveries, "List an endpoint's deliveries", 200, "", "DeliveryList"},
        {"GET", "/v1/deliveries/{id}", PersonOrKey, Permission::DeliveriesRead, getDelivery, "Read a delivery with its attempts", 200, "", "Delivery"},
        {"POST", "/v1/deliveries/{id}/retry", PersonOrKey, Permission::DeliveriesRetry, retryDelivery, "Try a delivery again now, under the same id", 200, "", "Delivery"},

        {"GET", "/v1/connectors", PersonOrKey, Permission::ConnectorsRead, listConnectors, "List connectors, loaded or refused", 200, "", "ConnectorList"},

        {"GET", "/v1/audit", PersonOrKey, Permission::AuditRead, listAudit, "The audit log of the caller's teams", 200, "", "AuditList"},
        {"GET", "/v1/admin/audit", PersonOrKey, Permission::AuditRead, listAdminAudit, "The whole audit log", 200, "", "AuditList"},
        {"GET", "/v1/audit/verify", PersonOrKey, Permission::AuditRead, verifyAudit, "Recompute every hash of the audit chains", 200, "", "AuditVerification", Run::Pool},
    };
    return kRoutes;
}

}  // namespace trusthub::api
