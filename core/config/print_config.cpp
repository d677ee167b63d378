#include "config/hub_config.h"

namespace trusthub::config {
namespace {

template <class Items, class Text>
std::string list(const Items& items, Text text) {
    std::string out = "[";
    for (const auto& item : items) out += (out.size() > 1 ? ", " : "") + text(item);
    return out + "]";
}

std::string row(const EgressRow& row) {
    std::string out = "{cidr: \"" + row.cidr.text() + "\"";
    if (!row.ports.empty())
        out +=
            ", ports: " + list(row.ports, [](std::uint16_t port) { return std::to_string(port); });
    if (!row.purposes.empty())
        out += ", for: " + list(row.purposes, [](const std::string& name) { return name; });
    return out + "}";
}

std::string withoutUser(const std::string& url) {
    const std::size_t start = url.find("://"), at = url.find('@');
    if (start == url.npos || at == url.npos) return url;
    return url.substr(0, start + 3) + "(redacted)@" + url.substr(at + 1);
}

std::string shortNumber(double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

class Printer {
public:
    explicit Printer(const HubConfig& config) : config_(config) {}

    void line(const std::string& name, std::string value) {
        const auto origin = config_.origins.find(name);
        std::string text = name + ": " + (value.empty() ? "\"\"" : value);
        text.resize(std::max(text.size() + 2, std::size_t{48}), ' ');
        out_ += text + "# " + (origin == config_.origins.end() ? "default" : origin->second) + "\n";
    }
    std::string take() { return std::move(out_); }

private:
    const HubConfig& config_;
    std::string out_;
};

}  // namespace

std::string printHubConfig(const HubConfig& config) {
    const auto network = [](const base::Cidr& cidr) { return cidr.text(); };
    const auto path = [](const std::filesystem::path& p) { return p.string(); };
    const auto number = [](int n) { return std::to_string(n); };
    const bool v6 = config.listenAddress.find(':') != std::string::npos;

    Printer out(config);
    out.line("listen", (v6 ? "\"[" + config.listenAddress + "]" : config.listenAddress) + ":" +
                           std::to_string(config.listenPort) + (v6 ? "\"" : ""));
    out.line("data", config.data.string());
    out.line("public_url", config.publicUrl);
    if (config.tls) {
        out.line("tls.certificate", config.tls->certificate.string());
        out.line("tls.key", config.tls->key.string());
    } else {
        out.line("tls", config.tlsTerminatedByProxy ? "terminated_by_proxy" : "");
    }
    out.line("trusted_proxies", list(config.trustedProxies, network));
    out.line("egress.allow", list(config.egressAllow, row));
    out.line("egress.proxy", withoutUser(config.egressProxy));
    out.line("master_key.file", config.masterKeyFile);
    out.line("migrate", config.migrateAuto ? "auto" : "manual");
    out.line("log.level", config.logLevel);
    out.line("plugins", config.plugins.string());
    out.line("scans.allow_local", list(config.scans.allowLocal, path));
    out.line("scans.workers", number(config.scans.workers));
    out.line("scans.paused", config.scans.paused ? "true" : "false");
    out.line("scans.timeout_s", std::to_string(config.scans.timeout.count() / 1000));
    out.line("scans.scanner", config.scans.scanner);
    out.line("retention.receipt_days", number(config.retention.receiptDays));
    out.line("retention.delivery_days", number(config.retention.deliveryDays));
    out.line("retention.key_usage_days", number(config.retention.keyUsageDays));
    out.line("sessions.idle_minutes", number(config.sessions.idleMinutes));
    out.line("sessions.absolute_hours", number(config.sessions.absoluteHours));
    out.line("sessions.step_up_minutes", number(config.sessions.stepUpMinutes));
    out.line("sessions.require_totp_for_admins",
             config.sessions.requireTotpForAdmins ? "true" : "false");
    out.line("api.require_if_match", config.api.requireIfMatch ? "true" : "false");
    out.line("outbound.schedule_s", list(config.outbound.scheduleSeconds, number));
    out.line("outbound.jitter", shortNumber(config.outbound.jitter));
    out.line("outbound.timeout_ms", number(config.outbound.timeoutMs));
    out.line("outbound.in_flight", number(config.outbound.workers));
    const auto rate = [&](const std::string& name, const HubConfig::Rate& value) {
        out.line("limits." + name + ".requests", number(value.requests));
        out.line("limits." + name + ".per_seconds", number(value.perSeconds));
        out.line("limits." + name + ".burst", number(value.burst));
    };
    rate("key", config.limits.key);
    rate("team", config.limits.team);
    rate("organization", config.limits.organization);
    rate("failures", config.limits.failures);
    rate("sign_in", config.limits.signIn);
    rate("webhooks", config.limits.webhooks);
    out.line("keys.prefix", config.keyPrefix);
    out.line("api_keys.max_expiry_days",
             config.keyMaxExpiryDays ? number(*config.keyMaxExpiryDays) : "");
    out.line("leaks.auto_revoke", config.leaks.autoRevoke ? "true" : "false");
    out.line("leaks.github_keys", config.leaks.githubKeys.string());
    if (!config.mail) {
        out.line("mail", "");
        return out.take();
    }
    const MailConfig& mail = *config.mail;
    out.line("mail.host", mail.host);
    out.line("mail.port", number(mail.port));
    out.line("mail.tls", mail.tls);
    out.line("mail.allow_plaintext", mail.allowPlaintext ? "true" : "false");
    out.line("mail.user", mail.user);
    out.line("mail.password", mail.password.reveal().empty() ? "" : "(redacted)");
    out.line("mail.from", mail.fromName.empty() ? mail.fromAddress
                                                : mail.fromName + " <" + mail.fromAddress + ">");
    out.line("mail.ca", mail.ca.string());
    out.line("mail.timeout_s", number(mail.timeoutSeconds));
    out.line("mail.schedule_s", list(mail.scheduleSeconds, number));
    return out.take();
}

}  // namespace trusthub::config
