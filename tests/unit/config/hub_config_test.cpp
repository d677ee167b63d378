#include "config/hub_config.h"

#include "support/temp_folder.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace trusthub;
namespace fs = std::filesystem;

namespace {

/// A folder with files of its own.
struct Folder : test::TempFolder {
    fs::path write(const std::string& name, std::string_view text) const {
        std::ofstream(path / name) << text;
        return path / name;
    }
};

config::ConfigResult load(std::string_view text) {
    const Folder folder;
    return config::loadHubConfig(folder.write("hub.yaml", text));
}

/// All problems with the folder of the file cut off.
std::string problems(std::string_view text) {
    std::string out;
    for (const auto& problem : load(text).problems) {
        const std::string line = problem.text();
        out += line.substr(line.find("hub.yaml")) + "\n";
    }
    return out;
}

bool usable(std::string_view text) {
    return load(text).problems.empty();
}

}  // namespace

TEST_CASE("the shortest configuration of the documents is accepted") {
    const Folder folder;
    const auto file = folder.write("hub.yaml",
                                   "listen: 127.0.0.1:8080\ndata: ./data\n"
                                   "egress: {allow: [127.0.0.0/8, \"::1/128\"]}\n");
    const auto result = config::loadHubConfig(file);
    REQUIRE(result.problems.empty());
    CHECK(result.config.listenAddress == "127.0.0.1");
    CHECK(result.config.listenPort == 8080);
    CHECK(result.config.data == folder.path / "data");
    REQUIRE(result.config.egressAllow.size() == 2);
    CHECK(result.config.egressAllow[1].cidr.text() == "::1");
    CHECK(result.config.egressAllow[1].line == 3);
}

TEST_CASE("the default configuration is accepted and says the defaults") {
    const auto shipped = config::loadHubConfig("config/hub.yaml");
    for (const auto& problem : shipped.problems) UNSCOPED_INFO(problem.text());
    REQUIRE(shipped.problems.empty());
    config::HubConfig defaults;
    CHECK(shipped.config.data == "data");
    CHECK(shipped.config.listenPort == defaults.listenPort);
    CHECK(shipped.config.outbound.scheduleSeconds == defaults.outbound.scheduleSeconds);
    CHECK(shipped.config.outbound.workers == defaults.outbound.workers);
    CHECK(shipped.config.outbound.timeoutMs == defaults.outbound.timeoutMs);
    CHECK(shipped.config.outbound.jitter == defaults.outbound.jitter);
    CHECK(shipped.config.scans.timeout == defaults.scans.timeout);
    CHECK(shipped.config.scans.workers == defaults.scans.workers);
    CHECK(shipped.config.scans.scanner == defaults.scans.scanner);
    CHECK(shipped.config.retention.receiptDays == defaults.retention.receiptDays);
    CHECK(shipped.config.retention.deliveryDays == defaults.retention.deliveryDays);
    CHECK(shipped.config.sessions.idleMinutes == defaults.sessions.idleMinutes);
    CHECK(shipped.config.sessions.absoluteHours == defaults.sessions.absoluteHours);
    CHECK(shipped.config.keyPrefix == defaults.keyPrefix);
    CHECK(shipped.config.retention.keyUsageDays == defaults.retention.keyUsageDays);
    const auto same = [](const config::HubConfig::Rate& a, const config::HubConfig::Rate& b) {
        return a.requests == b.requests && a.perSeconds == b.perSeconds && a.burst == b.burst;
    };
    CHECK(same(shipped.config.limits.key, defaults.limits.key));
    CHECK(same(shipped.config.limits.team, defaults.limits.team));
    CHECK(same(shipped.config.limits.organization, defaults.limits.organization));
    CHECK(same(shipped.config.limits.failures, defaults.limits.failures));
    CHECK(same(shipped.config.limits.signIn, defaults.limits.signIn));
    CHECK(same(shipped.config.limits.webhooks, defaults.limits.webhooks));
}

TEST_CASE("a limit is read whole, its burst left out is as large as its requests") {
    const auto limits =
        load("limits:\n  key: {requests: 5, per_seconds: 30}\n  team: {burst: 9}\n").config.limits;
    CHECK(limits.key.requests == 5);
    CHECK(limits.key.perSeconds == 30);
    CHECK(limits.key.burst == 5);
    CHECK(limits.team.requests == 6'000);
    CHECK(limits.team.burst == 9);
    CHECK(problems("limits:\n  key: {requests: 0}\n  team: {burts: 9}\n") ==
          "hub.yaml:2: `limits.key.requests` must be a whole number from 1 to 1000000\n"
          "hub.yaml:3: unknown key `burts`; did you mean `burst`? (in `limits.team`)\n");
}

TEST_CASE("an empty file is a configuration of defaults") {
    const auto result = load("");
    CHECK(result.problems.empty());
    CHECK(result.config.listenPort == 8080);
    CHECK(result.config.origins.empty());
}

TEST_CASE("every key arrives where it belongs") {
    const Folder folder;
    const auto result = config::loadHubConfig(folder.write("hub.yaml", R"(
listen: "[::1]:0"
public_url: https://Hub.example.com:8443/
tls: {certificate: tls/c.pem, key: /abs/k.pem}
trusted_proxies: [10.0.0.0/8, "::1"]
egress:
  allow:
    - {cidr: 10.1.0.0/16, ports: [443, 8443], for: [webhooks, git]}
  proxy: http://proxy:3128
master_key: {file: ../master.key}
migrate: manual
log: {level: debug}
plugins: ../plugins
scans: {allow_local: [repos], workers: 3, paused: true, timeout_s: 60, scanner: other}
retention: {receipt_days: 1, delivery_days: 2}
sessions: {idle_minutes: 3, absolute_hours: 4}
outbound: {schedule_s: [0, 7], jitter: 0.5, timeout_ms: 900, in_flight: 9}
keys: {prefix: abc}
)"));
    for (const auto& problem : result.problems) UNSCOPED_INFO(problem.text());
    REQUIRE(result.problems.empty());
    const config::HubConfig& c = result.config;
    CHECK(c.listenAddress == "::1");
    CHECK(c.listenPort == 0);
    CHECK(c.publicUrl == "https://Hub.example.com:8443");
    CHECK(c.tls->certificate == folder.path / "tls/c.pem");
    CHECK(c.tls->key == "/abs/k.pem");
    CHECK(c.trustedProxies ==
          std::vector{*base::Cidr::parse("10.0.0.0/8"), *base::Cidr::parse("::1")});
    CHECK(c.egressAllow[0].ports == std::vector<std::uint16_t>{443, 8443});
    CHECK(c.egressAllow[0].purposes == std::vector<std::string>{"webhooks", "git"});
    CHECK(c.egressProxy == "http://proxy:3128");
    CHECK(c.masterKeyFile == (folder.path.parent_path() / "master.key").string());
    CHECK_FALSE(c.migrateAuto);
    CHECK(c.logLevel == "debug");
    CHECK(c.plugins == folder.path.parent_path() / "plugins");
    CHECK(c.scans.allowLocal == std::vector<fs::path>{folder.path / "repos"});
    CHECK(c.scans.workers == 3);
    CHECK(c.scans.paused);
    CHECK(c.scans.timeout == Milliseconds{60'000});
    CHECK(c.scans.scanner == "other");
    CHECK(c.retention.receiptDays == 1);
    CHECK(c.retention.deliveryDays == 2);
    CHECK(c.sessions.idleMinutes == 3);
    CHECK(c.sessions.absoluteHours == 4);
    CHECK(c.outbound.scheduleSeconds == std::vector<int>{0, 7});
    CHECK(c.outbound.jitter == 0.5);
    CHECK(c.outbound.timeoutMs == 900);
    CHECK(c.outbound.workers == 9);
    CHECK(c.keyPrefix == "abc");
    CHECK(result.warnings.empty());
}

TEST_CASE("an unknown key is refused with its line and the nearest known name") {
    CHECK(problems("data: x\nlisen: 127.0.0.1:1\n") ==
          "hub.yaml:2: unknown key `lisen`; did you mean `listen`?\n");
    CHECK(problems("scans:\n  worker: 1\n") ==
          "hub.yaml:2: unknown key `worker`; did you mean `workers`? (in `scans`)\n");
    CHECK_FALSE(usable("egress: {allow: [{cidr: 10.0.0.0/8, port: [1]}]}\n"));
}

TEST_CASE("wrong types and ranges are refused with their lines, all at once") {
    CHECK(problems("listen: 8080\nscans:\n  workers: 0\n  paused: maybe\nlog: info\noutbound: "
                   "{jitter: 2}\n") ==
          "hub.yaml:1: `listen` must be ADDRESS:PORT, IPv6 in brackets\n"
          "hub.yaml:3: `scans.workers` must be a whole number from 1 to 64\n"
          "hub.yaml:4: `scans.paused` must be true or false\n"
          "hub.yaml:5: `log` must be a map of keys and values\n"
          "hub.yaml:6: `outbound.jitter` must be a number from 0 to 1\n");
    for (const char* text : {"data:\n",
                             "data: [a]\n",
                             "data: \"\"\n",
                             "listen: localhost:80\n",
                             "listen: \"::1:80\"\n",
                             "listen: 127.0.0.1:65536\n",
                             "migrate: later\n",
                             "log: {level: loud}\n",
                             "tls: yes\n",
                             "tls: {certificate: a}\n",
                             "public_url: hub.example.com\n",
                             "public_url: https://h/path\n",
                             "public_url: https://u:p@h\n",
                             "public_url: \"https://h?x\"\n",
                             "trusted_proxies: [nonsense]\n",
                             "egress: {allow: [10.0.0.0/33]}\n",
                             "egress: {allow: [{ports: [1]}]}\n",
                             "egress: {allow: [{cidr: 10.0.0.0/8, ports: [0]}]}\n",
                             "egress: {proxy: socks5://x}\n",
                             "outbound: {schedule_s: []}\n",
                             "outbound: {schedule_s: [-1]}\n",
                             "keys: {prefix: A}\n",
                             "- a\n",
                             "text\n"}) {
        INFO(text);
        CHECK_FALSE(usable(text));
    }
}

TEST_CASE("off loopback the hub wants TLS, its own or a proxy's with a public URL") {
    CHECK_FALSE(usable("listen: 0.0.0.0:8080\n"));
    CHECK_FALSE(usable("listen: \"[::]:8080\"\n"));
    CHECK_FALSE(usable("listen: 0.0.0.0:8080\ntls: terminated_by_proxy\n"));
    CHECK_FALSE(usable("listen: 0.0.0.0:8080\ntls: terminated_by_proxy\npublic_url: http://hub\n"));
    CHECK(usable("listen: 0.0.0.0:8080\ntls: terminated_by_proxy\npublic_url: https://hub\n"));
    CHECK(usable("listen: 0.0.0.0:8080\ntls: {certificate: c, key: k}\n"));
    CHECK(usable("listen: 127.5.5.5:8080\n"));
    CHECK(usable("listen: \"[::1]:8080\"\n"));
}

TEST_CASE(
    "values from the environment and from files take their place and say where they come from") {
    const Folder folder;
    folder.write("proxy-password", "p4ss\n");
    REQUIRE(::setenv("TRUSTHUB_TEST_PORT", "9191", 1) == 0);
    const auto result = config::loadHubConfig(
        folder.write("hub.yaml",
                     "listen: 127.0.0.1:${env:TRUSTHUB_TEST_PORT}\n"
                     "egress: {proxy: \"http://u:${file:proxy-password}@proxy:1\"}\n"
                     "scans: {scanner: \"$${x}\"}\n"));
    ::unsetenv("TRUSTHUB_TEST_PORT");
    for (const auto& problem : result.problems) UNSCOPED_INFO(problem.text());
    REQUIRE(result.problems.empty());
    CHECK(result.config.listenPort == 9191);
    CHECK(result.config.egressProxy == "http://u:p4ss@proxy:1");
    CHECK(result.config.scans.scanner == "${x}");
    CHECK(result.config.origins.at("listen").ends_with(
        "hub.yaml:1 (environment TRUSTHUB_TEST_PORT)"));
    CHECK(result.config.origins.at("egress.proxy").find("(file ") != std::string::npos);
}

TEST_CASE(
    "an unset variable, a missing file or another form of reference is a problem with its line") {
    CHECK(problems("data: x\nlisten: ${env:TRUSTHUB_TEST_NOT_SET}\n") ==
          "hub.yaml:2: the environment variable TRUSTHUB_TEST_NOT_SET is not set\n");
    CHECK(problems("data: ${file:none}\n").starts_with("hub.yaml:1: the file "));
    CHECK_FALSE(usable("data: ${HOME}\n"));
    CHECK_FALSE(usable("data: ${env:HOME\n"));
}

TEST_CASE("a literal secret and a master key inside the data folder give warnings") {
    const auto warned = [](std::string_view text, std::string_view what) {
        for (const auto& warning : load(text).warnings)
            if (warning.reason.find(what) != std::string::npos) return true;
        return false;
    };
    CHECK(warned("egress: {proxy: \"http://u:p4ss@proxy:1\"}\n", "literal secret"));
    CHECK_FALSE(warned("egress: {proxy: \"http://proxy:1\"}\n", "literal secret"));
    CHECK(warned("data: d\n", "master key"));
    CHECK(warned("data: d\nmaster_key: {file: d/keys/m}\n", "master key"));
    CHECK_FALSE(warned("data: d\nmaster_key: {file: m}\n", "master key"));
}

TEST_CASE("the printed configuration shows values with their origins and no secret") {
    const Folder folder;
    const auto result = config::loadHubConfig(folder.write(
        "hub.yaml", "scans:\n  workers: 2\negress: {proxy: \"http://u:p4ss@proxy:1\"}\n"));
    const std::string text = config::printHubConfig(result.config);
    CHECK(text.find("p4ss") == std::string::npos);
    CHECK(text.find("egress.proxy: http://(redacted)@proxy:1") != std::string::npos);
    CHECK(text.find("# default") != std::string::npos);
    const std::size_t at = text.find("scans.workers: 2");
    REQUIRE(at != std::string::npos);
    CHECK(text.substr(at, text.find('\n', at) - at).ends_with("hub.yaml:2"));
}

TEST_CASE("a configuration file that is missing is one problem") {
    const auto result = config::loadHubConfig("no/such/hub.yaml");
    REQUIRE(result.problems.size() == 1);
    CHECK(result.problems[0].text() == "no/such/hub.yaml: cannot be read");
}

TEST_CASE("a network with bits beyond its prefix is refused with its line, never ignored") {
    const std::string reason = "needs networks such as 10.0.0.0/8, without bits beyond the prefix";
    CHECK(problems("trusted_proxies:\n  - 10.0.0.0/8\n  - 10.0.0.1/8\n") ==
          "hub.yaml:3: `trusted_proxies` " + reason + "\n");
    CHECK(problems("egress:\n  allow:\n    - 127.0.0.0/8\n    - {cidr: fd00::1/8}\n") ==
          "hub.yaml:4: `egress.allow` " + reason + "\n");
    CHECK(usable("trusted_proxies: [10.0.0.1/32, \"::ffff:10.0.0.0/104\", \"::1\"]\n"));
    CHECK_FALSE(usable("trusted_proxies: [10.0.0.0/08]\n"));
}
