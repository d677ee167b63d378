#include "app/part_configs.h"

namespace trusthub::app {
namespace {

access::RateLimit rateOf(const config::HubConfig::Rate& rate) {
    return {rate.requests, rate.perSeconds, rate.burst};
}

}  // namespace

http::ClientConfig clientConfig(const config::HubConfig& config) {
    http::ClientConfig client;
    client.proxy = config.egressProxy;
    client.userAgent = "TrustHub/" TRUSTHUB_VERSION;
    return client;
}

std::string publicUrlOf(const config::HubConfig& config, std::uint16_t port) {
    if (!config.publicUrl.empty()) return config.publicUrl;
    const bool v6 = config.listenAddress.find(':') != std::string::npos;
    const std::string host = v6 ? "[" + config.listenAddress + "]" : config.listenAddress;
    return std::string(config.tls ? "https://" : "http://") + host + ":" + std::to_string(port);
}

http::ServerConfig serverConfig(const config::HubConfig& config) {
    http::ServerConfig server;
    server.address = config.listenAddress;
    server.port = config.listenPort;
    if (config.tls)
        server.tls = http::TlsFiles{config.tls->certificate.string(), config.tls->key.string()};
    return server;
}

access::LimitPolicies limitsOf(const config::HubConfig::Limits& limits) {
    return {rateOf(limits.key),      rateOf(limits.team),   rateOf(limits.organization),
            rateOf(limits.failures), rateOf(limits.signIn), rateOf(limits.webhooks)};
}

health::SmtpConfig smtpConfig(const config::MailConfig& mail) {
    using health::MailTls;
    health::SmtpConfig smtp;
    smtp.host = mail.host;
    smtp.port = mail.port;
    smtp.tls = mail.tls == "none"       ? MailTls::None
               : mail.tls == "implicit" ? MailTls::Implicit
                                        : MailTls::StartTls;
    smtp.user = mail.user;
    smtp.password = mail.password;
    smtp.from = mail.fromAddress;
    smtp.ca = mail.ca;
    smtp.timeout = std::chrono::seconds(mail.timeoutSeconds);
    return smtp;
}

health::MailSenderConfig senderConfig(const config::MailConfig& mail) {
    health::MailSenderConfig sender;
    sender.from = {mail.fromName, mail.fromAddress};
    for (const int seconds : mail.scheduleSeconds) sender.schedule.waits.emplace_back(seconds);
    sender.timeout = std::chrono::seconds(mail.timeoutSeconds);
    return sender;
}

people::SessionLimits sessionLimits(const config::HubConfig& config) {
    people::SessionLimits limits;
    limits.idle = std::chrono::minutes(config.sessions.idleMinutes);
    limits.absolute = std::chrono::hours(config.sessions.absoluteHours);
    limits.stepUp = std::chrono::minutes(config.sessions.stepUpMinutes);
    limits.totpForAdmins = config.sessions.requireTotpForAdmins;
    return limits;
}

base::BackoffSchedule scheduleOf(const config::HubConfig& config) {
    base::BackoffSchedule schedule;
    for (const int seconds : config.outbound.scheduleSeconds) schedule.waits.emplace_back(seconds);
    schedule.jitter = config.outbound.jitter;
    return schedule;
}

}  // namespace trusthub::app
