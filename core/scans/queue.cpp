#include "json/or_null.h"
#include "scans/scans.h"
#include "scans/scans_repo.h"

#include <boost/json.hpp>

namespace trusthub::scans {
namespace {

audit::Entry entryOf(const Scan& scan, std::string action, json::Object details) {
    details["project_id"] = scan.projectId.text;
    details["ref"] = scan.ref;
    return {std::move(action), "scans", scan.id.text, scan.teamId, std::move(details)};
}

}  // namespace

json::Object toJson(const Scan& scan, boost::json::storage_ptr memory) {
    return {{{"id", scan.id.text},
             {"project_id", scan.projectId.text},
             {"team_id", scan.teamId},
             {"kind", scan.kind},
             {"ref", scan.ref},
             {"git_ref", scan.gitRef},
             {"commit", json::textOrNull(scan.commit)},
             {"trigger", scan.trigger},
             {"evidence", scan.evidence},
             {"status", scan.status},
             {"progress_percent", scan.progress},
             {"error", json::textOrNull(scan.error)},
             {"summary", json::textOrNull(scan.summary)},
             {"created_at", formatTime(scan.createdAt)},
             {"started_at", json::timeOrNull(scan.startedAt)},
             {"finished_at", json::timeOrNull(scan.finishedAt)}},
            std::move(memory)};
}

void ScanQueue::setWake(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
}

void ScanQueue::committed() noexcept {
    const std::lock_guard lock(mutex_);
    if (wake_) wake_();
}

Triggered ScanQueue::trigger(store::WriteTx& tx, const Actor& actor, const people::Project& project,
                             const Trigger& wanted) {
    tx.afterCommit(*this);
    if (auto waiting = repo::waiting(tx, project.id, wanted.gitRef)) {
        Scan& scan = *waiting;
        scan.commit = wanted.commit;
        scan.trigger = wanted.trigger;
        // Once a fork had a hand in it, it proves nothing.
        scan.evidence = scan.evidence && wanted.evidence;
        repo::move(tx, scan);
        audit_.append(
            tx, actor,
            entryOf(
                scan, "update",
                {{"change", "coalesced"}, {"commit", wanted.commit}, {"trigger", wanted.trigger}}));
        return {std::move(scan), true};
    }
    Scan scan;
    scan.id = ids_.next<ScanId>();
    scan.projectId = project.id;
    scan.teamId = project.teamId.text;
    scan.kind = "source";
    scan.ref = shortRef(wanted.gitRef);
    scan.gitRef = wanted.gitRef;
    scan.commit = wanted.commit;
    scan.trigger = wanted.trigger;
    scan.evidence = wanted.evidence;
    scan.status = "queued";
    scan.createdAt = clock_.now();
    repo::insert(tx, scan, actor.id);
    audit_.append(
        tx, actor,
        entryOf(scan, "create", {{"commit", wanted.commit}, {"trigger", wanted.trigger}}));
    return {std::move(scan), false};
}

store::Unit<Scan> ScanQueue::cancel(const Actor& actor, const ScanId& id) {
    return [this, actor, id](store::WriteTx& tx) -> Result<Scan> {
        auto row = repo::find(tx, id);
        if (!row) return fail(ErrorKind::NotFound);
        Scan& scan = row->scan;
        if (scan.status != "queued" && scan.status != "running")
            return fail(ErrorKind::Conflict, "The scan has ended already.", "scan_ended");
        audit_.append(tx, actor, entryOf(scan, "cancel", {{"status", scan.status}}));
        tx.afterCommit(*this);
        if (scan.status == "running") {
            repo::requestCancel(tx, id);
            return std::move(scan);
        }
        scan.status = "cancelled";
        scan.error = "It was cancelled before it began.";
        scan.finishedAt = clock_.now();
        repo::finish(tx, scan, std::nullopt, "");
        events_.emit(tx, actor, events_.draft("scan.cancelled", scan.teamId, toJson(scan)));
        return std::move(scan);
    };
}

std::optional<Scan> ScanQueue::find(store::ReadTx& tx, const ScanId& id) {
    auto row = repo::find(tx, id);
    if (!row) return std::nullopt;
    return std::move(row->scan);
}

std::vector<Scan> ScanQueue::list(store::ReadTx& tx, const ProjectId& project,
                                  std::string_view after, std::size_t limit) {
    return repo::list(tx, project, after, limit);
}

std::int64_t ScanQueue::count(store::ReadTx& tx, const ProjectId& project) {
    return repo::count(tx, project);
}

std::optional<ScanQueue::ReportRef> ScanQueue::report(store::ReadTx& tx, const ScanId& id) {
    return repo::report(tx, id);
}

}  // namespace trusthub::scans
