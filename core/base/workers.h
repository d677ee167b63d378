// Named threads: the only place where the hub starts any.
#pragma once

#include "base/move_function.h"
#include "base/queue.h"
#include "sdk/time.h"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace trusthub::base {

/// One thread that runs `body` until asked to stop; the destructor asks and joins.
class Worker {
public:
    Worker() = default;
    Worker(std::string name, std::function<void(std::stop_token)> body);

    void requestStop() { thread_.request_stop(); }
    void join() {
        if (thread_.joinable()) thread_.join();
    }

private:
    std::jthread thread_;
};

/// A fixed number of threads behind a bounded queue, for work that may block (argon2, processes,
/// network).
class WorkerPool {
public:
    WorkerPool(std::string name, std::size_t threads, std::size_t capacity);
    ~WorkerPool() { drain(); }

    /// Takes nothing more, finishes what is queued, joins. Safe twice.
    void drain();

    /// False when the queue is full: the caller answers Overloaded. A task must not throw.
    /// [thread-safe]
    bool trySubmit(MoveFunction<void()> task);
    std::size_t queued() const { return queue_.size(); }

private:
    BoundedQueue<MoveFunction<void()>> queue_;
    std::vector<Worker> workers_;
};

/// A thread that does `work` when woken or when the time it asked for has come. `work` answers how
/// long to sleep at most. For dispatchers and schedulers: state in the database, wake-ups from
/// commits.
class Periodic {
public:
    Periodic(std::string name, std::function<Milliseconds(std::stop_token)> work);
    ~Periodic();
    void wake();  ///< [thread-safe] never lost: a wake during `work` makes it run again

private:
    Milliseconds round(std::stop_token stop);

    std::function<Milliseconds(std::stop_token)> work_;
    std::mutex mutex_;
    std::condition_variable_any ready_;
    bool woken_ = false;
    Worker worker_;
};

}  // namespace trusthub::base
