// Writer: the one thread that writes. It commits units in groups, so that durability costs one
// fsync a group.
#pragma once

#include "base/log.h"
#include "base/metrics.h"
#include "base/queue.h"
#include "base/workers.h"
#include "store/disk_reserve.h"
#include "store/tx.h"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>

namespace trusthub::store {

/// What may still be stored when the disk is full.
enum class Urgency : std::uint8_t {
    Normal,
    Essential,  ///< takes rights away, or lets somebody in who does; small
};

/// A queued unit with its answer. `run` and `settle` are called once each, on the writer thread.
class Job {
public:
    virtual ~Job() = default;
    /// Runs in its own savepoint; false rolls it back (the job keeps its own error).
    virtual bool run(WriteTx& tx) = 0;
    /// The job threw, or may not run now: nothing of it stays, and this is its answer.
    virtual void refuse(Error error) noexcept = 0;
    virtual Urgency urgency() const noexcept = 0;
    /// After COMMIT; `commitError` when the group did not commit.
    virtual void settle(const Error* commitError) noexcept = 0;
};

class Writer {
public:
    struct Limits {
        std::size_t queue = 4'096;
        std::size_t group = 256;  ///< units per COMMIT
    };
    Writer(const std::filesystem::path& file, Limits limits, base::Log& log,
           base::Metrics& metrics);
    ~Writer();  ///< commits what is queued, then joins

    /// False, and `job` untouched, when the queue is full: the caller answers StoreBusy.
    /// [thread-safe]
    bool trySubmit(std::unique_ptr<Job>&& job);
    void setLinker(GroupLinker* linker) { linker_ = linker; }  ///< before the first unit
    /// False from a failure of disk or file to the next COMMIT that succeeds.
    bool healthy() const noexcept { return healthy_.load(std::memory_order_relaxed); }
    /// The disk is full: only essential units are run, in the room of the reserve.
    bool scarce() const noexcept { return scarce_.load(std::memory_order_relaxed); }
    std::uint64_t commits() const noexcept { return commits_.load(std::memory_order_relaxed); }
    std::uint64_t statements() const noexcept {
        return statements_.load(std::memory_order_relaxed);
    }

private:
    void runGroup(std::vector<std::unique_ptr<Job>> group);
    bool runUnit(Job& job, WriteTx& groupTx);
    void noteFailure() noexcept;
    void lookForRoom() noexcept;

    base::Log& log_;
    base::Metrics& metrics_;
    const Limits limits_;
    Session session_;
    GroupLinker* linker_ = nullptr;
    DiskReserve reserve_;
    std::atomic<bool> healthy_{true};
    std::atomic<bool> scarce_{false};
    std::atomic<std::uint64_t> commits_{0};
    std::atomic<std::uint64_t> statements_{0};
    base::BoundedQueue<std::unique_ptr<Job>> queue_;
    base::Worker worker_;
};

}  // namespace trusthub::store
