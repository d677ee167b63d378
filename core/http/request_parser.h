// RequestParser: Boost.Beast's HTTP grammar behind a plain interface. The one user of Beast.
#pragma once

#include "http/message.h"
#include "http/request_rules.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace trusthub::http {

/// One request at a time; reset() before the next. Not thread-safe.
class RequestParser {
public:
    enum class Body { More, Complete, TooLarge, Bad };

    RequestParser();
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    void reset();

    /// `bytes` is exactly one head, as HeadScanner found it. Fills method, path, query and headers
    /// of `head`; also when the rules refuse it afterwards. Values are as sent: nothing is decoded.
    std::optional<Refusal> parseHead(std::string_view bytes, RequestHead& head);
    int minorVersion() const noexcept { return minorVersion_; }

    /// Body bytes past `limit` are not taken. After parseHead().
    void limitBody(std::size_t limit);
    /// Appends what is decoded to `body`, or drops it when `body` is null. `used` says how many of
    /// `bytes` are done with; show the others again, with more behind them. Trailers are dropped.
    Body parseBody(std::string_view bytes, std::string* body, std::size_t& used);

private:
    class Grammar;
    std::unique_ptr<Grammar> grammar_;
    int minorVersion_ = 1;
};

}  // namespace trusthub::http
