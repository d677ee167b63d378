#include "scans/runner.h"

#include "base/text.h"
#include "connectors/git_source.h"

#include <boost/json.hpp>

namespace trusthub::scans {
namespace {

/// Wakes come from commits; these are for what no commit tells.
constexpr Milliseconds kIdle{30'000};
constexpr Milliseconds kAfterFault{2'000};
constexpr Milliseconds kProgressPause{1'000};
constexpr int kMaxRuns = 2;
constexpr std::size_t kMaxReportBytes = 64UL << 20;
constexpr std::size_t kMaxTextBytes = 1'000;

const Actor kRunner{ActorKind::System, "", "scan-runner", "", "", ""};

Result<sdk::ScanReport> checked(Result<sdk::ScanReport> outcome) {
    if (outcome && outcome->body.size() > kMaxReportBytes)
        return fail(ErrorKind::TooLarge, "The report is larger than the hub keeps.");
    return outcome;
}

}  // namespace

ScanRunner::ScanRunner(RunnerParts parts, RunnerConfig config)
    : parts_(std::move(parts)), config_(config), paused_(config.paused) {
    const auto left = parts_.store.read([](store::ReadTx& tx) { return repo::running(tx); });
    orphans_.assign(left.begin(), left.end());
    if (!orphans_.empty())
        parts_.log.warn("scans were running when the hub ended").with("count", orphans_.size());
    watcher_ =
        std::make_unique<base::Periodic>("scan-watch", [this](std::stop_token) { return watch(); });
    for (int i = 0; i < config_.workers; ++i)
        workers_.push_back(std::make_unique<base::Periodic>(
            "scan-" + std::to_string(i), [this](std::stop_token stop) { return work(stop); }));
    parts_.queue.setWake([this] { wake(); });
    wake();  // for what was committed before anybody listened
}

ScanRunner::~ScanRunner() {
    parts_.queue.setWake(nullptr);
    paused_ = true;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        for (const auto& [id, job] : jobs_) end(*job, Ending::Shutdown);
    }
    workers_.clear();
    watcher_.reset();
}

void ScanRunner::setPaused(bool paused) {
    paused_ = paused;
    if (!paused) wake();
}

void ScanRunner::wake() {
    watcher_->wake();
    for (const auto& worker : workers_) worker->wake();
}

void ScanRunner::end(Job& job, Ending ending) {
    Ending none = Ending::None;
    if (job.ending.compare_exchange_strong(none, ending)) job.stop.request_stop();
}

/// Deadlines, cancellations and progress of what runs. [watch thread]
Milliseconds ScanRunner::watch() {
    std::vector<std::shared_ptr<Job>> jobs;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, job] : jobs_) jobs.push_back(job);
    }
    if (jobs.empty()) return kIdle;
    try {
        const auto cancelled =
            parts_.store.read([](store::ReadTx& tx) { return repo::cancelRequested(tx); });
        const SteadyPoint now = parts_.clock.steadyNow();
        for (const auto& job : jobs) {
            if (std::find(cancelled.begin(), cancelled.end(), job->scan.id) != cancelled.end())
                end(*job, Ending::Cancelled);
            if (now - job->startedAt >= config_.timeout) end(*job, Ending::Timeout);
            const int progress = job->progress.load(std::memory_order_relaxed);
            if (progress == job->progressWritten || now - job->progressAt < kProgressPause)
                continue;
            job->progressWritten = progress;
            job->progressAt = now;
            parts_.store.write<void>(
                [id = job->scan.id, progress](store::WriteTx& tx) -> Result<void> {
                    repo::setProgress(tx, id, progress);
                    return {};
                },
                [](const Result<void>&) {});
        }
    } catch (const std::exception& exception) {
        parts_.log.error("watching scans failed").with("error", exception.what());
    }
    return kProgressPause;
}

/// One scan, or none; answers how long to rest. [worker thread]
Milliseconds ScanRunner::work(const std::stop_token& stop) {
    if (paused_ || stop.stop_requested()) return kIdle;
    try {
        const auto [took, job] = claim();
        if (!job) return took ? Milliseconds{0} : kIdle;
        {
            const std::lock_guard lock(mutex_);
            jobs_.emplace(job->scan.id.text, job);
            if (stopping_) end(*job, Ending::Shutdown);
        }
        watcher_->wake();
        runJob(*job);
        // What waited for this ref can begin, and so can all that a busy worker left.
        return Milliseconds{0};
    } catch (const std::exception& exception) {
        parts_.log.error("a scan worker failed").with("error", exception.what());
        return kAfterFault;
    }
}

std::optional<ScanId> ScanRunner::takeOrphan() {
    const std::lock_guard lock(mutex_);
    if (orphans_.empty()) return std::nullopt;
    ScanId id = std::move(orphans_.front());
    orphans_.pop_front();
    return id;
}

ScanRunner::Claim ScanRunner::claim() {
    const auto orphan = takeOrphan();
    if (!orphan && !parts_.store.read([](store::ReadTx& tx) { return repo::nextQueued(tx); }))
        return {};
    auto claimed = parts_.store.writeAndWait<Claim>([&](store::WriteTx& tx) -> Result<Claim> {
        const auto id = orphan ? orphan : repo::nextQueued(tx);
        return id ? Claim{true, takeUp(tx, *id)} : Claim{};
    });
    if (!claimed) {
        if (orphan) {
            const std::lock_guard lock(mutex_);
            orphans_.push_back(*orphan);
        }
        throw std::runtime_error(std::string(claimed.error().text()));
    }
    return *claimed;
}

/// Null when there is nothing to run: the scan is gone, or it ends here and now. [in a unit]
std::shared_ptr<ScanRunner::Job> ScanRunner::takeUp(store::WriteTx& tx, const ScanId& id) {
    auto row = repo::find(tx, id);
    if (!row) return nullptr;
    auto project = people::Projects::find(tx, row->scan.projectId);
    Scan& scan = row->scan;
    if (row->cancelRequested || row->runs >= kMaxRuns || !project) {
        scan.status = row->cancelRequested ? "cancelled" : "failed";
        scan.error = row->cancelRequested
                         ? "It was cancelled."
                         : "Two runs of it ended without a result; it is not tried again.";
        conclude(tx, std::move(scan), nullptr, "");
        return nullptr;
    }
    repo::begin(tx, id, parts_.clock.now());
    auto job = std::make_shared<Job>();
    job->scan = std::move(scan);
    job->project = *std::move(project);
    job->startedAt = job->progressAt = parts_.clock.steadyNow();
    return job;
}

void ScanRunner::runJob(Job& job) {
    parts_.log.info("scan began").with("scan_id", job.scan.id.text).with("ref", job.scan.ref);
    bool settled = false;
    try {
        settled = settle(job, checked(scan(job)));
    } catch (const std::exception& exception) {
        parts_.log.error("a scan could not be run").with("error", exception.what());
    }
    parts_.metrics.observeSeconds(
        "trusthub_scan_seconds",
        std::chrono::duration<double>(parts_.clock.steadyNow() - job.startedAt).count());
    const std::lock_guard lock(mutex_);
    jobs_.erase(job.scan.id.text);
    // Nothing was told to anybody: it still counts as running, and this process takes it up again.
    if (!settled) orphans_.push_back(job.scan.id);
}

Result<sdk::ScanReport> ScanRunner::scan(Job& job) {
    if (!parts_.scanner)
        return fail(ErrorKind::NotFound, "No scanner is installed; see scans.scanner.");
    auto workspace = parts_.makeWorkspace(job.scan.id.text, job.stop.get_token());
    if (!workspace) return workspace.error();
    sdk::ScanRequest request;
    request.scanId = job.scan.id.text;
    request.projectName = job.project.name;
    request.repositoryUrl = job.project.repositoryUrl;
    request.ref = job.scan.gitRef;
    // A push only says that the ref moved: what it is at the remote now is scanned, so that an old
    // push that is sent again scans nothing old.
    if (job.scan.trigger == "api") request.commit = job.scan.commit;
    request.stop = job.stop.get_token();
    request.progress = [&job](int percent) {
        job.progress.store(std::clamp(percent, 0, 100), std::memory_order_relaxed);
    };
    try {
        return parts_.scanner->scan(request, **workspace);
    } catch (const std::exception& exception) {
        parts_.log.error("a scanner threw")
            .with("scan_id", job.scan.id.text)
            .with("error", exception.what());
        return fail(ErrorKind::PluginFault);
    }
}

bool ScanRunner::settle(Job& job, Result<sdk::ScanReport> outcome) {
    const Ending ending = job.ending.load();
    if (!outcome && ending == Ending::Shutdown) {
        static_cast<void>(parts_.store.writeAndWait<void>([&](store::WriteTx& tx) -> Result<void> {
            repo::takeBackRun(tx, job.scan.id);
            return {};
        }));
        return true;
    }
    std::optional<store::StagedBlob> report;
    if (outcome) {
        auto stored = parts_.blobs.put(job.scan.teamId, outcome->body);
        if (stored)
            report = *std::move(stored);
        else
            outcome = stored.error();
    }
    const auto written = parts_.store.writeAndWait<void>([&](store::WriteTx& tx) -> Result<void> {
        auto row = repo::find(tx, job.scan.id);
        if (!row || row->scan.status != "running") return {};  // its project was deleted
        Scan& scan = row->scan;
        if (row->cancelRequested) {
            scan.status = "cancelled";
            scan.error = "It was cancelled.";
        } else if (outcome) {
            scan.status = "succeeded";
            scan.progress = 100;
            scan.summary = base::clipUtf8(outcome->summary, kMaxTextBytes);
            if (connectors::isObjectId(outcome->commit)) scan.commit = outcome->commit;
        } else {
            scan.status = "failed";
            scan.error = ending == Ending::Timeout
                             ? "It ran longer than scans.timeout allows."
                             : base::clipUtf8(outcome.error().text(), kMaxTextBytes);
        }
        const bool kept = scan.status == "succeeded";
        conclude(tx, std::move(scan), kept ? &*report : nullptr, kept ? outcome->mediaType : "");
        return {};
    });
    if (!written)
        parts_.log.error("the end of a scan could not be stored")
            .with("scan_id", job.scan.id.text)
            .with("error", written.error().codeText());
    return written.has_value();
}

void ScanRunner::conclude(store::WriteTx& tx, Scan scan, const store::StagedBlob* report,
                          std::string_view mediaType) {
    scan.finishedAt = parts_.clock.now();
    std::optional<std::string> digest;
    if (report) {
        report->into(tx);
        digest = report->digest();
    }
    repo::finish(tx, scan, digest, mediaType);
    json::Object details{
        {"project_id", scan.projectId.text}, {"ref", scan.ref}, {"status", scan.status}};
    if (!scan.commit.empty()) details["commit"] = scan.commit;
    if (digest) details["report_sha256"] = *digest;
    parts_.audit.append(tx, kRunner,
                        {"update", "scans", scan.id.text, scan.teamId, std::move(details)});
    const std::string type = scan.status == "succeeded" ? "scan.completed" : "scan." + scan.status;
    parts_.events.emit(tx, kRunner, parts_.events.draft(type, scan.teamId, toJson(scan)));
    parts_.metrics.count("trusthub_scans_total", {{"status", scan.status}});
    parts_.log.info("scan ended").with("scan_id", scan.id.text).with("status", scan.status);
}

}  // namespace trusthub::scans
