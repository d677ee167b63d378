#include "health/mail_message.h"

#include "base/text.h"
#include "http/response_writer.h"

#include <algorithm>

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

/// RFC 5322 has the form of HTTP's dates, with an offset in place of a zone's name.
std::string dateText(TimePoint at) {
    std::string text(http::DateCache().text(at));
    return text.replace(text.size() - 3, 3, "+0000");
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
    const std::string line = base::oneLine(base::clipUtf8(text, kMaxHeaderText));
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
