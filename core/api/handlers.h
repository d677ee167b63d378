// Every handler, one line each; routes.cpp says which path it serves and who may call it.
#pragma once

#include "api/call.h"

namespace trusthub::api {

// people_api.cpp
Outcome completeSetup(Call& call);
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

// me_api.cpp
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
Outcome revokeApiKey(Call& call);

// scans_api.cpp
Outcome triggerScan(Call& call);
Outcome listScans(Call& call);
Outcome getScan(Call& call);
Outcome getScanReport(Call& call);
Outcome cancelScan(Call& call);

// inbound_api.cpp
Outcome receiveGithub(Call& call);
Outcome receiveGitlab(Call& call);
Outcome listReceipts(Call& call);
Outcome getReceipt(Call& call);

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
Outcome invitationPage(Call& call);
Outcome listConnectors(Call& call);

/// A file that is built in (schemas.json, setup.html).
std::string_view embeddedDocument(std::string_view name);

}  // namespace trusthub::api
