#include "scans/scans_repo.h"

namespace trusthub::scans::repo {
namespace {

#define TRUSTHUB_SCAN_COLUMNS                                                                  \
    "SELECT id, project_id, team_id, kind, ref, git_ref, commit_id, status, progress, error,"  \
    " summary, trigger, evidence, created_at, started_at, finished_at, runs, cancel_requested" \
    " FROM scans "

constexpr std::string_view kFind = TRUSTHUB_SCAN_COLUMNS "WHERE id = $1";
constexpr std::string_view kFirstPage =
    TRUSTHUB_SCAN_COLUMNS "WHERE project_id = $1 ORDER BY id DESC LIMIT $2";
constexpr std::string_view kNextPage =
    TRUSTHUB_SCAN_COLUMNS "WHERE project_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
constexpr std::string_view kWaiting =
    TRUSTHUB_SCAN_COLUMNS "WHERE project_id = $1 AND git_ref = $2 AND status = 'queued'";
#undef TRUSTHUB_SCAN_COLUMNS
constexpr std::string_view kCount = "SELECT count(*) FROM scans WHERE project_id = $1";
constexpr std::string_view kReport =
    "SELECT team_id, report_blob, report_type FROM scans WHERE id = $1 AND report_blob IS NOT NULL";
constexpr std::string_view kNextQueued =
    "SELECT id FROM scans q WHERE status = 'queued' AND NOT EXISTS (SELECT 1 FROM scans r"
    " WHERE r.project_id = q.project_id AND r.git_ref = q.git_ref AND r.status = 'running')"
    " ORDER BY created_at, id LIMIT 1";
constexpr std::string_view kRunning =
    "SELECT id FROM scans WHERE status = 'running' ORDER BY created_at, id";
constexpr std::string_view kCancelRequested =
    "SELECT id FROM scans WHERE status = 'running' AND cancel_requested = 1";
constexpr std::string_view kInsert =
    "INSERT INTO scans (id, project_id, team_id, kind, ref, git_ref, commit_id, trigger, evidence,"
    " status, requested_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
constexpr std::string_view kMove =
    "UPDATE scans SET commit_id = $1, trigger = $2, evidence = $3 WHERE id = $4 AND status = "
    "'queued'";
constexpr std::string_view kBegin =
    "UPDATE scans SET status = 'running', progress = 0, runs = runs + 1, started_at = $1 WHERE id "
    "= $2";
constexpr std::string_view kTakeBackRun =
    "UPDATE scans SET runs = runs - 1 WHERE id = $1 AND status = 'running' AND runs > 0";
constexpr std::string_view kSetProgress =
    "UPDATE scans SET progress = $1 WHERE id = $2 AND status = 'running'";
constexpr std::string_view kRequestCancel = "UPDATE scans SET cancel_requested = 1 WHERE id = $1";
constexpr std::string_view kFinish =
    "UPDATE scans SET status = $1, progress = $2, commit_id = $3, error = $4, summary = $5,"
    " finished_at = $6, report_blob = $7, report_type = $8 WHERE id = $9";

Row rowOf(const store::Rows& rows) {
    Row row;
    Scan& scan = row.scan;
    scan.id = rows.id<ScanId>(0);
    scan.projectId = rows.id<ProjectId>(1);
    scan.teamId = rows.text(2);
    scan.kind = rows.text(3);
    scan.ref = rows.text(4);
    scan.gitRef = rows.text(5);
    scan.commit = rows.text(6);
    scan.status = rows.text(7);
    scan.progress = static_cast<int>(rows.integer(8));
    scan.error = rows.text(9);
    scan.summary = rows.text(10);
    scan.trigger = rows.text(11);
    scan.evidence = rows.boolean(12);
    scan.createdAt = rows.time(13);
    scan.startedAt = rows.optionalTime(14);
    scan.finishedAt = rows.optionalTime(15);
    row.runs = static_cast<int>(rows.integer(16));
    row.cancelRequested = rows.boolean(17);
    return row;
}

std::vector<ScanId> idsOf(store::Rows rows) {
    std::vector<ScanId> ids;
    while (rows.next()) ids.push_back(rows.id<ScanId>(0));
    return ids;
}

}  // namespace

std::optional<Row> find(store::ReadTx& tx, const ScanId& id) {
    auto rows = tx.query(kFind, id);
    if (!rows.next()) return std::nullopt;
    return rowOf(rows);
}

std::vector<Scan> list(store::ReadTx& tx, const ProjectId& project, std::string_view after,
                       std::size_t limit) {
    std::vector<Scan> scans;
    auto rows = after.empty() ? tx.query(kFirstPage, project, limit)
                              : tx.query(kNextPage, project, after, limit);
    while (rows.next()) scans.push_back(rowOf(rows).scan);
    return scans;
}

std::int64_t count(store::ReadTx& tx, const ProjectId& project) {
    auto rows = tx.query(kCount, project);
    return rows.next() ? rows.integer(0) : 0;
}

std::optional<ScanQueue::ReportRef> report(store::ReadTx& tx, const ScanId& id) {
    auto rows = tx.query(kReport, id);
    if (!rows.next()) return std::nullopt;
    return ScanQueue::ReportRef{rows.text(0), rows.text(1), rows.text(2)};
}

std::optional<Scan> waiting(store::ReadTx& tx, const ProjectId& project, std::string_view gitRef) {
    auto rows = tx.query(kWaiting, project, gitRef);
    if (!rows.next()) return std::nullopt;
    return rowOf(rows).scan;
}

std::optional<ScanId> nextQueued(store::ReadTx& tx) {
    const auto ids = idsOf(tx.query(kNextQueued));
    if (ids.empty()) return std::nullopt;
    return ids.front();
}

std::vector<ScanId> running(store::ReadTx& tx) {
    return idsOf(tx.query(kRunning));
}
std::vector<ScanId> cancelRequested(store::ReadTx& tx) {
    return idsOf(tx.query(kCancelRequested));
}

void insert(store::WriteTx& tx, const Scan& scan, std::string_view requestedBy) {
    tx.execute(kInsert, scan.id, scan.projectId, scan.teamId, scan.kind, scan.ref, scan.gitRef,
               scan.commit, scan.trigger, scan.evidence, scan.status, requestedBy, scan.createdAt);
}

void move(store::WriteTx& tx, const Scan& scan) {
    tx.execute(kMove, scan.commit, scan.trigger, scan.evidence, scan.id);
}

void begin(store::WriteTx& tx, const ScanId& id, TimePoint now) {
    tx.execute(kBegin, now, id);
}
void takeBackRun(store::WriteTx& tx, const ScanId& id) {
    tx.execute(kTakeBackRun, id);
}
void setProgress(store::WriteTx& tx, const ScanId& id, int percent) {
    tx.execute(kSetProgress, percent, id);
}
void requestCancel(store::WriteTx& tx, const ScanId& id) {
    tx.execute(kRequestCancel, id);
}

void finish(store::WriteTx& tx, const Scan& scan, const std::optional<std::string>& reportBlob,
            std::string_view reportType) {
    tx.execute(kFinish, scan.status, scan.progress, scan.commit, scan.error, scan.summary,
               scan.finishedAt, reportBlob, reportType, scan.id);
}

}  // namespace trusthub::scans::repo
