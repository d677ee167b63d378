#include "store/writer.h"

#include "store/store.h"

#include <algorithm>

namespace trusthub::store {

void WriteTx::afterCommit(CommitHook& hook) {
    if (std::find(hooks_.begin(), hooks_.end(), &hook) == hooks_.end()) hooks_.push_back(&hook);
}

Writer::Writer(const std::filesystem::path& file, Limits limits, base::Log& log,
               base::Metrics& metrics)
    : log_(log),
      metrics_(metrics),
      limits_(limits),
      session_(file, Session::Mode::ReadWrite),
      reserve_(file.parent_path() / "disk-reserve"),
      queue_(limits.queue),
      worker_("store-writer", [this](std::stop_token) {
          if (!reserve_.fill())
              log_.warn("the disk has no room for the reserve that keeps revocation working");
          for (;;) {
              auto group = queue_.popAll(limits_.group);
              if (group.empty()) return;
              runGroup(std::move(group));
          }
      }) {}

Writer::~Writer() {
    queue_.close();
    worker_.join();
}

bool Writer::trySubmit(std::unique_ptr<Job>&& job) {
    return queue_.tryPush(std::move(job));
}

/// After a statement or a COMMIT failed: was it for want of room?
void Writer::noteFailure() noexcept {
    healthy_.store(false, std::memory_order_relaxed);
    if (scarce() || !reserve_.diskIsFull()) return;
    scarce_.store(true, std::memory_order_relaxed);
    log_.error("the disk is full: only what takes rights away, and sign-in, is stored");
}

void Writer::lookForRoom() noexcept {
    if (!scarce() || reserve_.diskIsFull() || !reserve_.fill()) return;
    scarce_.store(false, std::memory_order_relaxed);
    log_.info("the disk has room again");
}

/// One unit in its savepoint. True when its changes stand; what it wants linked or woken joins the
/// group.
bool Writer::runUnit(Job& job, WriteTx& groupTx) {
    if (scarce()) {
        if (job.urgency() != Urgency::Essential) {
            job.refuse(Store::diskFull());
            return false;
        }
        reserve_.spend();
    }
    WriteTx tx(session_);
    session_.execute("SAVEPOINT unit");
    bool kept = false;
    try {
        kept = job.run(tx);
    } catch (const std::exception& exception) {
        log_.error("a unit of work threw").with("error", exception.what());
        job.refuse(errorOf(exception));
        // A full disk or an I/O error has rolled back the whole group.
        if (!session_.inTransaction()) throw;
    }
    if (!kept) session_.execute("ROLLBACK TO unit");
    session_.execute("RELEASE unit");
    if (!kept) return false;
    std::move(tx.linked_.begin(), tx.linked_.end(), std::back_inserter(groupTx.linked_));
    for (CommitHook* hook : tx.hooks_) groupTx.afterCommit(*hook);
    return true;
}

void Writer::runGroup(std::vector<std::unique_ptr<Job>> group) {
    lookForRoom();
    WriteTx tx(session_);
    std::optional<Error> failed;
    try {
        session_.execute("BEGIN IMMEDIATE");
        std::size_t kept = 0;
        for (const auto& job : group) kept += runUnit(*job, tx) ? 1U : 0U;
        if (linker_ && !tx.linked_.empty()) {
            const auto items = std::move(tx.linked_);
            linker_->link(tx, items);
        }
        session_.execute(kept > 0 ? "COMMIT" : "ROLLBACK");
        if (kept > 0) {
            commits_.fetch_add(1, std::memory_order_relaxed);
            healthy_.store(true, std::memory_order_relaxed);
        }
    } catch (const std::exception& exception) {
        // Disk full, I/O error: nothing of the group is durable, so nobody of it may be told that
        // it is.
        log_.error("a commit failed").with("error", exception.what()).with("units", group.size());
        metrics_.count("trusthub_store_commit_failures_total");
        noteFailure();
        failed = errorOf(exception);
        try {
            session_.execute("ROLLBACK");
        } catch (const StoreError&) {
            // SQLite has rolled back by itself.
        }
    }
    statements_.store(session_.statementsRun(), std::memory_order_relaxed);
    // Hooks first: whoever has been answered may take down what the hooks of its group reach.
    if (!failed)
        for (CommitHook* hook : tx.hooks_) hook->committed();
    for (const auto& job : group) job->settle(failed ? &*failed : nullptr);
}

}  // namespace trusthub::store
