// Request and Response: plain values between the server and the handlers.
#pragma once

#include "sdk/headers.h"
#include "sdk/result.h"
#include "sdk/time.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trusthub::http {

using sdk::Headers;

/// Values of the `{name}` parts of a pattern, percent-decoded once after the split.
using PathParams = std::vector<std::pair<std::string, std::string>>;

/// The row of a route table that a request names.
struct RouteMatch {
    std::size_t index = 0;  ///< in the order of Router::add()
    PathParams params;
};

/// The head of a request, after http/request_rules has passed it.
struct RequestHead {
    std::string method;  ///< upper case as sent
    std::string path;    ///< raw, still percent-encoded, begins with '/'
    std::string query;   ///< raw, without '?'
    Headers headers;
    std::string peer;       ///< of the other end: "192.0.2.1", "::1"; on a Unix socket "uid:1000"
    bool secure = false;    ///< came over TLS
    std::string requestId;  ///< of this exchange; also sent back as X-Request-ID
};

struct Request : RequestHead {
    RouteMatch route;  ///< what Handler::onHead admitted it with
    std::string body;
};

/// The server adds Date, Content-Length, Connection and X-Request-ID; a handler must not.
struct Response {
    int status = 200;
    Headers headers;
    std::string body;
    /// More fields as they go over the wire, each with its line end: only of names and numbers of
    /// the hub's own, since nothing looks at them again.
    std::string wireFields = {};

    static Response json(int status, std::string body);
    static Response text(int status, std::string body, std::string contentType);
    static Response empty(int status) { return {status, {}, {}}; }
};

/// Members of a query string or form, decoded once; a name given twice or a broken escape is
/// BadRequest.
Result<std::map<std::string, std::string, std::less<>>> parseQuery(std::string_view raw);

/// RFC 9457 body for an error, with WWW-Authenticate on 401 (`error="invalid_token"` when that is
/// the error's code) and on 403 `insufficient_scope`, and Retry-After where the error says when or
/// the status is 429 or 503.
/// `title` belongs to the error's code; empty: the kind's own sentence.
Response problem(const Error& error, std::string_view requestId, std::string_view title = {});

/// The same for statuses that no ErrorKind has (408, 417, 431 …). `code` and `detail` are fixed
/// texts.
Response problem(int status, std::string_view code, std::string_view detail,
                 std::string_view requestId, std::string_view title = {});

/// RFC 9110 reason phrase; "Unknown" for a status without one.
std::string_view reasonPhrase(int status) noexcept;

}  // namespace trusthub::http
