// Response writer: turns a Response into the bytes of its head.
#pragma once

#include "http/message.h"
#include "sdk/time.h"

#include <array>
#include <string>
#include <string_view>

namespace trusthub::http {

/// The Date field, rendered once a second. One per worker; not thread-safe.
class DateCache {
public:
    /// `Thu, 15 Jan 2026 00:00:00 GMT` (RFC 9110, section 5.6.7).
    std::string_view text(TimePoint now);

private:
    std::chrono::sys_seconds second_{std::chrono::seconds{-1}};
    std::array<char, 32> text_{};
};

struct ResponseContext {
    std::string_view date;
    std::string_view requestId;
    bool keepAlive = true;
    bool http10 = false;  ///< then keep-alive must be said
};

/// False for a status that may have none: 1xx, 204, 304.
bool mayHaveBody(int status) noexcept;

/// Appends status line, fields and the empty line. False, and `out` unchanged, when a field is not
/// fit to be sent: a name that is no token, a value with control bytes, a status out of range.
bool writeHead(std::string& out, const Response& response, const ResponseContext& context);

}  // namespace trusthub::http
