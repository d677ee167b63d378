#include "app/wiring.h"

#include "app/host_commands.h"
#include "app/part_configs.h"
#include "http/resolver.h"
#include "store/migrate.h"

#include <unistd.h>

namespace trusthub::app {
namespace {

base::LogLevel levelOf(const std::string& name) {
    if (name == "debug") return base::LogLevel::Debug;
    if (name == "warn") return base::LogLevel::Warn;
    if (name == "error") return base::LogLevel::Error;
    return base::LogLevel::Info;
}

template <class T>
T orThrow(Result<T> result) {
    if (!result) throw StartupError(std::string(result.error().text()));
    return *std::move(result);
}

std::filesystem::path masterKeyFile(const config::HubConfig& config) {
    return config.masterKeyFile.empty() ? config.data / "master.key"
                                        : std::filesystem::path(config.masterKeyFile);
}

std::shared_ptr<const crypto::MasterKey> loadMasterKey(const config::HubConfig& config,
                                                       Ground& ground) {
    const auto file = masterKeyFile(config);
    if (!std::filesystem::exists(file)) {
        // A key made beside existing data would open nothing of it.
        if (std::filesystem::exists(config.data / "trusthub.db"))
            throw StartupError("The master key " + file.string() +
                               " is missing, but the data folder is in use; put the key back.");
        return std::make_shared<crypto::MasterKey>(
            orThrow(crypto::MasterKey::create(file, ground.random)));
    }
    return std::make_shared<crypto::MasterKey>(orThrow(crypto::MasterKey::load(file)));
}

std::shared_ptr<const http::EgressGuard> guardOf(const config::HubConfig& config) {
    std::vector<http::EgressAllow> allow;
    for (const auto& row : config.egressAllow) allow.push_back({row.cidr, row.ports, row.purposes});
    return std::make_shared<http::EgressGuard>(std::move(allow));
}

/// git connects by itself, so it is given the one address that the guard has passed.
connectors::ResolveForGit gitResolver(http::Client& client) {
    return [&client](const std::string& host, std::uint16_t port) -> Result<std::string> {
        auto addresses = http::systemLookup(host);
        if (!addresses) return addresses.error();
        if (auto allowed = client.guard()->checkAll(*addresses, port, "git"); !allowed)
            return allowed.error();
        return addresses->front().text();
    };
}

std::filesystem::path pluginsFolder(const config::HubConfig& config) {
    return config.plugins.empty() ? defaultPluginsFolder() : config.plugins;
}

constexpr std::size_t kPoolThreads = 4;
constexpr std::size_t kPoolQueue = 256;
constexpr std::size_t kPasswordThreads = 2;  // argon2 wants a core and 19 MiB each
constexpr std::size_t kPasswordQueue = 64;

}  // namespace

std::filesystem::path defaultPluginsFolder() {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "plugins";
}

Ground::Ground(const config::HubConfig& config)
    : ids(clock, random), log(clock, STDERR_FILENO, levelOf(config.logLevel)) {
    log.setRedactor([scanner = access::LeakScanner(config.keyPrefix)](std::string& line) {
        scanner.redact(line);
    });
    log.startBuffering();
}

void prepareDataFolder(const config::HubConfig& config, Ground& ground) {
    const auto plan = orThrow(store::planMigrations(config.data));
    if (plan.pending.empty()) return;
    if (plan.current > 0 && !config.migrateAuto)
        throw StartupError("The database needs " + std::to_string(plan.pending.size()) +
                           " migration(s); run `trusthub migrate apply`, or set migrate: auto.");
    (void)orThrow(store::applyMigrations(config.data, ground.clock));
}

Core::Core(const config::HubConfig& config, Ground& ground, events::Fanout* fanout)
    : master((loadMasterKey(config, ground))),
      store((prepareDataFolder(config, ground), config.data), ground.log, ground.metrics),
      audit("main", ground.clock, ground.ids),
      sealer(store, master, ground.clock, ground.random, ground.ids),
      blobs(store, sealer, ground.clock),
      secrets((store.setLinker(&audit),
               orThrow(store::HubSecrets::loadOrCreate(store, *master, ground.random)))),
      catalogue(events::Catalogue::embedded()),
      events(catalogue, sealer, ground.clock, ground.ids, fanout),
      users(audit, events, rights, ground.clock, ground.ids),
      teams(users, audit, events, ground.clock, ground.ids),
      projects(sealer, blobs, audit, events, ground.clock, ground.ids),
      sessions(audit, secrets, sessionLimits(config), ground.clock, ground.random, ground.ids),
      setup(users, audit, secrets, ground.clock, ground.random),
      keys(config.keyPrefix, {config.keyMaxExpiryDays},
           {audit, events, secrets, rights, ground.clock, ground.random, ground.ids}),
      refusalRows(store, audit),
      totp(users, sealer, audit, secrets, ground.clock, ground.random),
      throttle(ground.clock),
      localSignIn(store, users, totp, throttle, refusalRows, audit, secrets, ground.clock,
                  ground.random, {}),
      invitations(users, audit, events, secrets, ground.clock, ground.random, ground.ids) {}

Hub::Hub(const config::HubConfig& config)
    : config_(config),
      ground_(config_),
      lock_(orThrow(store::FolderLock::acquire(config_.data))),
      fanout_(scheduleOf(config_), ground_.random, ground_.ids),
      core_(config_, ground_, &fanout_),
      client_(clientConfig(config_), guardOf(config_), ground_.clock, ground_.log, ground_.metrics),
      mails_(core_.sealer, ground_.clock, ground_.ids, ground_.metrics, config_.mail.has_value()),
      alerts_({mails_, core_.audit, core_.events, ground_.clock, ground_.ids}, config_.publicUrl),
      alertWatch_({core_.store, alerts_, core_.rights, ground_.clock, ground_.log}),
      keyUsage_(core_.store),
      limits_(limitsOf(config_.limits), ground_.clock),
      keyRefusals_(core_.store, core_.audit, core_.events, ground_.clock, &alerts_),
      keyVerifier_(config_.keyPrefix, core_.store, core_.secrets, core_.rights, keyRefusals_,
                   ground_.clock),
      expiryNotices_(core_.store, core_.events, ground_.clock, &alerts_),
      accessReviews_(core_.audit, core_.events, core_.secrets, ground_.clock, ground_.ids),
      authenticator_(core_.store, core_.sessions, keyVerifier_,
                     publicUrlOf(config_, config_.listenPort), ground_.clock),
      leaks_({core_.store, core_.keys, core_.audit, core_.events, core_.rights, ground_.clock,
              ground_.log, ground_.metrics, &alerts_},
             config_.leaks.autoRevoke),
      githubKeys_(config_.leaks.githubKeys),
      children_(ground_.log),
      workspaces_({config_.data / "work", config_.scans.allowLocal, gitResolver(client_), {}},
                  children_, ground_.log),
      registry_(pluginsFolder(config_),
                connectors::hostFactory({connectors::clientTransport(client_), core_.store,
                                         ground_.clock, ground_.log, ground_.metrics}),
                ground_.log, {config_.data / "trusted-plugins", &ground_.metrics}),
      connections_(registry_, core_.store, core_.sealer, core_.audit, core_.events, ground_.clock,
                   ground_.ids),
      secretSinks_(registry_, connections_,
                   [this](std::stop_token stop) {
                       return connectors::clientTransport(client_, std::move(stop));
                   },
                   {connectors::clientTransport(client_), core_.store, ground_.clock, ground_.log,
                    ground_.metrics}),
      leftKeys_({secretSinks_, core_.audit, core_.events, &alerts_}),
      keyRotation_({core_.keys, core_.audit, core_.events, core_.secrets, core_.rights, leftKeys_,
                    ground_.clock, ground_.random, ground_.ids, &alerts_}),
      directDelivery_(core_.events, fanout_),
      rotationSchedules_({core_.store, keyRotation_, directDelivery_, secretSinks_, leftKeys_,
                          core_.audit, core_.events, ground_.clock, ground_.log, &alerts_}),
      keyHandovers_({core_.store, keyRotation_, rotationSchedules_, secretSinks_, leftKeys_,
                     core_.audit, core_.events, ground_.clock, ground_.random, ground_.log},
                    scheduleOf(config_)),
      scans_(core_.audit, core_.events, ground_.clock, ground_.ids),
      endpoints_({core_.sealer, core_.audit, core_.events, fanout_, ground_.clock, ground_.random,
                  ground_.ids, [this] { return client_.guard(); }}),
      deliveries_(core_.sealer, core_.audit, fanout_, ground_.clock),
      sender_(client_),
      watchedSender_(sender_, leaks_),
      dispatcher_({core_.store, core_.sealer, core_.events, endpoints_, watchedSender_,
                   ground_.clock, ground_.random, ground_.ids, ground_.log, ground_.metrics},
                  {scheduleOf(config_), static_cast<std::size_t>(config_.outbound.workers), 16}),
      refusals_(core_.refusalRows, ground_.clock, ground_.ids, ground_.log),
      webhookKeys_(keyVerifier_, keyUsage_, ground_.clock),
      receiver_(core_.store, core_.sealer, core_.blobs, core_.audit, core_.events, core_.projects,
                scans_, registry_, refusals_, webhookKeys_, leaks_, ground_.clock, ground_.ids,
                ground_.metrics),
      replays_({core_.store, core_.sealer, core_.blobs, core_.audit, core_.events, scans_,
                registry_, ground_.clock},
               std::chrono::days(config_.retention.receiptDays)),
      readiness_(core_.store, ground_.clock),
      housekeeping_(core_.store, core_.blobs,
                    {std::chrono::days(config_.retention.receiptDays),
                     std::chrono::days(config_.retention.deliveryDays),
                     std::chrono::days(config_.retention.keyUsageDays)},
                    ground_.clock, ground_.log),
      pool_("worker", kPoolThreads, kPoolQueue),
      passwordPool_("password", kPasswordThreads, kPasswordQueue),
      requestStats_(api::routes().size()),
      services_{core_.store,
                core_.blobs,
                core_.audit,
                core_.events,
                core_.users,
                core_.teams,
                core_.projects,
                core_.sessions,
                core_.setup,
                core_.localSignIn,
                core_.totp,
                core_.invitations,
                accessReviews_,
                core_.keys,
                keyRotation_,
                rotationSchedules_,
                authenticator_,
                limits_,
                keyUsage_,
                registry_,
                scans_,
                endpoints_,
                deliveries_,
                receiver_,
                refusals_,
                replays_,
                connections_,
                leaks_,
                githubKeys_,
                alerts_,
                mails_,
                ground_.metrics,
                requestStats_,
                readiness_,
                pool_,
                passwordPool_,
                ground_.clock,
                ground_.random,
                core_.secrets,
                ground_.log,
                {},
                Milliseconds{config_.outbound.timeoutMs},
                publicUrlOf(config_, config_.listenPort),
                config_.trustedProxies,
                config_.tlsTerminatedByProxy,
                config_.scans.allowLocal,
                config_.api.requireIfMatch},
      api_(services_),
      server_(serverConfig(config_), api_, ground_.clock, ground_.ids, ground_.log,
              ground_.metrics) {
    if (auto usable = githubKeys_.check(); !usable)
        throw StartupError(std::string(usable.error().text()));
    if (config_.mail) {
        mailer_.emplace(smtpConfig(*config_.mail), client_.guard(), ground_.clock);
        if (auto usable = mailer_->check(); !usable)
            throw StartupError(std::string(usable.error().text()));
        mailSender_.emplace(health::MailSender::Parts{core_.store, mails_, *mailer_, ground_.clock,
                                                      ground_.random, ground_.log, ground_.metrics},
                            senderConfig(*config_.mail));
        mails_.setListener(&*mailSender_);
    }
    fanout_.setListener(&dispatcher_);
    // With port 0 the real address is known only now.
    services_.publicUrl = publicUrlOf(config_, server_.port());
    authenticator_.setPublicOrigin(services_.publicUrl);
    if (auto recovered = dispatcher_.recover(); !recovered)
        throw StartupError(std::string(recovered.error().text()));
}

Hub::~Hub() {
    stop();
}

std::string Hub::address() const {
    return services_.publicUrl;
}

void Hub::start() {
    dispatcher_.start();
    alertWatch_.start();
    if (mailSender_)
        if (auto started = mailSender_->start(); !started)
            throw StartupError(std::string(started.error().text()));
    scanRunner_.emplace(
        scans::RunnerParts{core_.store, scans_, registry_.scanner(config_.scans.scanner),
                           core_.blobs,
                           [this](std::string_view name, std::stop_token stop) {
                               return workspaces_.make(name, std::move(stop));
                           },
                           core_.events, core_.audit, ground_.clock, ground_.log, ground_.metrics},
        scans::RunnerConfig{config_.scans.workers, config_.scans.paused, config_.scans.timeout});
    // Waits for providers, so that the schedules need not.
    handoverTimer_.emplace("key-handover",
                           [this](std::stop_token stop) { return keyHandovers_.runDue(stop); });
    keyTimer_.emplace("key-timer", [this](std::stop_token) {
        core_.refusalRows.settle(ground_.clock.now());
        keyRefusals_.settle();
        expiryNotices_.runDue();
        const Milliseconds idle = rotationSchedules_.runDue();
        handoverTimer_->wake();
        return idle;
    });
    server_.start();
    openAdminSocket();
}

void Hub::openAdminSocket() {
    try {
        admin_.emplace(
            config_.data / kAdminSocket,
            [this](const HostCommand& command, const base::HostAccount& account) {
                return runInHub(command, {config_, ground_, core_, address(), account});
            },
            ground_.clock, ground_.ids, ground_.log);
    } catch (const std::exception& error) {
        ground_.log.warn("commands of the host cannot reach this hub").with("reason", error.what());
    }
}

void Hub::stop() {
    if (!scanRunner_) return;
    readiness_.beginShutdown();
    admin_.reset();
    server_.stop();
    pool_.drain();
    passwordPool_.drain();
    scanRunner_.reset();
    keyTimer_.reset();
    handoverTimer_.reset();
    alertWatch_.stop();
    if (mailSender_) mailSender_->stop();
    dispatcher_.stop(Milliseconds{5'000});
    core_.refusalRows.settleAll();
    keyRefusals_.settleAll();
    keyUsage_.flush();
    // The writer answers in order: after this nobody waits for a part that is about to go.
    (void)core_.store.writeAndWait<void>([](store::WriteTx&) -> Result<void> { return {}; });
}

}  // namespace trusthub::app
