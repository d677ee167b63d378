// Every handler, one line each; routes.cpp says which path it serves and who may call it.
#pragma once

#include "api/call.h"

namespace trusthub::api {

// resources.cpp
/// Every GET of a resource: 200 with its ETag, or 304.
Outcome readResource(Call& call);

// What GET of a resource answers; resources.cpp has the table.
Result<json::Object> representUser(const Call& call, store::ReadTx& tx);
Result<json::Object> representServiceAccount(const Call& call, store::ReadTx& tx);
Result<json::Object> representTeam(const Call& call, store::ReadTx& tx);
Result<json::Object> representProject(const Call& call, store::ReadTx& tx);
Result<json::Object> representWebhookSecret(const Call& call, store::ReadTx& tx);
Result<json::Object> representApiKey(const Call& call, store::ReadTx& tx);
Result<json::Object> representScan(const Call& call, store::ReadTx& tx);
Result<json::Object> representReceipt(const Call& call, store::ReadTx& tx);
Result<json::Object> representAlert(const Call& call, store::ReadTx& tx);
Result<json::Object> representConnection(const Call& call, store::ReadTx& tx);
Result<json::Object> representEvent(const Call& call, store::ReadTx& tx);
Result<json::Object> representEndpoint(const Call& call, store::ReadTx& tx);
Result<json::Object> representDelivery(const Call& call, store::ReadTx& tx);
Result<json::Object> representAccessReview(const Call& call, store::ReadTx& tx);

// people_api.cpp
Outcome completeSetup(Call& call);

// me_api.cpp
Outcome me(Call& call);

// session_api.cpp
Outcome signIn(Call& call);
Outcome getSession(Call& call);
Outcome renewToken(Call& call);
Outcome stepUp(Call& call);
Outcome signOut(Call& call);
Outcome listSessions(Call& call);
Outcome endSession(Call& call);
Outcome endOtherSessions(Call& call);

// credentials_api.cpp
Outcome changePassword(Call& call);
Outcome beginTotp(Call& call);
Outcome confirmTotp(Call& call);
Outcome removeTotp(Call& call);

// users_api.cpp
Outcome createUser(Call& call);
Outcome listUsers(Call& call);
Outcome getUser(Call& call);
Outcome updateUser(Call& call);

// service_accounts_api.cpp
Outcome createServiceAccount(Call& call);
Outcome listServiceAccounts(Call& call);
Outcome getServiceAccount(Call& call);
Outcome updateServiceAccount(Call& call);
Outcome deleteServiceAccount(Call& call);

// invitations_api.cpp
Outcome createInvitation(Call& call);
Outcome listInvitations(Call& call);
Outcome withdrawInvitation(Call& call);
Outcome resendInvitation(Call& call);
Outcome acceptInvitation(Call& call);

// access_reviews_api.cpp
Outcome getAccessReport(Call& call);
Outcome attestAccess(Call& call);
Outcome listAccessReviews(Call& call);
Outcome getAccessReview(Call& call);
Outcome exportAccessReview(Call& call);

// teams_api.cpp
Outcome createTeam(Call& call);
Outcome listTeams(Call& call);
Outcome getTeam(Call& call);
Outcome updateTeam(Call& call);
Outcome deleteTeam(Call& call);

// projects_api.cpp
Outcome createProject(Call& call);
Outcome listProjects(Call& call);
Outcome getProject(Call& call);
Outcome updateProject(Call& call);
Outcome deleteProject(Call& call);
Outcome rotateWebhookSecret(Call& call);
Outcome getWebhookSecret(Call& call);
Outcome endPreviousSecrets(Call& call);

// keys_api.cpp
Outcome createApiKey(Call& call);
Outcome listApiKeys(Call& call);
Outcome getApiKey(Call& call);
Outcome updateApiKey(Call& call);
Outcome revokeApiKey(Call& call);

// usage_api.cpp, explain_api.cpp
Outcome getApiKeyUsage(Call& call);
Outcome explainApiKey(Call& call);
// key_rotation_api.cpp
Outcome rotateApiKey(Call& call);
Outcome endApiKeyOverlap(Call& call);
Outcome getApiKeyRotation(Call& call);
Outcome setApiKeyRotationSchedule(Call& call);
Outcome removeApiKeyRotationSchedule(Call& call);

// scans_api.cpp
Outcome triggerScan(Call& call);
Outcome listScans(Call& call);
Outcome getScan(Call& call);
Outcome getScanReport(Call& call);
Outcome cancelScan(Call& call);

// inbound_api.cpp
Outcome receiveGithub(Call& call);
Outcome receiveGitlab(Call& call);
Outcome receiveForConnection(Call& call);

// receipts_api.cpp
Outcome listReceipts(Call& call);
Outcome getReceipt(Call& call);
Outcome replayReceipt(Call& call);

// receipt_explain_api.cpp
Outcome explainReceipt(Call& call);

// leaks_api.cpp
Outcome reportLeaks(Call& call);

// alerts_api.cpp
Outcome listAlerts(Call& call);
Outcome getAlert(Call& call);
Outcome acknowledgeAlert(Call& call);

// connections_api.cpp
Outcome listConnections(Call& call);
Outcome createConnection(Call& call);
Outcome getConnection(Call& call);
Outcome updateConnection(Call& call);
Outcome deleteConnection(Call& call);

// events_api.cpp
Outcome listEventTypes(Call& call);
Outcome createEvent(Call& call);
Outcome listEvents(Call& call);
Outcome getEvent(Call& call);

// endpoints_api.cpp
Outcome createEndpoint(Call& call);
Outcome listEndpoints(Call& call);
Outcome getEndpoint(Call& call);
Outcome updateEndpoint(Call& call);
Outcome deleteEndpoint(Call& call);
Outcome pauseEndpoint(Call& call);
Outcome resumeEndpoint(Call& call);
Outcome rotateEndpointSecret(Call& call);
Outcome testEndpoint(Call& call);
Outcome listDeliveries(Call& call);
Outcome getDelivery(Call& call);
Outcome retryDelivery(Call& call);

// audit_api.cpp
Outcome listAudit(Call& call);
Outcome listAdminAudit(Call& call);
Outcome verifyAudit(Call& call);

// system_api.cpp
Outcome healthz(Call& call);
Outcome readyz(Call& call);
Outcome metrics(Call& call);
Outcome openapi(Call& call);
Outcome errorDocs(Call& call);
Outcome setupPage(Call& call);
Outcome rootPage(Call& call);
Outcome invitationPage(Call& call);
Outcome listConnectors(Call& call);

/// A file that is built in (schemas.json, setup.html).
std::string_view embeddedDocument(std::string_view name);

}  // namespace trusthub::api
