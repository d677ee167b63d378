// Store: the database as services use it. Units of work go to the writer, reads to sessions of
// their own.
#pragma once

#include "base/fd.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/move_function.h"
#include "sdk/result.h"
#include "store/writer.h"

#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

namespace trusthub::store {

/// What a service submits: checks, changes, audit and events of one action; see WriteTx.
template <class T>
using Unit = base::MoveFunction<Result<T>(WriteTx&)>;

/// Translates what a unit threw; the texts of the database stay in the log.
Error errorOf(const std::exception& exception);

class Store {
public:
    /// Opens DATA/trusthub.db. Migrations must have been applied (store/migrate.h). Throws
    /// StoreError.
    Store(const std::filesystem::path& dataFolder, base::Log& log, base::Metrics& metrics,
          Writer::Limits limits = {});
    ~Store();

    void setLinker(GroupLinker* linker) { writer_.setLinker(linker); }

    /// Queues a unit and returns. `done(Result<T>)` runs once on the writer thread, after the
    /// COMMIT that made the unit durable or after its failure, and must be short. A full queue
    /// answers StoreBusy at once. [any thread]
    template <class T, class Done>
    void write(Unit<T> unit, Done done, Urgency urgency = Urgency::Normal) {
        auto job = std::make_unique<TypedJob<T, Done>>(std::move(unit), std::move(done), urgency);
        auto* raw = job.get();
        std::unique_ptr<Job> queued = std::move(job);
        if (!writer_.trySubmit(std::move(queued))) raw->answer(busy());
    }

    /// The same, and waits. Never on an HTTP worker or the writer.
    template <class T>
    Result<T> writeAndWait(Unit<T> unit) {
        std::promise<Result<T>> promise;
        auto future = promise.get_future();
        write<T>(std::move(unit),
                 [&promise](Result<T> result) { promise.set_value(std::move(result)); });
        return future.get();
    }

    /// Runs `f(ReadTx&)` on a session of its own, against the last committed state. [any thread but
    /// the writer]
    template <class F>
    auto read(F&& f) -> std::invoke_result_t<F, ReadTx&> {
        const Lease lease(*this);
        ReadTx tx(*lease.session);
        const Snapshot snapshot(*lease.session);
        return std::forward<F>(f)(tx);
    }

    /// Writes one row, so that a writer that failed can show that it works again: at most once a
    /// second, answers at once. [any thread]
    void probe(SteadyPoint now);

    static Error diskFull();
    const Writer& writer() const { return writer_; }
    const std::filesystem::path& folder() const { return folder_; }

private:
    struct Lease {
        explicit Lease(Store& owner) : store(owner), session(owner.takeSession()) {}
        ~Lease() { store.giveBack(std::move(session)); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Store& store;
        std::unique_ptr<Session> session;
    };

    /// All queries between its ends see the same state.
    struct Snapshot {
        explicit Snapshot(Session& s) : session(s) { session.execute("BEGIN"); }
        ~Snapshot() { session.endRead(); }
        Snapshot(const Snapshot&) = delete;
        Snapshot& operator=(const Snapshot&) = delete;
        Session& session;
    };

    template <class T, class Done>
    class TypedJob final : public Job {
    public:
        TypedJob(Unit<T> unit, Done done, Urgency urgency)
            : unit_(std::move(unit)), done_(std::move(done)), urgency_(urgency) {}
        bool run(WriteTx& tx) override {
            result_ = unit_(tx);
            return result_.has_value();
        }
        void refuse(Error error) noexcept override { result_ = std::move(error); }
        Urgency urgency() const noexcept override { return urgency_; }
        void settle(const Error* commitError) noexcept override {
            // Also what failed by itself: it may have failed on what an earlier unit of the group
            // did, and nothing of the group stays.
            if (commitError) result_ = *commitError;
            // First: whoever has been answered may take down what the unit holds on to.
            unit_ = {};
            answer(std::move(result_));
        }
        void answer(Result<T> result) noexcept { done_(std::move(result)); }

    private:
        Unit<T> unit_;
        Done done_;
        const Urgency urgency_;
        Result<T> result_ = fail(ErrorKind::Internal);
    };

    static Error busy();
    std::unique_ptr<Session> takeSession();
    void giveBack(std::unique_ptr<Session> session);

    std::filesystem::path folder_;
    std::atomic<std::int64_t> probedAt_{0};  ///< seconds of the steady clock
    std::mutex mutex_;
    std::vector<std::unique_ptr<Session>> idle_;
    Writer writer_;
};

}  // namespace trusthub::store
