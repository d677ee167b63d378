// HubConfig: config/hub.yaml as an immutable snapshot.
#pragma once

#include "base/ip_address.h"
#include "config/mail_config.h"
#include "config/yaml.h"
#include "sdk/secret.h"
#include "sdk/time.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace trusthub::config {

struct TlsConfig {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

struct EgressRow {  ///< `- 127.0.0.0/8` or `{cidr, ports, for}`
    base::Cidr cidr;
    std::vector<std::uint16_t> ports;
    std::vector<std::string> purposes;
    int line = 0;
};

struct HubConfig {
    std::string listenAddress = "127.0.0.1";
    std::uint16_t listenPort = 8080;
    std::filesystem::path data = "data";
    std::string publicUrl;  ///< without trailing slash; empty: http://listen
    std::optional<TlsConfig> tls;
    bool tlsTerminatedByProxy = false;
    std::vector<base::Cidr> trustedProxies;
    std::vector<EgressRow> egressAllow;
    std::string egressProxy;
    std::string masterKeyFile;  ///< empty: DATA/master.key, with a standing warning
    bool migrateAuto = true;
    std::string logLevel = "info";
    std::filesystem::path plugins;  ///< empty: `plugins` beside the program
    struct Scans {
        std::vector<std::filesystem::path>
            allowLocal;  ///< base folders whose repositories may be cloned by path
        int workers = 1;
        bool paused = false;
        Milliseconds timeout{600'000};
        std::string scanner = "inventory";
    } scans;
    struct Retention {
        int receiptDays = 30;
        int deliveryDays = 90;
        int keyUsageDays = 90;
    } retention;
    struct Sessions {
        int idleMinutes = 60;
        int absoluteHours = 12;
        int stepUpMinutes = 15;
        bool requireTotpForAdmins = false;
    } sessions;
    struct Outbound {
        std::vector<int> scheduleSeconds{0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
        double jitter = 0.2;
        int timeoutMs = 15000;
        int workers = 512;  ///< deliveries in flight
    } outbound;
    struct Api {
        bool requireIfMatch = false;  ///< PATCH and DELETE without If-Match answer 428
    } api;
    struct Rate {
        int requests, perSeconds, burst;
    };
    struct Limits {
        Rate key{1'200, 60, 300};
        Rate team{6'000, 60, 1'500};
        Rate organization{30'000, 60, 6'000};
        Rate failures{3'000, 60, 1'000};
        Rate signIn{300, 60, 150};
        Rate webhooks{3'000, 60, 1'500};
    } limits;
    std::string keyPrefix = "tos";
    std::optional<int> keyMaxExpiryDays;  ///< null: keys need no end
    struct Leaks {
        bool autoRevoke = false;
        std::filesystem::path githubKeys;  ///< JSON as GitHub publishes it; empty: none
    } leaks;
    std::optional<MailConfig> mail;              ///< null: nothing is mailed
    std::map<std::string, std::string> origins;  ///< dotted name -> where its value came from
};

struct ConfigResult {
    HubConfig config;
    std::vector<Problem> problems;  ///< any makes the configuration unusable
    std::vector<Problem> warnings;  ///< a literal secret, a master key in the data folder …
};

/// Reads and checks everything. Relative paths are relative to the file. `${env:NAME}` and
/// `${file:PATH}` are expanded in scalars; an unset variable or unreadable file is a problem with
/// its line.
ConfigResult loadHubConfig(const std::filesystem::path& file);
/// The effective configuration, redacted, each value with its origin: for `check --print`.
std::string printHubConfig(const HubConfig& config);

}  // namespace trusthub::config
