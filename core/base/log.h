// The log: one JSON object a line, to a file descriptor. Values of type SecretString cannot be put
// in.
#pragma once

#include "base/clock.h"
#include "base/workers.h"
#include "sdk/host.h"
#include "sdk/json.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace trusthub::base {

using sdk::LogLevel;

/// [thread-safe] Each line leaves in one write.
class Log {
public:
    Log(const Clock& clock, int fd, LogLevel least = LogLevel::Info)
        : clock_(clock), fd_(fd), least_(least) {}

    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    /// From now on lines below Warn are collected and leave together, at the latest after 100 ms: a
    /// system call for each line would cost more than many requests do. A crash may lose that much
    /// of the log.
    void startBuffering();
    void flush();

    /// Looks through each line before it is written, to blank what must not stand in a log; it must
    /// be short and must not log. Null: none.
    void setRedactor(std::function<void(std::string&)> redactor);
    void setLevel(LogLevel least) { least_.store(least, std::memory_order_relaxed); }
    bool enabled(LogLevel level) const { return level >= least_.load(std::memory_order_relaxed); }

    /// One line under construction; written when it goes out of scope.
    class Line {
    public:
        Line(Log* log, LogLevel level, std::string_view message);
        Line(Line&& other) noexcept
            : log_(other.log_), level_(other.level_), writer_(std::move(other.writer_)) {
            other.log_ = nullptr;
        }
        Line(const Line&) = delete;
        Line& operator=(const Line&) = delete;
        Line& operator=(Line&&) = delete;
        ~Line();

        template <class T>
        Line& with(std::string_view key, const T& value) {
            if (log_) writer_.member(key, value);
            return *this;
        }
        Line& with(std::string_view key, const SecretString&) = delete;

    private:
        Log* log_;
        LogLevel level_;
        sdk::JsonWriter writer_;
    };

    Line line(LogLevel level, std::string_view message) { return {this, level, message}; }
    Line debug(std::string_view message) { return {this, LogLevel::Debug, message}; }
    Line info(std::string_view message) { return {this, LogLevel::Info, message}; }
    Line warn(std::string_view message) { return {this, LogLevel::Warn, message}; }
    Line error(std::string_view message) { return {this, LogLevel::Error, message}; }

private:
    void write(LogLevel level, std::string line);
    void writeOut();  ///< with mutex_ held

    const Clock& clock_;
    const int fd_;
    std::atomic<LogLevel> least_;
    std::mutex mutex_;
    std::string pending_;
    std::function<void(std::string&)> redactor_;
    std::unique_ptr<Periodic> flusher_;
};

}  // namespace trusthub::base
