#include "health/readiness.h"

#include <system_error>

namespace trusthub::health {
namespace {

constexpr std::uintmax_t kLowDisk = 64ULL << 20;

}  // namespace

ReadinessReport Readiness::check() const {
    ReadinessReport report;
    if (stopping_.load()) report.reasons.emplace_back("The hub is shutting down.");
    if (!store_.writer().healthy()) {
        report.reasons.emplace_back("The last commit to the database failed.");
        // Nobody may be sent here until it works, so the check itself must find out.
        store_.probe(clock_.steadyNow());
    }
    std::error_code error;
    const auto space = std::filesystem::space(store_.folder(), error);
    if (error || space.available < kLowDisk)
        report.reasons.emplace_back("The disk of the data folder has less than 64 MiB left.");
    report.ready = report.reasons.empty();
    return report;
}

}  // namespace trusthub::health
