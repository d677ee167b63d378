#include "base/log.h"

#include <unistd.h>

#include <cerrno>

#include "base/text.h"

namespace trusthub::base {
namespace {

std::string_view levelText(LogLevel level) {
    switch (level) {
        case LogLevel::Debug: return "debug";
        case LogLevel::Info: return "info";
        case LogLevel::Warn: return "warn";
        case LogLevel::Error: return "error";
    }
    return "info";
}

}  // namespace

Log::Line::Line(Log* log, LogLevel level, std::string_view message)
    : log_(log->enabled(level) ? log : nullptr) {
    if (!log_) return;
    writer_.beginObject()
        .member("time", formatTime(log_->clock_.now()))
        .member("level", levelText(level))
        .member("message", message);
}

Log::Line::~Line() {
    if (!log_) return;
    writer_.endObject();
    log_->write(std::move(writer_).text());
}

void Log::write(std::string line) {
    // What came from outside may not be UTF-8; a log line always is.
    if (!isUtf8(line)) {
        for (char& c : line)
            if (static_cast<unsigned char>(c) >= 0x80) c = '?';
    }
    line.push_back('\n');
    const std::lock_guard lock(mutex_);
    std::string_view rest = line;
    while (!rest.empty()) {
        const ssize_t n = ::write(fd_, rest.data(), rest.size());
        if (n < 0) {
            if (errno == EINTR) continue;
            return;  // a log that cannot be written must not stop the hub
        }
        rest.remove_prefix(static_cast<std::size_t>(n));
    }
}

}  // namespace trusthub::base
