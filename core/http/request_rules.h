// Request rules: what this server refuses although a lenient reader would let it pass. Pure
// functions.
#pragma once

#include "sdk/headers.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trusthub::http {

/// Why a request is refused. Nothing from the request is in the texts, which outlive it or
/// its use.
struct Refusal {
    int status = 400;
    std::string_view code = "bad_request";
    std::string_view detail;
};

constexpr std::size_t kMaxFields = 100;
constexpr std::size_t kMaxTargetBytes = 8 * 1024;

/// Finds the end of a head in bytes as they come in, and what is wrong with its lines: bare CR or
/// LF, folded fields, NUL (RFC 9112, sections 2.2 and 5.2). Looks at each byte once.
class HeadScanner {
public:
    enum class State : std::uint8_t { More, Complete, Refused };

    /// `bytes` begins with the first byte of the head and grows from call to call.
    State scan(std::string_view bytes) noexcept;
    std::size_t headBytes() const noexcept { return at_; }  ///< after Complete: with the empty line
    const Refusal& refusal() const noexcept { return refusal_; }
    void reset() noexcept { *this = {}; }

private:
    State refuse(std::string_view detail) noexcept;
    std::size_t at_ = 0;        ///< begin of the line that is not complete yet
    std::size_t searched_ = 0;  ///< bytes before this one hold no line end after at_
    Refusal refusal_{};
};

/// How the body of a request is delimited.
struct Framing {
    bool chunked = false;
    std::uint64_t length = 0;  ///< when not chunked
    bool hasBody() const noexcept { return chunked || length > 0; }
};

/// A head as the grammar gave it; views and references live as long as the caller's.
struct ParsedHead {
    std::string_view method;
    std::string_view target;
    int minorVersion = 1;  ///< of HTTP/1.x
    const sdk::Headers& headers;
};

/// RFC 9110 and 9112 as strictly as they may be read; null when the head may pass.
std::optional<Refusal> checkHead(const ParsedHead& head);
/// For a head that checkHead() passed.
Framing framingOf(const sdk::Headers& headers);
/// Whether a field that is a list of tokens holds one, compared without case.
bool hasToken(const sdk::Headers& headers, std::string_view name, std::string_view token);
bool isToken(std::string_view text) noexcept;  ///< RFC 9110, section 5.6.2

}  // namespace trusthub::http
