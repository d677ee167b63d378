#include "health/mail_message.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace trusthub::health {
namespace {

constexpr std::size_t kMaxAddress = 254;  // RFC 5321, 4.5.3.1.3
constexpr std::size_t kMaxHeaderText = 300;
constexpr std::size_t kWordBytes = 42;  // 56 of base64: an encoded word has at most 75 characters
constexpr std::size_t kBodyLine = 57;   // 76 of base64

bool letterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool dotted(std::string_view text, std::string_view further) {
    if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != text.npos)
        return false;
    return std::ranges::all_of(text, [&](char c) {
        return letterOrDigit(c) || c == '.' || further.find(c) != further.npos;
    });
}

/// Control characters would end the line, and what is no UTF-8 is no text.
std::string oneLine(std::string_view text) {
    const bool known = base::isUtf8(text);
    std::string line;
    for (const char c : base::clipUtf8(text, kMaxHeaderText)) {
        const auto byte = static_cast<unsigned char>(c);
        line.push_back(byte < 0x20 || byte == 0x7F ? ' ' : byte >= 0x80 && !known ? '?' : c);
    }
    return line;
}

std::string addressText(const MailAddress& address) {
    if (address.name.empty()) return address.address;
    const std::string name = headerText(address.name);
    // What is no encoded word may hold what means something in an address.
    const bool atoms =
        std::ranges::all_of(name, [](char c) { return letterOrDigit(c) || c == ' '; });
    if (name.starts_with("=?") || atoms) return name + " <" + address.address + ">";
    std::string quoted = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') quoted.push_back('\\');
        quoted.push_back(c);
    }
    return quoted + "\" <" + address.address + ">";
}

std::string dateText(TimePoint at) {
    using namespace std::chrono;
    static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const hh_mm_ss time(floor<seconds>(at - day));
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000",
                  kDays[weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                  kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    return text.data();
}

std::string bodyText(std::string_view text) {
    std::string lines;
    for (const char c : text) {
        if (c == '\n') lines.push_back('\r');
        if (c != '\r') lines.push_back(c);
    }
    std::string body;
    for (std::string_view rest = lines; !rest.empty();) {
        const auto line = rest.substr(0, kBodyLine);
        body.append(base::toBase64(line)).append("\r\n");
        rest.remove_prefix(line.size());
    }
    return body;
}

}  // namespace

bool sendable(std::string_view address) {
    const std::size_t at = address.find('@');
    return address.size() <= kMaxAddress && at != address.npos &&
           dotted(address.substr(0, at), "!#$%&'*+-/=?^_`{|}~") &&
           dotted(address.substr(at + 1), "-");
}

std::string headerText(std::string_view text) {
    const std::string line = oneLine(text);
    const bool plain =
        line.size() <= 60 && line.find("=?") == line.npos &&
        std::ranges::all_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (plain) return line;
    std::string words;
    for (std::string_view rest = line; !rest.empty();) {
        const auto part = base::clipUtf8(rest, kWordBytes);
        words.append(words.empty() ? "" : "\r\n ")
            .append("=?UTF-8?B?")
            .append(base::toBase64(part))
            .append("?=");
        rest.remove_prefix(part.size());
    }
    return words;
}

std::string compose(const MailMessage& message) {
    const std::string_view from = message.from.address;
    std::string out;
    const auto header = [&](std::string_view name, std::string_view value) {
        out.append(name).append(": ").append(value).append("\r\n");
    };
    header("Date", dateText(message.at));
    header("From", addressText(message.from));
    header("To", addressText(message.to));
    header("Subject", headerText(message.subject));
    header("Message-ID",
           "<" + message.id + "@" + std::string(from.substr(from.find('@') + 1)) + ">");
    header("Auto-Submitted", "auto-generated");  // RFC 3834: no absence notices, please
    header("MIME-Version", "1.0");
    header("Content-Type", "text/plain; charset=utf-8");
    header("Content-Transfer-Encoding", "base64");
    return out.append("\r\n").append(bodyText(message.text));
}

}  // namespace trusthub::health
