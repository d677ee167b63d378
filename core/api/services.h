// Services: what the handlers work with. wiring.cpp fills it; everything outlives the server.
#pragma once

#include "access/access_review.h"
#include "access/api_keys.h"
#include "access/authenticator.h"
#include "access/github_keys.h"
#include "access/key_rotation.h"
#include "access/key_usage.h"
#include "access/leaks.h"
#include "access/limits.h"
#include "access/rotation_schedule.h"
#include "api/request_stats.h"
#include "base/workers.h"
#include "connectors/connections.h"
#include "connectors/registry.h"
#include "crypto/password.h"
#include "events/events.h"
#include "health/alerts.h"
#include "health/mail_queue.h"
#include "health/prometheus_metrics.h"
#include "health/readiness.h"
#include "inbound/receiver.h"
#include "inbound/replay.h"
#include "outbound/deliveries.h"
#include "outbound/endpoints.h"
#include "people/invitations.h"
#include "people/local_sign_in.h"
#include "people/projects.h"
#include "people/sessions.h"
#include "people/setup.h"
#include "people/teams.h"
#include "people/totp.h"
#include "people/users.h"
#include "scans/scans.h"
#include "store/blob_store.h"
#include "store/store.h"

namespace trusthub::api {

struct Services {
    store::Store& store;
    store::BlobStore& blobs;
    audit::AuditLog& audit;
    events::Events& events;
    people::Users& users;
    people::Teams& teams;
    people::Projects& projects;
    people::Sessions& sessions;
    people::Setup& setup;
    people::LocalSignIn& localSignIn;
    people::Totp& totp;
    people::Invitations& invitations;
    access::AccessReviews& accessReviews;
    access::ApiKeys& keys;
    access::KeyRotation& keyRotation;
    access::RotationSchedules& rotationSchedules;
    access::Authenticator& authenticator;
    access::Limits& limits;
    access::KeyUsage& keyUsage;
    const connectors::Registry& registry;
    scans::ScanQueue& scans;
    outbound::Endpoints& endpoints;
    outbound::Deliveries& deliveries;
    inbound::Receiver& receiver;
    inbound::Refusals& refusals;
    inbound::Replays& replays;
    connectors::Connections& connections;
    access::Leaks& leaks;
    access::GithubKeys& githubKeys;
    health::Alerts& alerts;
    health::MailQueue& mails;
    health::PrometheusMetrics& metrics;
    RequestStats& requestStats;
    const health::Readiness& readiness;
    base::WorkerPool& pool;          ///< for handlers that may wait
    base::WorkerPool& passwordPool;  ///< for argon2: see password_work.h
    const base::Clock& clock;
    base::Random& random;
    const store::HubSecrets& secrets;
    base::Log& log;
    crypto::Argon2Cost passwordCost;
    Milliseconds deliveryTimeout;  ///< of an endpoint that names none
    std::string publicUrl;         ///< without trailing slash
    std::vector<http::Cidr> trustedProxies;
    bool behindProxy;  ///< a proxy ends TLS: loopback peers may be anybody
    std::vector<std::filesystem::path> allowLocal;  ///< scans.allow_local
    bool requireIfMatch = false;  ///< PATCH and DELETE without If-Match answer 428
};

}  // namespace trusthub::api
