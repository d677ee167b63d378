#include "http/runner.h"

#include <sys/socket.h>

namespace trusthub::http {

namespace {

constexpr Milliseconds kLinger{2'000};
/// Up to this size a body is copied behind its head, and both leave as one piece.
constexpr std::size_t kJoin = 64 * 1024;
constexpr std::size_t kKeepOutput = 256 * 1024;

/// What the access log and the look for keys in URLs need; a copy of all fields would cost more
/// than the rest of the request.
RequestHead forLog(const RequestHead& head) {
    RequestHead copy{head.method, head.path,   head.query,    {},
                     head.peer,   head.secure, head.requestId};
    if (const auto agent = head.headers.find("User-Agent"))
        copy.headers.add("User-Agent", std::string(*agent));
    for (const auto& [name, value] : head.headers)
        if (sdk::equalsIgnoreCase(name, "X-Forwarded-For")) copy.headers.add(name, value);
    return copy;
}

}  // namespace

Runner::Step Runner::handle(Connection& c, Scratch& s) {
    ServedRequest& x = *c.exchange;
    x.log = forLog(x.request);
    auto sink = std::make_shared<Responder::Sink>(reactor_, c.token());
    x.sink = sink;
    c.phase = Connection::Phase::Handling;
    try {
        services_.handler.onRequest(std::move(x.request), Responder(sink));
    } catch (const std::exception& error) {
        // The Responder has been dropped on the way, which answers 500.
        services_.log.error("http handler threw")
            .with("request_id", x.log.requestId)
            .with("reason", error.what());
    }
    using Phase = Responder::Sink::Phase;
    Phase expected = Phase::InCall;
    if (sink->phase.compare_exchange_strong(expected, Phase::Detached, std::memory_order_acq_rel))
        setDeadline(c, x.admit.handleDeadline);
    return answer(c, s);
}

Runner::Step Runner::answer(Connection& c, Scratch& s) {
    ServedRequest& x = *c.exchange;
    Responder::Sink& sink = *x.sink;
    if (sink.phase.load(std::memory_order_acquire) != Responder::Sink::Phase::Answered)
        return Step::Wait;
    Response response;
    try {
        if (sink.make) {
            response = sink.make();
        } else if (sink.response) {
            response = std::move(*sink.response);
        } else {
            response = problem(fail(ErrorKind::Internal), x.log.requestId);
        }
    } catch (const std::exception& error) {
        services_.log.error("http answer threw")
            .with("request_id", x.log.requestId)
            .with("reason", error.what());
        response = problem(fail(ErrorKind::Internal), x.log.requestId);
    }
    x.sink.reset();
    return respond(c, s, std::move(response));
}

Runner::Step Runner::refuse(Connection& c, Scratch& s, const Refusal& refusal) {
    if (!c.exchange) openExchange(c, s);
    ServedRequest& x = *c.exchange;
    x.unread = true;
    x.keepAlive = false;
    x.request.body = {};
    x.log = forLog(x.request);
    return respond(c, s,
                   problem(refusal.status, refusal.code, refusal.detail, x.log.requestId,
                           services_.handler.titleOf(refusal.code)));
}

Runner::Step Runner::respond(Connection& c, Scratch& s, Response response) {
    ServedRequest& x = *c.exchange;
    // Before the client can see the answer: it may count on the room for its next body.
    giveBack(x);
    if (stopping()) x.keepAlive = false;
    s.output.clear();
    const ResponseContext context{s.date.text(services_.clock.now()), x.log.requestId, x.keepAlive,
                                  x.http10};
    if (!writeHead(s.output, response, context)) {
        services_.log.error("http answer is not fit to be sent")
            .with("request_id", x.log.requestId);
        response = problem(fail(ErrorKind::Internal), x.log.requestId);
        writeHead(s.output, response, context);
    }
    x.status = response.status;
    x.responding = true;
    std::string_view separate;
    if (!x.headOnly && mayHaveBody(response.status)) {
        if (response.body.size() <= kJoin) {
            s.output += response.body;
        } else {
            x.outBody = std::move(response.body);
            separate = x.outBody;
        }
    }
    const IoResult sent = writeSome(c, s.output, separate);
    if (sent.status == IoStatus::Ok && sent.bytes == s.output.size() + separate.size())
        return finish(c, s);
    if (sent.status != IoStatus::Ok && sent.status != IoStatus::WouldBlock) return close(c);
    x.out = s.output;
    x.sent = sent.bytes;
    c.phase = Connection::Phase::Writing;
    setDeadline(c, services_.config.writeTimeout);
    return Step::Again;
}

Runner::Step Runner::flush(Connection& c, Scratch& s) {
    ServedRequest& x = *c.exchange;
    const std::string_view out = x.out;
    const std::string_view body = x.outBody;
    while (x.sent < out.size() + body.size()) {
        const IoResult put = x.sent < out.size()
                                 ? writeSome(c, out.substr(x.sent), body)
                                 : writeSome(c, body.substr(x.sent - out.size()), {});
        if (put.status == IoStatus::WouldBlock) {
            if (c.writeArmed) return Step::Wait;
            c.writeArmed = true;  // arming looks once more, so that no room goes unnoticed
            return reactor_->watchWrites(c) ? Step::Wait : close(c);
        }
        if (put.status != IoStatus::Ok) return close(c);
        x.sent += put.bytes;
        setDeadline(c, services_.config.writeTimeout);
    }
    return finish(c, s);
}

SteadyPoint Runner::done(ServedRequest& x, int status) noexcept {
    const SteadyPoint now = services_.clock.steadyNow();
    const auto took = std::chrono::floor<Milliseconds>(now - x.started);
    giveBack(x);
    services_.handler.onDone(x.log.requestId.empty() ? x.request : x.log, status, took);
    return now;
}

Runner::Step Runner::finish(Connection& c, Scratch& s) {
    ServedRequest& x = *c.exchange;
    const SteadyPoint now = done(x, x.status);
    const bool keepAlive = x.keepAlive && !stopping();
    const bool unread = x.unread || !s.pending().empty();
    if (!s.spare) {
        s.spare = std::move(c.exchange);
        s.spare->reset();
    }
    c.exchange.reset();
    if (s.output.capacity() > kKeepOutput) s.output = {};
    if (keepAlive) {
        c.phase = Connection::Phase::Head;
        c.scanner.reset();
        c.headTimed = c.emptyLine = false;
        setDeadline(c, services_.config.idleTimeout, now);
        return Step::Again;
    }
    if (!unread) return close(c);
    if (c.tls) c.tls->sayGoodbye();
    c.tls.reset();
    ::shutdown(c.fd.get(), SHUT_WR);
    c.phase = Connection::Phase::Lingering;
    setDeadline(c, kLinger);
    return Step::Again;
}

}  // namespace trusthub::http
