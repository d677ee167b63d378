#include "http/response_writer.h"

#include "http/request_rules.h"

#include <cstdio>

namespace trusthub::http {

namespace {

bool isFitValue(std::string_view value) noexcept {
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\t') || byte == 0x7F) return false;
    }
    return true;
}

/// Fields that are the server's own: what a handler says there is left out.
bool isServersOwn(std::string_view name) noexcept {
    for (const std::string_view own : {"Content-Length", "Connection", "Date", "X-Request-ID",
                                       "Transfer-Encoding", "Keep-Alive"})
        if (sdk::equalsIgnoreCase(name, own)) return true;
    return false;
}

}  // namespace

std::string_view DateCache::text(TimePoint now) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second != second_) {
        static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        const auto day = std::chrono::floor<std::chrono::days>(second);
        const std::chrono::year_month_day date{day};
        const std::chrono::hh_mm_ss time{second - day};
        std::snprintf(
            text_.data(), text_.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
            kDays[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
            kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
            static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
            static_cast<int>(time.seconds().count()));
        second_ = second;
    }
    return text_.data();
}

bool mayHaveBody(int status) noexcept {
    return status >= 200 && status != 204 && status != 304;
}

bool writeHead(std::string& out, const Response& response, const ResponseContext& context) {
    if (response.status < 200 || response.status > 599) return false;
    for (const auto& [name, value] : response.headers)
        if (!isToken(name) || !isFitValue(value)) return false;

    out += "HTTP/1.1 ";
    out += std::to_string(response.status);
    out += ' ';
    out += reasonPhrase(response.status);
    out += "\r\nDate: ";
    out += context.date;
    out += "\r\n";
    for (const auto& [name, value] : response.headers) {
        if (isServersOwn(name)) continue;
        out += name;
        out += ": ";
        out += value;
        out += "\r\n";
    }
    if (mayHaveBody(response.status)) {
        out += "Content-Length: ";
        out += std::to_string(response.body.size());
        out += "\r\n";
    }
    if (!context.keepAlive)
        out += "Connection: close\r\n";
    else if (context.http10)
        out += "Connection: keep-alive\r\n";
    out += "X-Request-ID: ";
    out += context.requestId;
    out += "\r\n\r\n";
    return true;
}

}  // namespace trusthub::http
