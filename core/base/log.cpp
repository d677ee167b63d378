#include "base/log.h"

#include "base/text.h"

#include <unistd.h>

#include <cerrno>

namespace trusthub::base {
namespace {

constexpr Milliseconds kFlushEvery{100};
constexpr std::size_t kFlushBytes = 64 * 1024;

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
    log_->write(level_, std::move(writer_).text());
}

Log::~Log() {
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
    const std::lock_guard lock(mutex_);
    redactor_ = std::move(redactor);
}

void Log::flush() {
    const std::lock_guard lock(mutex_);
    writeOut();
}

void Log::write(LogLevel level, std::string line) {
    // What came from outside may not be UTF-8; a log line always is.
    if (!isUtf8(line)) {
        for (char& c : line)
            if (static_cast<unsigned char>(c) >= 0x80) c = '?';
    }
    const std::lock_guard lock(mutex_);
    if (redactor_) redactor_(line);
    pending_ += line;
    pending_.push_back('\n');
    if (!flusher_ || level >= LogLevel::Warn || pending_.size() >= kFlushBytes) writeOut();
}

void Log::writeOut() {
    std::string_view rest = pending_;
    while (!rest.empty()) {
        const ssize_t n = ::write(fd_, rest.data(), rest.size());
        if (n < 0) {
            if (errno == EINTR) continue;
            break;  // a log that cannot be written must not stop the hub
        }
        rest.remove_prefix(static_cast<std::size_t>(n));
    }
    pending_.clear();
}

}  // namespace trusthub::base
