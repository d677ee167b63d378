#include "http/message.h"

#include "base/text.h"
#include "sdk/json.h"

namespace trusthub::http {

namespace {

constexpr std::size_t kMaxQueryMembers = 100;

/// RFC 6750, section 3; empty when the answer has no challenge.
std::string_view challengeFor(int status, std::string_view code) {
    if (status == 401 && code == "invalid_token")
        return R"(Bearer realm="trusthub", error="invalid_token")";
    if (status == 401) return R"(Bearer realm="trusthub")";
    if (status == 403 && code == "insufficient_scope")
        return R"(Bearer realm="trusthub", error="insufficient_scope")";
    return {};
}

std::string_view utf8OrEmpty(std::string_view text) {
    return base::isUtf8(text) ? text : std::string_view{};
}

Response render(int status, std::string_view code, std::string_view title, std::string_view detail,
                const std::vector<FieldError>& fields, std::string_view requestId) {
    std::string type = "/docs/errors#";
    type += code;
    sdk::JsonWriter json;
    json.beginObject().member("type", type).member("title", title).member("status", status);
    if (!detail.empty() && base::isUtf8(detail)) json.member("detail", detail);
    json.member("code", code).member("request_id", requestId);
    if (!fields.empty()) {
        json.key("errors").beginArray();
        for (const FieldError& field : fields) {
            json.beginObject()
                .member("pointer", utf8OrEmpty(field.pointer))
                .member("detail", utf8OrEmpty(field.detail))
                .endObject();
        }
        json.endArray();
    }
    json.endObject();
    Response response = Response::text(status, std::move(json).text(), "application/problem+json");
    if (const std::string_view challenge = challengeFor(status, code); !challenge.empty())
        response.headers.set("WWW-Authenticate", std::string(challenge));
    return response;
}

}  // namespace

Response Response::json(int status, std::string body) {
    return text(status, std::move(body), "application/json");
}

Response Response::text(int status, std::string body, std::string contentType) {
    Response response{status, {}, std::move(body)};
    response.headers.add("Content-Type", std::move(contentType));
    return response;
}

Result<std::map<std::string, std::string, std::less<>>> parseQuery(std::string_view raw) {
    std::map<std::string, std::string, std::less<>> members;
    if (raw.empty()) return members;
    for (const std::string_view part : base::split(raw, '&')) {
        if (part.empty()) continue;
        const std::size_t equals = part.find('=');
        auto name = base::percentDecode(part.substr(0, equals), true);
        auto value = equals == std::string_view::npos
                         ? std::optional<std::string>{std::in_place}
                         : base::percentDecode(part.substr(equals + 1), true);
        if (!name || !value) return fail(ErrorKind::BadRequest, "A percent escape is broken.");
        const auto clean = [](const std::string& text) {
            return base::isUtf8(text) && text.find('\0') == std::string::npos;
        };
        if (!clean(*name) || !clean(*value))
            return fail(ErrorKind::BadRequest, "A query member is not UTF-8 text.");
        if (members.size() == kMaxQueryMembers)
            return fail(ErrorKind::BadRequest, "There are too many query members.");
        if (!members.emplace(std::move(*name), std::move(*value)).second)
            return fail(ErrorKind::BadRequest, "A query member is given twice.");
    }
    return members;
}

Response problem(const Error& error, std::string_view requestId, std::string_view title) {
    const sdk::ErrorKindInfo& kind = sdk::info(error.kind);
    Response response =
        render(kind.httpStatus, error.codeText(), title.empty() ? kind.sentence : title,
               error.detail, error.fields, requestId);
    const bool always = response.status == 429 || response.status == 503;
    if (error.retryAfter || always) {
        const auto seconds =
            std::chrono::ceil<std::chrono::seconds>(error.retryAfter.value_or(Milliseconds{0}));
        response.headers.add("Retry-After",
                             std::to_string(std::max<std::int64_t>(1, seconds.count())));
    }
    return response;
}

Response problem(int status, std::string_view code, std::string_view detail,
                 std::string_view requestId, std::string_view title) {
    Response response =
        render(status, code, title.empty() ? reasonPhrase(status) : title, detail, {}, requestId);
    if (status == 429 || status == 503) response.headers.add("Retry-After", "1");
    return response;
}

std::string_view reasonPhrase(int status) noexcept {
    switch (status) {
        case 100:
            return "Continue";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 207:
            return "Multi-Status";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 411:
            return "Length Required";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 416:
            return "Range Not Satisfiable";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 428:
            return "Precondition Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 499:
            return "Client Closed Request";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Unknown";
    }
}

}  // namespace trusthub::http
