// Scans: jobs of projects. One running and one waiting per (project, ref); a further trigger moves
// the waiting one to the newer commit, so that the last push is always scanned.
#pragma once

#include "audit/audit_log.h"
#include "base/actor.h"
#include "events/events.h"
#include "people/projects.h"
#include "store/blob_store.h"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace trusthub::scans {

struct Scan {
    ScanId id;
    ProjectId projectId;
    std::string teamId, kind;
    std::string ref;     ///< short: `main`, `pr-12`, `mr-7`, `v1.0`
    std::string gitRef;  ///< what is fetched: `refs/heads/main`; empty: the default branch
    std::string commit;  ///< wanted, after the scan the one that was read; may be empty
    std::string status;  ///< queued | running | succeeded | failed | cancelled
    int progress = 0;
    std::string error, summary;
    std::string trigger;   ///< webhook | api: only the API's `commit` is fetched by its id
    bool evidence = true;  ///< false: a pull request from a fork, its report never proves anything
    TimePoint createdAt;
    std::optional<TimePoint> startedAt, finishedAt;
};

/// The API's form: id, project_id, kind, ref, commit, status, progress_percent, error, created_at,
/// started_at, finished_at …
json::Object toJson(const Scan& scan, boost::json::storage_ptr memory = {});

/// `refs/heads/x` -> `x`, `refs/tags/v1` -> `v1`, `refs/pull/12/{merge,head}` -> `pr-12`,
/// `refs/merge-requests/7/{merge,head}` -> `mr-7`; any other text stays as it is.
std::string shortRef(std::string_view gitRef);
/// What the API takes as `ref`: a full name or a branch; InvalidInput at /ref when git would not
/// take it (git-check-ref-format).
Result<std::string> gitRefOf(std::string_view ref);

struct Trigger {
    std::string gitRef;
    std::string commit;
    bool evidence = true;
    std::string trigger;  ///< webhook | api
};

struct Triggered {
    Scan scan;
    bool coalesced = false;  ///< it joined a scan that was waiting
};

class ScanQueue : public store::CommitHook {
public:
    ScanQueue(audit::AuditLog& audit, events::Events& events, const base::Clock& clock,
              base::IdSource& ids)
        : audit_(audit), events_(events), clock_(clock), ids_(ids) {}
    virtual ~ScanQueue() = default;

    /// Who runs scans is called after each commit that concerns them; null before it dies.
    /// [thread-safe]
    void setWake(std::function<void()> wake);
    void committed() noexcept override;

    /// Queues or coalesces; writes the scan and its audit row and wakes the runners after the
    /// commit. [in a unit]
    Triggered trigger(store::WriteTx& tx, const Actor& actor, const people::Project& project,
                      const Trigger& wanted);
    /// Queued scans end at once; running ones are asked to stop. Conflict when it has ended.
    store::Unit<Scan> cancel(const Actor& actor, const ScanId& id);

    static std::optional<Scan> find(store::ReadTx& tx, const ScanId& id);
    /// Newest first; `after` is the id of the last scan of the page before.
    static std::vector<Scan> list(store::ReadTx& tx, const ProjectId& project,
                                  std::string_view after, std::size_t limit);
    static std::int64_t count(store::ReadTx& tx, const ProjectId& project);

    struct ReportRef {
        std::string teamId, digest, mediaType;
    };
    /// Null for a scan that is not there or has not succeeded.
    static std::optional<ReportRef> report(store::ReadTx& tx, const ScanId& id);

private:
    audit::AuditLog& audit_;
    events::Events& events_;
    const base::Clock& clock_;
    base::IdSource& ids_;
    std::mutex mutex_;
    std::function<void()> wake_;
};

}  // namespace trusthub::scans
