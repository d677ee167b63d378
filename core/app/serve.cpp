#include "app/serve.h"

#include "app/first_admin.h"
#include "app/with_core.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

namespace trusthub::app {
namespace {

sigset_t stopSignals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

/// The link goes to the terminal, or to a file that only the hub's user reads; never to the log.
void offerSetup(Hub& hub, const config::HubConfig& config) {
    const auto file = config.data / people::kSetupLinkFile;
    auto token = hub.core().store.writeAndWait<std::string>(hub.core().setup.issueToken());
    if (!token) return people::dropSetupLink(config.data);
    const std::string link = setupLink(hub.address(), *token);
    if (auto written = store::writeDurably(file, link + "\n"); !written)
        hub.ground()
            .log.error("the set-up link could not be written")
            .with("reason", written.error().text());
    if (::isatty(STDOUT_FILENO) == 1)
        std::cout << "Set up the first administrator within 60 minutes:\n  " << link << "\n";
    else
        std::cout << "The set-up link for the first administrator is in " << file.string()
                  << " (60 minutes, single use).\n";
}

/// Connections, receivers and files share the limit of open descriptors; the soft one is often
/// 1,024.
void raiseDescriptorLimit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65'536);
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void blockSignals() {
    const sigset_t set = stopSignals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    // A peer that goes, or a file that reaches its limit, is an error of a call, not the end of the
    // hub.
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
}

int serve(const config::HubConfig& config) {
    raiseDescriptorLimit();
    try {
        Hub hub(config);
        if (::geteuid() == 0)
            hub.ground().log.warn("the hub runs as root; give it a user of its own");
        if (auto made = createAdminFromEnvironment(hub.core(), hub.ground()); !made) {
            return failed(made.error());
        }
        hub.start();
        std::cout << "TrustHub " TRUSTHUB_VERSION " serves " << hub.address() << "\n";
        offerSetup(hub, config);
        std::cout << std::flush;
        const sigset_t set = stopSignals();
        int signal = 0;
        while (::sigwait(&set, &signal) != 0) {
        }
        std::cout << "Stopping …" << std::endl;
        hub.stop();
        std::cout << "Stopped." << std::endl;
        return 0;
    } catch (const std::exception& exception) {
        std::cerr << "trusthub: " << exception.what() << "\n";
        return 1;
    }
}

}  // namespace trusthub::app
