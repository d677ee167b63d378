// The table `scans`: every statement on it. The queue and the runner decide, this reads and writes.
#pragma once

#include "scans/scans.h"
#include "store/tx.h"

#include <optional>
#include <vector>

namespace trusthub::scans::repo {

/// A row with what only the queue and the runner look at.
struct Row {
    Scan scan;
    int runs = 0;
    bool cancelRequested = false;
};

std::optional<Row> find(store::ReadTx& tx, const ScanId& id);
std::vector<Scan> list(store::ReadTx& tx, const ProjectId& project, std::string_view after,
                       std::size_t limit);
std::int64_t count(store::ReadTx& tx, const ProjectId& project);
std::optional<ScanQueue::ReportRef> report(store::ReadTx& tx, const ScanId& id);
/// The scan of this (project, ref) that nobody has begun.
std::optional<Scan> waiting(store::ReadTx& tx, const ProjectId& project, std::string_view gitRef);
/// The oldest waiting scan whose (project, ref) is not being scanned.
std::optional<ScanId> nextQueued(store::ReadTx& tx);
std::vector<ScanId> running(store::ReadTx& tx);
std::vector<ScanId> cancelRequested(store::ReadTx& tx);  ///< of the running ones

void insert(store::WriteTx& tx, const Scan& scan, std::string_view requestedBy);
/// Moves a waiting scan to another commit.
void move(store::WriteTx& tx, const Scan& scan);
/// One more run begins.
void begin(store::WriteTx& tx, const ScanId& id, TimePoint now);
/// The run ends without an outcome, by no fault of the scan: it does not count.
void takeBackRun(store::WriteTx& tx, const ScanId& id);
void setProgress(store::WriteTx& tx, const ScanId& id, int percent);
void requestCancel(store::WriteTx& tx, const ScanId& id);
/// Status, progress, commit, error, summary and end of `scan`; the report where there is one.
void finish(store::WriteTx& tx, const Scan& scan, const std::optional<std::string>& reportBlob,
            std::string_view reportType);

}  // namespace trusthub::scans::repo
