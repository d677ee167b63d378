// ScanRunner: the threads that take scans from the queue, run them and write what came out.
#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "base/workers.h"
#include "scans/scans.h"
#include "scans/scans_repo.h"
#include "sdk/scanner.h"
#include "store/store.h"

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

namespace trusthub::scans {

/// Makes the private folder of one run; see connectors/workspace.h.
using MakeWorkspace = std::function<Result<std::shared_ptr<sdk::Workspace>>(std::string_view name,
                                                                            std::stop_token stop)>;

/// All outlive the runner. `scanner` null: none is installed, and every scan fails with that
/// reason.
struct RunnerParts {
    store::Store& store;
    ScanQueue& queue;
    sdk::Scanner* scanner;
    store::BlobStore& blobs;
    MakeWorkspace makeWorkspace;
    events::Events& events;
    audit::AuditLog& audit;
    const base::Clock& clock;
    base::Log& log;
    base::Metrics& metrics;
};

struct RunnerConfig {
    int workers = 1;
    bool paused = false;  ///< nothing begins; what runs goes on
    Milliseconds timeout{600'000};
};

/// A scan that was running when the hub died is run once more, then failed. One that is stopped
/// because the hub shuts down stays `running` in the database and is run again at the next start,
/// without counting.
class ScanRunner {
public:
    ScanRunner(RunnerParts parts, RunnerConfig config);
    ~ScanRunner();  ///< asks running scans to stop and waits for them
    ScanRunner(const ScanRunner&) = delete;
    ScanRunner& operator=(const ScanRunner&) = delete;

    void setPaused(bool paused);  ///< [thread-safe]
    void wake();                  ///< [thread-safe] looks at queue, cancellations and deadlines now

private:
    enum class Ending { None, Cancelled, Timeout, Shutdown };
    /// One scan at work; shared between its worker and the watch.
    struct Job {
        Scan scan;
        people::Project project;
        SteadyPoint startedAt, progressAt;
        std::stop_source stop;
        std::atomic<Ending> ending{Ending::None};
        std::atomic<int> progress{0};
        int progressWritten = 0;
    };

    Milliseconds work(const std::stop_token& stop);
    Milliseconds watch();
    struct Claim {
        bool took = false;         ///< there was a scan to take up
        std::shared_ptr<Job> job;  ///< null: it is not to be run
    };
    Claim claim();
    std::shared_ptr<Job> takeUp(store::WriteTx& tx, const ScanId& id);
    void runJob(Job& job);
    Result<sdk::ScanReport> scan(Job& job);
    /// False when the outcome could not be stored.
    bool settle(Job& job, Result<sdk::ScanReport> outcome);
    /// Writes the end of the scan, its audit row and its event. [in a unit]
    void conclude(store::WriteTx& tx, Scan scan, const store::StagedBlob* report,
                  std::string_view mediaType);
    void end(Job& job, Ending ending);
    std::optional<ScanId> takeOrphan();

    RunnerParts parts_;
    RunnerConfig config_;
    std::atomic<bool> paused_;
    std::mutex mutex_;
    bool stopping_ = false;
    std::map<std::string, std::shared_ptr<Job>> jobs_;  ///< by scan id
    std::deque<ScanId> orphans_;                        ///< `running` in the database, by nobody
    std::unique_ptr<base::Periodic> watcher_;
    std::vector<std::unique_ptr<base::Periodic>> workers_;
};

}  // namespace trusthub::scans
