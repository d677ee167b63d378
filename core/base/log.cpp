#include "base/log.h"

#include "base/text.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <utility>

namespace trusthub::base {
namespace {

constexpr Milliseconds kFlushEvery{100};
constexpr std::size_t kFlushBytes = 64 * 1024;
constexpr std::size_t kMostPending = 8 * 1024 * 1024;
constexpr int kSliceMs = 20;
constexpr int kClosingSlices = 10;

std::string_view levelText(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return "debug";
        case LogLevel::Info:
            return "info";
        case LogLevel::Warn:
            return "warn";
        case LogLevel::Error:
            return "error";
    }
    return "info";
}

/// A pipe, socket or terminal; a closed descriptor makes nobody wait.
bool hasReader(int fd) {
    struct stat about {};
    return ::fstat(fd, &about) == 0 && !S_ISREG(about.st_mode);
}

}  // namespace

Log::Line::Line(Log* log, LogLevel level, std::string_view message)
    : log_(log->enabled(level) ? log : nullptr), level_(level) {
    if (!log_) return;
    writer_.beginObject()
        .member("time", formatTime(log_->clock_.now()))
        .member("level", levelText(level))
        .member("message", message);
}

Log::Line::~Line() {
    if (!log_) return;
    writer_.endObject();
    log_->add(level_, writer_.text());
}

Log::Log(const Clock& clock, int fd, LogLevel least)
    : clock_(clock), fd_(fd), mayWait_(hasReader(fd)), least_(least) {}

Log::~Log() {
    closing_ = true;
    flusher_.reset();
    flush();
}

void Log::startBuffering() {
    flusher_ = std::make_unique<Periodic>("log", [this](std::stop_token) {
        flush();
        return kFlushEvery;
    });
}

void Log::setRedactor(std::function<void(std::string&)> redactor) {
    const std::lock_guard lock(redactorMutex_);
    redactor_ = std::move(redactor);
}

void Log::add(LogLevel level, std::string_view line) {
    bool hurry = level >= LogLevel::Warn;
    {
        const std::lock_guard lock(mutex_);
        const std::size_t before = pending_.size();
        if (before + line.size() >= kMostPending) {
            ++lost_;
            return;
        }
        pending_.append(line).push_back('\n');
        hurry = hurry || (before < kFlushBytes && pending_.size() >= kFlushBytes);
    }
    if (!flusher_) return flush();
    if (hurry) flusher_->wake();
}

void Log::takeBatch(std::string& batch) {
    const std::lock_guard lock(mutex_);
    batch.swap(pending_);
    if (lost_ == 0) return;
    sdk::JsonWriter line;
    line.beginObject()
        .member("time", formatTime(clock_.now()))
        .member("level", levelText(LogLevel::Warn))
        .member("message", "log lines were lost: nobody read the log")
        .member("lines", std::exchange(lost_, 0))
        .endObject();
    batch.append(line.text()).push_back('\n');
}

/// What came from outside may not be UTF-8, a log line always is; and none leaves unseen by the
/// redactor.
std::string Log::fit(std::string_view batch) {
    const std::lock_guard lock(redactorMutex_);
    std::string out, line;
    out.reserve(batch.size());
    while (!batch.empty()) {
        const std::size_t end = batch.find('\n');
        line.assign(batch.substr(0, end));
        batch.remove_prefix(end + 1);
        if (!isUtf8(line)) {
            for (char& c : line)
                if (static_cast<unsigned char>(c) >= 0x80) c = '?';
        }
        if (redactor_) redactor_(line);
        out.append(line).push_back('\n');
    }
    return out;
}

void Log::flush() {
    const std::lock_guard lock(writing_);
    std::string batch;
    takeBatch(batch);
    if (!batch.empty()) writeOut(fit(batch));
}

/// False when the log is about to close and the reader takes nothing; it is waited for once.
bool Log::awaitRoom() {
    if (abandoned_) return false;
    for (int slices = 0; slices < kClosingSlices; slices += closing_ ? 1 : 0) {
        pollfd waiting{fd_, POLLOUT, 0};
        if (::poll(&waiting, 1, kSliceMs) != 0) return true;  // errors are write's to find
    }
    abandoned_ = true;
    return false;
}

void Log::writeOut(std::string_view text) {
    while (!text.empty()) {
        std::size_t piece = text.size();
        if (mayWait_) {
            if (!awaitRoom()) return;
            // A pipe that has room takes so much without waiting; lines stay whole where they can.
            if (piece > PIPE_BUF) {
                const std::size_t lineEnd = text.rfind('\n', PIPE_BUF - 1);
                piece = lineEnd == std::string_view::npos ? PIPE_BUF : lineEnd + 1;
            }
        }
        const ssize_t n = ::write(fd_, text.data(), piece);
        if (n < 0) {
            if (errno == EINTR || errno == EAGAIN) continue;
            return;  // a log that cannot be written must not stop the hub
        }
        text.remove_prefix(static_cast<std::size_t>(n));
    }
}

}  // namespace trusthub::base
