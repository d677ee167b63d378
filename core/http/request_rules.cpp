#include "http/request_rules.h"

#include "base/text.h"

#include <array>
#include <cstring>

namespace trusthub::http {

namespace {

constexpr std::size_t kMaxLengthDigits = 18;

bool isDigits(std::string_view text) noexcept {
    return !text.empty() && text.size() <= kMaxLengthDigits &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<Refusal> checkTarget(std::string_view target) {
    if (target.size() > kMaxTargetBytes)
        return Refusal{414, "target_too_long", "The request target is too long."};
    if (target.empty() || target.front() != '/')
        return Refusal{400, "bad_request", "The request target must begin with a slash."};
    for (const char c : target) {
        if (c <= 0x20 || c == 0x7F || c == '#')
            return Refusal{400, "bad_request",
                           "The request target holds a byte that must be percent-encoded."};
    }
    return std::nullopt;
}

std::optional<Refusal> checkHost(const ParsedHead& head) {
    const std::size_t hosts = head.headers.count("Host");
    if (hosts > 1) return Refusal{400, "bad_request", "There is more than one Host."};
    if (hosts == 0) {
        if (head.minorVersion == 0) return std::nullopt;
        return Refusal{400, "bad_request", "There is no Host."};
    }
    // RFC 9112, section 3.2: an invalid value is refused; a list, a path or user information is
    // one.
    if (head.headers.get("Host").find_first_of(" \t,/\\@?#") != std::string_view::npos)
        return Refusal{400, "bad_request", "The Host is not a host and port."};
    return std::nullopt;
}

std::optional<Refusal> checkFraming(const ParsedHead& head) {
    const std::size_t lengths = head.headers.count("Content-Length");
    const std::size_t encodings = head.headers.count("Transfer-Encoding");
    if (encodings > 0) {
        if (head.minorVersion == 0)
            return Refusal{400, "bad_request", "HTTP/1.0 knows no Transfer-Encoding."};
        if (lengths > 0)
            return Refusal{400, "bad_request",
                           "There is a Content-Length beside a Transfer-Encoding."};
        if (encodings > 1 ||
            !sdk::equalsIgnoreCase(head.headers.get("Transfer-Encoding"), "chunked"))
            return Refusal{501, "unknown_transfer_encoding",
                           "The only Transfer-Encoding is one `chunked`."};
    }
    if (lengths > 1) return Refusal{400, "bad_request", "There is more than one Content-Length."};
    if (lengths == 1 && !isDigits(head.headers.get("Content-Length")))
        return Refusal{400, "bad_request", "The Content-Length is not one decimal number."};
    if (lengths + encodings == 0 &&
        (head.method == "POST" || head.method == "PUT" || head.method == "PATCH"))
        return Refusal{411, "length_required", "Send a Content-Length or a chunked body."};
    return std::nullopt;
}

}  // namespace

HeadScanner::State HeadScanner::refuse(std::string_view detail) noexcept {
    refusal_.detail = detail;
    return State::Refused;
}

HeadScanner::State HeadScanner::scan(std::string_view bytes) noexcept {
    for (;;) {
        const char* const from = bytes.data() + searched_;
        const auto* const end =
            static_cast<const char*>(std::memchr(from, '\n', bytes.size() - searched_));
        if (end == nullptr) {
            searched_ = bytes.size();
            return State::More;
        }
        const auto lineEnd = static_cast<std::size_t>(end - bytes.data());
        const std::string_view line = bytes.substr(at_, lineEnd - at_);
        if (line.empty() || line.back() != '\r') return refuse("A line ends without CR LF.");
        const std::string_view text = line.substr(0, line.size() - 1);
        if (std::memchr(text.data(), '\r', text.size()) != nullptr ||
            std::memchr(text.data(), '\0', text.size()) != nullptr)
            return refuse("A line holds a control byte.");
        const bool first = at_ == 0;
        at_ = searched_ = lineEnd + 1;
        if (text.empty()) return State::Complete;
        if (!first && (text.front() == ' ' || text.front() == '\t'))
            return refuse("A header field is folded.");
    }
}

std::optional<Refusal> checkHead(const ParsedHead& head) {
    if (auto refusal = checkTarget(head.target)) return refusal;
    if (head.headers.size() > kMaxFields)
        return Refusal{431, "too_many_fields", "There are too many header fields."};
    if (auto refusal = checkHost(head)) return refusal;
    if (auto refusal = checkFraming(head)) return refusal;
    if (head.minorVersion > 0 && head.headers.count("Expect") > 0 &&
        (head.headers.count("Expect") > 1 ||
         !sdk::equalsIgnoreCase(head.headers.get("Expect"), "100-continue")))
        return Refusal{417, "expectation_failed", "The only expectation known is 100-continue."};
    return std::nullopt;
}

Framing framingOf(const sdk::Headers& headers) {
    Framing framing;
    framing.chunked = headers.find("Transfer-Encoding").has_value();
    if (const auto length = headers.find("Content-Length"))
        framing.length = static_cast<std::uint64_t>(base::parseInteger(*length).value_or(0));
    return framing;
}

bool hasToken(const sdk::Headers& headers, std::string_view name, std::string_view token) {
    for (const auto& [key, value] : headers) {
        if (!sdk::equalsIgnoreCase(key, name)) continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            const std::size_t comma = rest.find(',');
            if (sdk::equalsIgnoreCase(base::trim(rest.substr(0, comma)), token)) return true;
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    return false;
}

bool isToken(std::string_view text) noexcept {
    static constexpr auto kTokenChars = [] {
        std::array<bool, 256> table{};
        for (const char c : std::string_view("0123456789abcdefghijklmnopqrstuvwxyz"
                                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ!#$%&'*+-.^_`|~"))
            table[static_cast<unsigned char>(c)] = true;
        return table;
    }();
    for (const char c : text)
        if (!kTokenChars[static_cast<unsigned char>(c)]) return false;
    return !text.empty();
}

}  // namespace trusthub::http
