// The log: one JSON object a line, to a file descriptor. Values of type SecretString cannot be put
// in.
#pragma once

#include "base/clock.h"
#include "base/workers.h"
#include "sdk/host.h"
#include "sdk/json.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace trusthub::base {

using sdk::LogLevel;

/// [thread-safe] Each line leaves in one piece.
class Log {
public:
    /// `fd` stays the caller's and open.
    Log(const Clock& clock, int fd, LogLevel least = LogLevel::Info);

    /// Writes what is left. When the reader has taken nothing for 200 ms, what it has not taken by
    /// then is lost: whoever stops the hub waits no longer for who does not read.
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    /// From now on a thread of the log's own writes, so that no caller waits for a system call or
    /// for who reads the log: lines below Warn together, at the latest after 100 ms, others at
    /// once. A crash may lose that much. When the reader is 8 MB behind, lines are lost; the log
    /// says how many as soon as it is read again. Call once, before other threads log.
    void startBuffering();
    /// Returns when what has been logged is written.
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
        Line& with(sdk::JsonName key, const T& value) {
            if (log_) writer_.member(key, value);
            return *this;
        }
        Line& with(sdk::JsonName key, const SecretString&) = delete;

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
    void add(LogLevel level, std::string_view line);
    void takeBatch(std::string& batch);
    std::string fit(std::string_view batch);
    void writeOut(std::string_view text);
    bool awaitRoom();

    const Clock& clock_;
    const int fd_;
    const bool mayWait_;  ///< fd_ is a pipe, socket or terminal: its reader sets the pace
    std::atomic<LogLevel> least_;
    std::atomic<bool> closing_{false};
    std::atomic<bool> abandoned_{false};  ///< closing, and nobody reads
    std::mutex mutex_;
    std::string pending_;     ///< whole lines
    std::uint64_t lost_ = 0;  ///< lines that found no room
    std::mutex redactorMutex_;
    std::function<void(std::string&)> redactor_;
    std::mutex writing_;  ///< held by the one who writes
    std::unique_ptr<Periodic> flusher_;
};

}  // namespace trusthub::base
