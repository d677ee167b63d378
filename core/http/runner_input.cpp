#include "http/runner.h"

#include <cstring>

namespace trusthub::http {

namespace {

constexpr std::size_t kHeadRead = 16 * 1024;
/// Of a chunk line or trailers: what the grammar has not taken by then is not going to make sense.
constexpr std::size_t kMaxUnparsed = 8 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

const Refusal kHeadTooLarge{431, "head_too_large", "The request head is too large."};

}  // namespace

Runner::Step Runner::refuseBody(Connection& c, Scratch& s) {
    const std::string detail = "The request body is larger than " +
                               std::to_string(c.exchange->admit.maxBody) +
                               " bytes, the most that is taken here.";
    return refuse(c, s, {413, "too_large", detail});
}

IoStatus Runner::fill(Connection& c, Scratch& s, std::size_t most) {
    if (s.begin == s.end) s.begin = s.end = 0;
    if (s.size - s.end < most && s.begin > 0) {
        std::memmove(s.input.get(), s.input.get() + s.begin, s.end - s.begin);
        s.end -= s.begin;
        s.begin = 0;
    }
    const std::size_t room = std::min(most, s.size - s.end);
    const IoResult got = readSome(c, s.input.get() + s.end, room);
    s.end += got.bytes;
    // A short read has emptied the socket; the next byte raises a new edge. Not so when the end of
    // input was announced with the bytes, nor for TLS, where OpenSSL may hold more.
    if (got.status == IoStatus::WouldBlock ||
        (got.status == IoStatus::Ok && got.bytes < room && !c.tls && !c.peerDone))
        c.readable = false;
    return got.status;
}

Runner::Step Runner::readHead(Connection& c, Scratch& s) {
    if (!s.pending().empty()) {
        switch (c.scanner.scan(s.pending())) {
            case HeadScanner::State::Complete:
                if (c.scanner.headBytes() == 2 && !c.emptyLine) {
                    c.emptyLine =
                        true;  // RFC 9112, section 2.2: one before the request line is let pass
                    s.begin += 2;
                    c.scanner.reset();
                    return Step::Again;
                }
                if (c.scanner.headBytes() > services_.config.maxHeadBytes)
                    return refuse(c, s, kHeadTooLarge);
                return beginExchange(c, s);
            case HeadScanner::State::Refused:
                return refuse(c, s, c.scanner.refusal());
            case HeadScanner::State::More:
                if (s.pending().size() >= services_.config.maxHeadBytes)
                    return refuse(c, s, kHeadTooLarge);
        }
        if (!c.headTimed) {
            c.headTimed = true;
            setDeadline(c, services_.config.headTimeout);
        }
    }
    if (!c.readable) return Step::Wait;
    switch (fill(c, s, kHeadRead)) {
        case IoStatus::Ok:
            return Step::Again;
        case IoStatus::WouldBlock:
            return Step::Wait;
        default:
            return close(c);
    }
}

void Runner::openExchange(Connection& c, Scratch& s) {
    c.exchange = s.spare ? std::move(s.spare) : std::make_unique<ServedRequest>();
    ServedRequest& x = *c.exchange;
    x.started = services_.clock.steadyNow();
    x.request.peer = c.peer.view();
    x.request.secure = c.tls != nullptr;
    x.request.requestId = services_.ids.next();
}

Runner::Step Runner::beginExchange(Connection& c, Scratch& s) {
    openExchange(c, s);
    ServedRequest& x = *c.exchange;
    const std::size_t headBytes = c.scanner.headBytes();
    const auto refusal = x.parser.parseHead(s.pending().substr(0, headBytes), x.request);
    s.begin += headBytes;
    x.http10 = x.parser.minorVersion() == 0;
    x.headOnly = x.request.method == "HEAD";
    if (refusal) return refuse(c, s, *refusal);

    const sdk::Headers& headers = x.request.headers;
    x.keepAlive = x.http10 ? hasToken(headers, "Connection", "keep-alive")
                           : !hasToken(headers, "Connection", "close");
    x.framing = framingOf(headers);
    Verdict verdict;
    try {
        verdict = services_.handler.onHead(x.request);
    } catch (const std::exception& error) {
        services_.log.error("http onHead threw")
            .with("request_id", x.request.requestId)
            .with("reason", error.what());
        verdict = problem(fail(ErrorKind::Internal), x.request.requestId);
    }
    if (auto* const early = std::get_if<Response>(&verdict))
        return turnAway(c, s, std::move(*early));
    return admit(c, s, std::get<Admit>(std::move(verdict)));
}

Runner::Step Runner::turnAway(Connection& c, Scratch& s, Response response) {
    // A body that is here already is passed over, and the connection lives on. For one that has yet
    // to come nobody waits: the connection is closed, so that it is never read as the next request.
    ServedRequest& x = *c.exchange;
    if (x.framing.hasBody()) {
        std::size_t used = 0;
        const auto outcome = x.parser.parseBody(s.pending(), nullptr, used);
        s.begin += used;
        if (outcome != RequestParser::Body::Complete) {
            x.unread = true;
            x.keepAlive = false;
        }
    }
    static_cast<RequestHead&>(x.log) = std::move(static_cast<RequestHead&>(x.request));
    return respond(c, s, std::move(response));
}

Runner::Step Runner::admit(Connection& c, Scratch& s, Admit&& admit) {
    ServedRequest& x = *c.exchange;
    x.row = admit.route.index;
    x.request.route = std::move(admit.route);
    x.admit = std::move(admit);
    if (!x.framing.hasBody()) return handle(c, s);
    if (x.framing.length > admit.maxBody) return refuseBody(c, s);
    x.parser.limitBody(admit.maxBody);
    if (!x.http10 && s.pending().empty() && x.request.headers.find("Expect")) {
        const IoResult sent = writeSome(c, kContinue, {});
        if (sent.status != IoStatus::Ok || sent.bytes != kContinue.size()) return close(c);
    }
    c.phase = Connection::Phase::Body;
    setDeadline(c, admit.bodyDeadline);
    return Step::Again;
}

bool Runner::take(const ServedRequest& x, std::size_t bytes) noexcept {
    const bool stranger = x.admit.bodyClass == BodyClass::Stranger;
    if (stranger && !strangers_.tryTake(bytes)) return false;
    if (budget_.tryTake(bytes)) return true;
    if (stranger) strangers_.giveBack(bytes);
    return false;
}

void Runner::giveBack(ServedRequest& x) noexcept {
    const std::size_t bytes = std::exchange(x.reserved, 0);
    if (x.admit.bodyClass == BodyClass::Stranger) strangers_.giveBack(bytes);
    budget_.giveBack(bytes);
}

bool Runner::reserve(ServedRequest& x, std::size_t incoming) {
    const std::size_t wanted = x.request.body.size() + incoming;
    if (wanted <= x.reserved) return true;
    // Memory follows what has come, not what was announced: a header alone costs nothing.
    std::size_t capacity = std::max(wanted, 2 * x.reserved);
    if (!x.framing.chunked) capacity = std::min<std::size_t>(capacity, x.framing.length);
    if (!take(x, capacity - x.reserved)) return false;
    x.reserved = capacity;
    x.request.body.reserve(capacity);
    return true;
}

Runner::Step Runner::readBody(Connection& c, Scratch& s) {
    ServedRequest& x = *c.exchange;
    if (!s.pending().empty()) {
        std::string_view bytes = s.pending();
        if (!x.framing.chunked) bytes = bytes.substr(0, x.framing.length - x.request.body.size());
        if (!reserve(x, bytes.size())) {
            services_.metrics.count("trusthub_http_refused_total", {{"reason", "body_budget"}});
            return refuse(c, s, {503, "overloaded", "Too many bodies are under way."});
        }
        std::size_t used = 0;
        const auto outcome = x.parser.parseBody(bytes, &x.request.body, used);
        s.begin += used;
        switch (outcome) {
            case RequestParser::Body::Complete:
                return handle(c, s);
            case RequestParser::Body::TooLarge:
                return refuseBody(c, s);
            case RequestParser::Body::Bad:
                return refuse(c, s, {400, "bad_request", "The chunked body is malformed."});
            case RequestParser::Body::More:
                if (s.pending().size() > kMaxUnparsed)
                    return refuse(c, s, {400, "bad_request", "A chunk's head is too long."});
        }
    }
    if (!c.readable) return Step::Wait;
    std::size_t most = Scratch::kReadBytes;
    if (!x.framing.chunked)
        most = std::min<std::size_t>(most, x.framing.length - x.request.body.size());
    switch (fill(c, s, most)) {
        case IoStatus::Ok:
            return Step::Again;
        case IoStatus::WouldBlock:
            return Step::Wait;
        case IoStatus::Closed:
            return refuse(c, s, {400, "truncated_body", "The body ends before its announced end."});
        case IoStatus::Failed:
            break;
    }
    return close(c);
}

}  // namespace trusthub::http
