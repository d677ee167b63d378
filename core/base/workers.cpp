#include "base/workers.h"

#include "sdk/json.h"

#include <pthread.h>

#include <cstdio>
#include <exception>

namespace trusthub::base {
namespace {

constexpr Milliseconds kAfterFault{1'000};

/// A worker goes on after a fault of one task; what went wrong must be seen all the same.
void reportFault(const char* what) {
    sdk::JsonWriter line;
    line.beginObject().member("level", "error").member("message", "a worker's task failed");
    line.member("error", what).endObject();
    std::fprintf(stderr, "%s\n", std::move(line).text().c_str());
}

}  // namespace

Worker::Worker(std::string name, std::function<void(std::stop_token)> body)
    : thread_([name = std::move(name), body = std::move(body)](std::stop_token stop) {
          ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
          body(stop);
      }) {}

WorkerPool::WorkerPool(std::string name, std::size_t threads, std::size_t capacity)
    : queue_(capacity) {
    for (std::size_t i = 0; i < threads; ++i) {
        workers_.emplace_back(name + "-" + std::to_string(i), [this](std::stop_token) {
            while (auto task = queue_.pop()) {
                try {
                    (*task)();
                } catch (const std::exception& exception) {
                    reportFault(exception.what());
                }
            }
        });
    }
}

void WorkerPool::drain() {
    queue_.close();
    for (auto& worker : workers_) worker.join();
}

bool WorkerPool::trySubmit(MoveFunction<void()> task) {
    return queue_.tryPush(std::move(task));
}

Periodic::Periodic(std::string name, std::function<Milliseconds(std::stop_token)> work)
    : work_(std::move(work)), worker_(std::move(name), [this](std::stop_token stop) {
          while (!stop.stop_requested()) {
              const Milliseconds rest = round(stop);
              std::unique_lock lock(mutex_);
              ready_.wait_for(lock, stop, rest, [this] { return woken_; });
              woken_ = false;
          }
      }) {}

Milliseconds Periodic::round(std::stop_token stop) {
    try {
        return work_(std::move(stop));
    } catch (const std::exception& exception) {
        reportFault(exception.what());
        return kAfterFault;
    }
}

Periodic::~Periodic() {
    worker_.requestStop();
    worker_.join();
}

void Periodic::wake() {
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
    }
    ready_.notify_one();
}

}  // namespace trusthub::base
