#include "config/hub_config.h"

#include "config/expand.h"
#include "config/net_text.h"
#include "config/node_reader.h"

#include <re2/re2.h>

namespace trusthub::config {
namespace {

namespace fs = std::filesystem;

template <class T, class U>
void take(T& target, std::optional<U> value) {
    if (value) target = static_cast<T>(*std::move(value));
}
void take(std::optional<int>& target, std::optional<std::int64_t> value) {
    if (value) target = static_cast<int>(*value);
}

/// Reads one file. Each function reads the keys of one section in the order of HubConfig.
class Reader {
public:
    Reader(const fs::path& file, const Node& root, ConfigResult& result, Findings& findings)
        : file_(file), root_(root, "", findings), result_(result), findings_(findings) {}

    void run() {
        network();
        files();
        egress();
        scans();
        bounds();
        limits();
        config().mail = readMail(root_, findings_, file_, result_.warnings);
        root_.finish();
        crossChecks();
    }

private:
    HubConfig& config() { return result_.config; }

    fs::path relative(const std::string& path) const {
        return (file_.parent_path() / path).lexically_normal();
    }
    void warn(int line, std::string reason) {
        result_.warnings.push_back({findings_.file, line, std::move(reason)});
    }

    void network() {
        if (const auto text = root_.text("listen")) {
            const auto listen = parseListen(*text);
            if (listen) {
                config().listenAddress = listen->address;
                config().listenPort = listen->port;
            } else {
                root_.refuse("listen", "must be ADDRESS:PORT, IPv6 in brackets");
            }
        }
        if (const auto text = root_.text("public_url")) {
            const auto url = parseOrigin(*text);
            if (!url || url->hasUser || url->hasPath)
                root_.refuse("public_url", "must be https://HOST[:PORT] without path");
            else
                config().publicUrl = url->scheme + "://" + url->authority;
        }
        tls();
        if (const auto* rows = root_.list("trusted_proxies"))
            for (const Node& row : *rows)
                if (const auto cidr = networkOf(row, row.scalar, "trusted_proxies"))
                    config().trustedProxies.push_back(*cidr);
    }

    /// What the guard and the keys would not take is refused here, and with its line.
    std::optional<base::Cidr> networkOf(const Node& node, std::string_view text,
                                        const std::string& name) {
        auto cidr = base::Cidr::parse(text);
        if (!cidr)
            findings_.refuse(node.line, "`" + name +
                                            "` needs networks such as 10.0.0.0/8, without bits "
                                            "beyond the prefix");
        return cidr;
    }

    void tls() {
        const Node* node = root_.any("tls");
        if (!node || node->kind == Node::Kind::Null) return;
        if (node->kind == Node::Kind::Scalar) {
            config().tlsTerminatedByProxy = node->scalar == "terminated_by_proxy";
            if (!config().tlsTerminatedByProxy)
                root_.refuse("tls", "must be {certificate, key} or terminated_by_proxy");
            return;
        }
        NodeReader reader = root_.section("tls");
        const auto certificate = reader.text("certificate"), key = reader.text("key");
        if (!reader.has("certificate")) reader.refuse("certificate", "is required");
        if (!reader.has("key")) reader.refuse("key", "is required");
        if (certificate && key) config().tls = TlsConfig{relative(*certificate), relative(*key)};
        reader.finish();
    }

    void files() {
        config().data = relative(root_.text("data").value_or("data"));
        if (const auto plugins = root_.text("plugins")) config().plugins = relative(*plugins);
        NodeReader masterKey = root_.section("master_key");
        if (const auto key = masterKey.text("file"))
            config().masterKeyFile = relative(*key).string();
        masterKey.finish();
        if (const auto migrate = root_.oneOf("migrate", {"auto", "manual"}))
            config().migrateAuto = *migrate == "auto";
        NodeReader log = root_.section("log");
        take(config().logLevel, log.oneOf("level", {"debug", "info", "warn", "error"}));
        log.finish();
    }

    void egress() {
        NodeReader reader = root_.section("egress");
        if (const auto* rows = reader.list("allow"))
            for (const Node& row : *rows) egressRow(row);
        if (const auto proxy = reader.text("proxy")) {
            const auto url = parseOrigin(*proxy);
            if (!url || url->scheme != "http" || url->hasPath)
                reader.refuse("proxy", "must be http://[USER:PASSWORD@]HOST:PORT");
            else
                config().egressProxy = *proxy;
            const Node* node = reader.any("proxy");
            if (url && url->hasUser && node->source.empty())
                warn(node->line,
                     "`egress.proxy` holds a literal secret; use ${env:NAME} or ${file:PATH}");
        }
        reader.finish();
    }

    void egressRow(const Node& node) {
        EgressRow row;
        row.line = node.line;
        std::string cidr;
        if (node.kind == Node::Kind::Scalar) {
            cidr = node.scalar;
        } else {
            NodeReader reader(node, "egress.allow[]", findings_);
            take(cidr, reader.text("cidr"));
            if (const auto* ports = reader.list("ports")) {
                for (const Node& item : *ports) {
                    const auto port = item.asInteger();
                    if (port && *port >= 1 && *port <= 65535)
                        row.ports.push_back(static_cast<std::uint16_t>(*port));
                    else
                        findings_.refuse(item.line,
                                         "`egress.allow` ports are numbers from 1 to 65535");
                }
            }
            take(row.purposes, reader.texts("for"));
            reader.finish();
        }
        if (const auto network = networkOf(node, cidr, "egress.allow")) {
            row.cidr = *network;
            config().egressAllow.push_back(std::move(row));
        }
    }

    void scans() {
        NodeReader reader = root_.section("scans");
        for (const auto& folder : reader.texts("allow_local").value_or(std::vector<std::string>{}))
            config().scans.allowLocal.push_back(relative(folder));
        take(config().scans.workers, reader.integer("workers", 1, 64));
        take(config().scans.paused, reader.boolean("paused"));
        if (const auto seconds = reader.integer("timeout_s", 1, 86'400))
            config().scans.timeout = std::chrono::seconds{*seconds};
        take(config().scans.scanner, reader.text("scanner"));
        reader.finish();
    }

    /// A burst that is left out beside `requests` is as large as they.
    static void rate(NodeReader& limits, std::string_view name, HubConfig::Rate& target) {
        NodeReader reader = limits.section(name);
        const auto requests = reader.integer("requests", 1, 1'000'000);
        take(target.requests, requests);
        take(target.perSeconds, reader.integer("per_seconds", 1, 86'400));
        const auto burst = reader.integer("burst", 1, 1'000'000);
        take(target.burst, burst || reader.has("burst") ? burst : requests);
        reader.finish();
    }

    void limits() {
        NodeReader reader = root_.section("limits");
        rate(reader, "key", config().limits.key);
        rate(reader, "team", config().limits.team);
        rate(reader, "organization", config().limits.organization);
        rate(reader, "failures", config().limits.failures);
        rate(reader, "sign_in", config().limits.signIn);
        rate(reader, "webhooks", config().limits.webhooks);
        reader.finish();
    }

    void bounds() {
        NodeReader retention = root_.section("retention");
        take(config().retention.receiptDays, retention.integer("receipt_days", 1, 3650));
        take(config().retention.deliveryDays, retention.integer("delivery_days", 1, 3650));
        take(config().retention.keyUsageDays, retention.integer("key_usage_days", 1, 3650));
        retention.finish();
        NodeReader sessions = root_.section("sessions");
        take(config().sessions.idleMinutes, sessions.integer("idle_minutes", 1, 1440));
        take(config().sessions.absoluteHours, sessions.integer("absolute_hours", 1, 720));
        take(config().sessions.stepUpMinutes, sessions.integer("step_up_minutes", 1, 1440));
        take(config().sessions.requireTotpForAdmins, sessions.boolean("require_totp_for_admins"));
        sessions.finish();
        NodeReader api = root_.section("api");
        take(config().api.requireIfMatch, api.boolean("require_if_match"));
        api.finish();
        outbound();
        NodeReader keys = root_.section("keys");
        if (const auto prefix = keys.text("prefix")) {
            if (RE2::FullMatch(*prefix, "[a-z][a-z0-9]{1,11}"))
                config().keyPrefix = *prefix;
            else
                keys.refuse("prefix", "must be 2 to 12 lower-case letters and digits");
        }
        keys.finish();
        NodeReader policy = root_.section("api_keys");
        take(config().keyMaxExpiryDays, policy.integer("max_expiry_days", 1, 1825));
        policy.finish();
        NodeReader leaks = root_.section("leaks");
        take(config().leaks.autoRevoke, leaks.boolean("auto_revoke"));
        if (const auto path = leaks.text("github_keys"))
            config().leaks.githubKeys = relative(*path);
        leaks.finish();
    }

    void outbound() {
        NodeReader reader = root_.section("outbound");
        if (const auto* waits = reader.list("schedule_s")) {
            config().outbound.scheduleSeconds.clear();
            for (const Node& wait : *waits) {
                const auto seconds = wait.asInteger();
                if (seconds && *seconds >= 0 && *seconds <= 7 * 86'400)
                    config().outbound.scheduleSeconds.push_back(static_cast<int>(*seconds));
                else
                    findings_.refuse(wait.line, "`outbound.schedule_s` holds seconds up to 7 days");
            }
            if (waits->empty() || waits->size() > 50)
                reader.refuse("schedule_s", "must list 1 to 50 waits");
        }
        take(config().outbound.jitter, reader.number("jitter", 0, 1));
        take(config().outbound.timeoutMs, reader.integer("timeout_ms", 100, 120'000));
        take(config().outbound.workers, reader.integer("in_flight", 1, 10'000));
        reader.finish();
    }

    void crossChecks() {
        const bool secure =
            config().tls || (config().tlsTerminatedByProxy && !config().publicUrl.empty());
        if (!isLoopback(config().listenAddress) && !secure)
            root_.refuse(
                "listen",
                "is no loopback address: that needs `tls`, or `tls: terminated_by_proxy` with "
                "`public_url`");
        if (config().tlsTerminatedByProxy && config().publicUrl.starts_with("http:"))
            root_.refuse("public_url", "must begin with https:// behind a proxy that ends TLS");
        if (config().tlsTerminatedByProxy && config().trustedProxies.empty())
            warn(root_.line("tls"),
                 "without `trusted_proxies` every client has the address of the proxy");
        masterKeyPlace();
    }

    void masterKeyPlace() {
        const fs::path key = config().masterKeyFile;
        const fs::path inside = key.lexically_relative(config().data);
        if (key.empty() || (!inside.empty() && *inside.begin() != ".."))
            warn(root_.line("master_key"),
                 "the master key lies in the data folder: a copy of the folder opens itself; set "
                 "`master_key.file`");
    }

    const fs::path& file_;
    NodeReader root_;
    ConfigResult& result_;
    Findings& findings_;
};

}  // namespace

ConfigResult loadHubConfig(const fs::path& file) {
    ConfigResult result;
    auto loaded = loadYaml(file);
    if (auto* problem = std::get_if<Problem>(&loaded)) {
        result.problems.push_back(std::move(*problem));
        return result;
    }
    auto& [name, root] = std::get<Loaded>(loaded);
    result.problems = expand(root, file);
    if (!result.problems.empty()) return result;
    Findings findings{name, {}, {}};
    Reader(file, root, result, findings).run();
    result.problems = std::move(findings.problems);
    std::sort(result.problems.begin(), result.problems.end(),
              [](const Problem& a, const Problem& b) { return a.line < b.line; });
    result.config.origins = std::move(findings.origins);
    return result;
}

}  // namespace trusthub::config
