#include "http/response_writer.h"

#include "http/request_rules.h"

#include <charconv>
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
    // By length first: most names are none of these and are done with one comparison.
    switch (name.size()) {
        case 4:
            return sdk::equalsIgnoreCase(name, "Date");
        case 10:
            return sdk::equalsIgnoreCase(name, "Connection") ||
                   sdk::equalsIgnoreCase(name, "Keep-Alive");
        case 12:
            return sdk::equalsIgnoreCase(name, "X-Request-ID");
        case 14:
            return sdk::equalsIgnoreCase(name, "Content-Length");
        case 17:
            return sdk::equalsIgnoreCase(name, "Transfer-Encoding");
        default:
            return false;
    }
}

/// The head under construction at the end of `out`, which is made long enough at once and cut when
/// the head is complete.
class HeadText {
public:
    HeadText(std::string& out, const Response& response, const ResponseContext& context)
        : out_(out), size_(out.size()) {
        std::size_t most = kFixedBytes + context.date.size() + context.requestId.size() +
                           response.wireFields.size();
        for (const auto& [name, value] : response.headers) most += name.size() + value.size() + 4;
        out.resize(size_ + most);
    }
    ~HeadText() { out_.resize(size_); }
    HeadText(const HeadText&) = delete;
    HeadText& operator=(const HeadText&) = delete;

    HeadText& operator<<(std::string_view text) {
        text.copy(out_.data() + size_, text.size());
        size_ += text.size();
        return *this;
    }
    HeadText& operator<<(std::int64_t number) {
        char* const at = out_.data() + size_;
        size_ +=
            static_cast<std::size_t>(std::to_chars(at, out_.data() + out_.size(), number).ptr - at);
        return *this;
    }

private:
    /// More than the status line, the server's own names, its numbers and line ends take together.
    static constexpr std::size_t kFixedBytes = 256;

    std::string& out_;
    std::size_t size_;
};

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

    HeadText text(out, response, context);
    text << "HTTP/1.1 " << response.status << " " << reasonPhrase(response.status)
         << "\r\nDate: " << context.date << "\r\n";
    for (const auto& [name, value] : response.headers)
        if (!isServersOwn(name)) text << name << ": " << value << "\r\n";
    text << response.wireFields;
    if (mayHaveBody(response.status))
        text << "Content-Length: " << static_cast<std::int64_t>(response.body.size()) << "\r\n";
    if (!context.keepAlive)
        text << "Connection: close\r\n";
    else if (context.http10)
        text << "Connection: keep-alive\r\n";
    text << "X-Request-ID: " << context.requestId << "\r\n\r\n";
    return true;
}

}  // namespace trusthub::http
