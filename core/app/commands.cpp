#include "app/commands.h"

#include "access/github_keys.h"
#include "app/connectors_command.h"
#include "app/host_commands.h"
#include "app/refuse_line.h"
#include "app/serve.h"
#include "app/with_core.h"
#include "audit/audit_query.h"
#include "config/hub_config.h"
#include "sdk/json.h"
#include "store/migrate.h"

#include <CLI/CLI.hpp>

#include <iostream>

namespace trusthub::app {
namespace {

/// What every command may be given.
struct Options {
    std::filesystem::path config;
    std::filesystem::path data;
    std::string listen;
    bool json = false;
    bool print = false;
};

void printProblems(const std::vector<config::Problem>& problems) {
    for (const auto& problem : problems) std::cerr << problem.text() << "\n";
}

void printWarnings(const std::vector<config::Problem>& warnings) {
    for (const auto& warning : warnings) std::cerr << "warning: " << warning.text() << "\n";
}

/// Command line over file over default. Null when something does not fit; that was printed.
std::optional<config::HubConfig> configOf(const Options& options, bool warn = false) {
    config::ConfigResult loaded;
    if (!options.config.empty()) {
        loaded = config::loadHubConfig(options.config);
        if (warn) printWarnings(loaded.warnings);
        if (!loaded.problems.empty()) {
            printProblems(loaded.problems);
            return std::nullopt;
        }
    }
    auto config = std::move(loaded.config);
    if (!options.data.empty()) config.data = options.data;
    if (!options.listen.empty()) {
        const std::size_t colon = options.listen.rfind(':');
        std::string host = options.listen.substr(0, colon);
        if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
        int port = -1;
        if (colon != std::string::npos) {
            try {
                port = std::stoi(options.listen.substr(colon + 1));
            } catch (const std::exception&) {
                port = -1;
            }
        }
        const bool loopback = host == "::1" || host.starts_with("127.");
        if (port < 0 || port > 65535 || host.empty()) {
            std::cerr << "--listen wants ADDRESS:PORT, as 127.0.0.1:8080\n";
            return std::nullopt;
        }
        if (!loopback && !config.tls && !config.tlsTerminatedByProxy) {
            std::cerr
                << "--listen: off loopback the hub wants `tls:` or `tls: terminated_by_proxy` with"
                   " `public_url` in its configuration\n";
            return std::nullopt;
        }
        config.listenAddress = host;
        config.listenPort = static_cast<std::uint16_t>(port);
    }
    return config;
}

/// The same for the options of a command.
template <class F>
int withCore(const Options& options, F&& f) {
    const auto config = configOf(options);
    if (!config) return 2;
    return app::withCore(*config, Beside::Hub,
                         [&](Ground& ground, Core& core) { return f(*config, ground, core); });
}

int check(const Options& options) {
    if (options.config.empty()) {
        std::cerr << "check wants --config FILE\n";
        return 2;
    }
    const auto loaded = config::loadHubConfig(options.config);
    printWarnings(loaded.warnings);
    printProblems(loaded.problems);
    if (!loaded.problems.empty()) return 2;
    if (auto usable = access::GithubKeys(loaded.config.leaks.githubKeys).check(); !usable) {
        std::cerr << options.config.string() << ": " << usable.error().text() << "\n";
        return 2;
    }
    if (options.print)
        std::cout << config::printHubConfig(loaded.config);
    else
        std::cout << options.config.string() << ": ok\n";
    return 0;
}

int verifyAudit(const Options& options) {
    return withCore(options, [&](const config::HubConfig&, Ground&, Core& core) {
        const auto chains = core.store.read([](store::ReadTx& tx) { return audit::verify(tx); });
        bool intact = true;
        for (const auto& chain : chains) {
            intact = intact && chain.intact;
            std::cout << "chain " << chain.chain << ": " << chain.rows << " rows, "
                      << (chain.intact ? "intact, head " + chain.headHash
                                       : "broken at row " + std::to_string(chain.firstBadSeq) +
                                             ": " + chain.reason)
                      << "\n";
        }
        std::cout << "There is no outside witness: rows cut off at the end cannot be noticed from "
                     "within.\n";
        return intact ? 0 : 1;
    });
}

int migrate(const Options& options, bool apply) {
    const auto config = configOf(options);
    if (!config) return 2;
    try {
        auto lock = store::FolderLock::acquire(config->data);
        if (!lock) return failed(lock.error());
        const base::SystemClock clock;
        auto plan = apply ? store::applyMigrations(config->data, clock)
                          : store::planMigrations(config->data);
        if (!plan) return failed(plan.error());
        std::cout << "schema " << plan->current << ", this program brings " << plan->newest << "\n";
        for (const auto& name : plan->pending)
            std::cout << (apply ? "applied " : "pending ") << name << "\n";
        return 0;
    } catch (const std::exception& exception) {
        std::cerr << "trusthub: " << exception.what() << "\n";
        return 1;
    }
}

}  // namespace

int runCommandLine(int argc, char** argv) {
    CLI::App app{"TrustHub: the integration hub of your trust center"};
    app.require_subcommand(1);
    Options options;
    int exitCode = 0;
    const auto add = [&](const char* name, const char* help, std::function<int()> run) {
        CLI::App* sub = app.add_subcommand(name, help);
        sub->add_option("--config", options.config, "hub.yaml")
            ->check(CLI::ExistingFile)
            ->take_last();
        sub->add_option("--data", options.data, "Data folder; wins over the file");
        sub->add_flag("--json", options.json, "Print JSON");
        sub->callback([&exitCode, run = std::move(run)] { exitCode = run(); });
        return sub;
    };
    add("serve", "Run the hub", [&] {
        const auto config = configOf(options, true);
        return config ? serve(*config) : 2;
    })->add_option("--listen", options.listen, "ADDRESS:PORT; wins over the file");
    add("check", "Check a configuration; exit 2 and path:line: reason", [&] {
        return check(options);
    })->add_flag("--print", options.print, "Print what is in force, redacted, with its origin");
    const auto addCommonOptions = [&options](CLI::App& sub) {
        sub.add_option("--config", options.config, "hub.yaml")
            ->check(CLI::ExistingFile)
            ->take_last();
        sub.add_option("--data", options.data, "Data folder; wins over the file");
    };
    const auto onHost = [&](const HostCommand& command, const HostWork& work) {
        const auto config = configOf(options);
        return config ? runOnHost(*config, command, work, std::cout, std::cerr) : 2;
    };
    addHostCommands(app, {onHost, addCommonOptions, std::cin, std::cout, std::cerr}, exitCode);
    app.get_subcommand("setup-link")
        ->add_option("--listen", options.listen, "Where the hub serves");
    CLI::App* auditApp = app.add_subcommand("audit", "The audit log");
    auditApp->require_subcommand(1);
    CLI::App* verifyApp =
        auditApp->add_subcommand("verify", "Recompute every hash; exit 1 when a chain is broken");
    verifyApp->add_option("--config", options.config, "hub.yaml")
        ->check(CLI::ExistingFile)
        ->take_last();
    verifyApp->add_option("--data", options.data, "Data folder; wins over the file");
    verifyApp->callback([&] { exitCode = verifyAudit(options); });
    CLI::App* migrateApp = app.add_subcommand("migrate", "Schema of the database");
    migrateApp->require_subcommand(1);
    for (const bool apply : {false, true}) {
        CLI::App* sub = migrateApp->add_subcommand(
            apply ? "apply" : "plan",
            apply ? "Back up, then apply what is pending" : "Show what is pending");
        sub->add_option("--config", options.config, "hub.yaml")
            ->check(CLI::ExistingFile)
            ->take_last();
        sub->add_option("--data", options.data, "Data folder; wins over the file");
        sub->callback([&, apply] { exitCode = migrate(options, apply); });
    }
    add("version", "Print the version", [&] {
        std::cout << "trusthub " TRUSTHUB_VERSION "\n";
        return 0;
    });
    addConnectorsCommand(
        app,
        {[&]() -> std::optional<ConnectorsCommand::Folders> {
             const auto config = configOf(options);
             if (!config) return std::nullopt;
             return ConnectorsCommand::Folders{
                 config->plugins.empty() ? defaultPluginsFolder() : config->plugins, config->data};
         },
         addCommonOptions, std::cout, std::cerr},
        exitCode);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return refuseLine(app, error, std::cout, std::cerr);
    }
    return exitCode;
}

}  // namespace trusthub::app
