// Hub: every part, made in order; members die in reverse.
#pragma once

#include "access/access_review.h"
#include "access/api_keys.h"
#include "access/authenticator.h"
#include "access/expiry_notices.h"
#include "access/github_keys.h"
#include "access/key_handovers.h"
#include "access/key_rotation.h"
#include "access/key_usage.h"
#include "access/leaks.h"
#include "access/limits.h"
#include "access/rotation_schedule.h"
#include "api/dispatcher.h"
#include "api/services.h"
#include "app/admin_socket.h"
#include "app/housekeeping.h"
#include "audit/refusal_rows.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/random.h"
#include "config/hub_config.h"
#include "connectors/child_process.h"
#include "connectors/connections.h"
#include "connectors/host_services.h"
#include "connectors/registry.h"
#include "connectors/secret_sinks.h"
#include "connectors/workspace.h"
#include "health/alert_watch.h"
#include "health/alerts.h"
#include "health/mail_queue.h"
#include "health/mail_sender.h"
#include "health/prometheus_metrics.h"
#include "health/readiness.h"
#include "health/smtp_mailer.h"
#include "http/client.h"
#include "http/server.h"
#include "inbound/receiver.h"
#include "inbound/replay.h"
#include "outbound/deliveries.h"
#include "outbound/direct_delivery.h"
#include "outbound/dispatcher.h"
#include "outbound/endpoints.h"
#include "outbound/fanout.h"
#include "outbound/sender.h"
#include "people/invitations.h"
#include "people/local_sign_in.h"
#include "people/setup.h"
#include "people/sign_in_throttle.h"
#include "people/totp.h"
#include "scans/runner.h"
#include "scans/scans.h"
#include "store/durable_file.h"
#include "store/hub_secrets.h"
#include "store/revision.h"
#include "store/store.h"

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace trusthub::app {

/// The hub cannot start; the text says what to do.
class StartupError final : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Time, chance and the log: what is there before anything else.
struct Ground {
    explicit Ground(const config::HubConfig& config);
    base::SystemClock clock;
    base::SystemRandom random;
    base::IdSource ids;
    base::Log log;
    health::PrometheusMetrics metrics;
};

/// Database, keys and people: enough for the command line, which works beside a running hub.
struct Core {
    /// `fanout` may be null: then events have no deliveries.
    Core(const config::HubConfig& config, Ground& ground, events::Fanout* fanout);

    std::shared_ptr<const crypto::MasterKey> master;
    people::Rights rights;  ///< before the store, whose hooks reach it
    store::Store store;
    audit::AuditLog audit;
    store::Sealer sealer;
    store::BlobStore blobs;
    store::HubSecrets secrets;
    events::Catalogue catalogue;
    events::Events events;
    people::Users users;
    people::Teams teams;
    people::Projects projects;
    people::Sessions sessions;
    people::Setup setup;
    access::ApiKeys keys;
    audit::RefusalRows refusalRows;
    people::Totp totp;
    people::SignInThrottle throttle;
    people::LocalSignIn localSignIn;
    people::Invitations invitations;
};

/// The whole. The constructor throws StartupError or StoreError; serving begins with start().
class Hub {
public:
    explicit Hub(const config::HubConfig& config);
    ~Hub();

    void start();
    void stop();
    std::string address() const;  ///< http://127.0.0.1:8080

    Ground& ground() { return ground_; }
    Core& core() { return core_; }

private:
    void openAdminSocket();

    const config::HubConfig config_;
    Ground ground_;
    store::FolderLock lock_;
    outbound::EndpointFanout fanout_;
    Core core_;
    http::Client client_;
    health::MailQueue mails_;
    health::Alerts alerts_;
    health::AlertWatch alertWatch_;
    std::optional<health::SmtpMailer> mailer_;      ///< null: no `mail` is configured
    std::optional<health::MailSender> mailSender_;  ///< the same; woken by commits
    access::KeyUsage keyUsage_;
    access::Limits limits_;
    access::KeyRefusals keyRefusals_;
    access::KeyVerifier keyVerifier_;
    access::ExpiryNotices expiryNotices_;
    access::AccessReviews accessReviews_;
    access::Authenticator authenticator_;
    access::Leaks leaks_;
    access::GithubKeys githubKeys_;
    connectors::ChildProcess children_;
    connectors::WorkspaceFactory workspaces_;
    connectors::Registry registry_;
    connectors::Connections connections_;
    connectors::SecretSinks secretSinks_;
    access::LeftKeys leftKeys_;
    access::KeyRotation keyRotation_;
    outbound::DirectDelivery directDelivery_;
    access::RotationSchedules rotationSchedules_;
    access::KeyHandovers keyHandovers_;
    scans::ScanQueue scans_;
    outbound::Endpoints endpoints_;
    outbound::Deliveries deliveries_;
    outbound::ClientSender sender_;
    outbound::WatchedSender watchedSender_;
    outbound::Dispatcher dispatcher_;
    inbound::Refusals refusals_;
    inbound::WebhookKeys webhookKeys_;
    inbound::Receiver receiver_;
    inbound::Replays replays_;
    health::Readiness readiness_;
    Housekeeping housekeeping_;
    base::WorkerPool pool_;
    base::WorkerPool passwordPool_;
    api::RequestStats requestStats_;
    api::Services services_;
    api::Dispatcher api_;
    http::Server server_;
    std::optional<scans::ScanRunner> scanRunner_;  ///< there while the hub runs
    std::optional<base::Periodic> handoverTimer_;  ///< the same
    std::optional<base::Periodic> keyTimer_;       ///< the same; wakes the one before
    std::optional<AdminSocket> admin_;             ///< the same; none where it cannot be made
};

/// Applies pending migrations as the configuration allows. Throws StartupError.
void prepareDataFolder(const config::HubConfig& config, Ground& ground);

/// `plugins` beside the program.
std::filesystem::path defaultPluginsFolder();

}  // namespace trusthub::app
