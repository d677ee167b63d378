#include "http/runner.h"

#include <sys/socket.h>

#include <cstring>

namespace trusthub::http {

namespace {

/// So that one busy connection does not keep a worker to itself.
constexpr int kTurns = 256;
constexpr Milliseconds kLinger{2'000};

/// Never 0, which means "no deadline"; a manual clock begins there.
std::int64_t millis(SteadyPoint point) {
    return 1 + std::chrono::floor<Milliseconds>(point.time_since_epoch()).count();
}

/// Said without a request: the client learns why it is not let in.
void sayTooMany(const base::Fd& fd, DateCache& date, TimePoint now, std::string_view id) {
    const Response response = problem(fail(ErrorKind::Overloaded, "Too many connections."), id);
    std::string text;
    writeHead(text, response, {date.text(now), id, false, false});
    text += response.body;
    ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
}

}  // namespace

Runner::Runner(Services services, std::shared_ptr<Reactor> reactor)
    : services_(services),
      reactor_(std::move(reactor)),
      budget_(services.config.bodyBudgetBytes),
      strangers_(services.config.strangerBudgetBytes),
      addresses_(services.config.maxConnectionsPerAddress) {}

std::int64_t Runner::nowMs() const {
    return millis(services_.clock.steadyNow());
}

void Runner::setDeadline(Connection& c, Milliseconds after) const {
    setDeadline(c, after, services_.clock.steadyNow());
}

void Runner::setDeadline(Connection& c, Milliseconds after, SteadyPoint now) {
    const std::int64_t due = after.count() > 0 ? millis(now) + after.count() : 0;
    c.deadline->store(due, std::memory_order_relaxed);
}

void Runner::adopt(base::Fd fd, const PeerAddress& peer, TlsContext* tls, bool refused) {
    const auto tell = [this](const base::Fd& to) {
        DateCache date;
        sayTooMany(to, date, services_.clock.now(), services_.ids.next());
    };
    Connection* const slot = reactor_->allocate();
    if (slot == nullptr) {
        if (tls == nullptr) tell(fd);
        if (!refused) addresses_.remove(peer);
        return;
    }
    Connection& c = *slot;
    c.fd = std::move(fd);
    c.peer = peer;
    c.readable = c.peerDone = c.headTimed = c.emptyLine = c.writeArmed = false;
    c.counted = !refused;
    c.phase = Connection::Phase::Head;
    c.scanner.reset();
    open_.fetch_add(1, std::memory_order_relaxed);
    if (refused) {
        if (tls == nullptr) tell(c.fd);
        ::shutdown(c.fd.get(), SHUT_WR);
        c.phase = Connection::Phase::Lingering;
        setDeadline(c, kLinger);
    } else {
        connections_.fetch_add(1, std::memory_order_relaxed);
        if (tls != nullptr) {
            try {
                c.tls = tls->accept(c.fd.get());
            } catch (const std::bad_alloc&) {
                close(c);
                return;
            }
            c.phase = Connection::Phase::Handshake;
            c.writeArmed = true;  // OpenSSL may want to write when it is asked to read
            setDeadline(c, services_.config.tlsTimeout);
        } else {
            setDeadline(c, services_.config.idleTimeout);
        }
    }
    if (!reactor_->watch(c)) {
        close(c);
        return;
    }
    if (stopping() || !reactor_->release(c)) reactor_->enqueue(c.index);
}

void Runner::run(Connection& c, Scratch& s) {
    const auto keep = [&] {
        if (const std::string_view rest = s.pending(); !rest.empty()) c.kept.assign(rest);
        s.begin = s.end = 0;
    };
    for (;;) {
        const std::uint32_t signals = reactor_->take(c);
        if (!c.kept.empty()) {
            std::memcpy(s.input.get(), c.kept.data(), c.kept.size());
            s.end = c.kept.size();
            c.kept = {};
        }
        Step outcome = Step::Closed;
        try {
            outcome = step(c, signals, s);
        } catch (const std::exception& error) {
            services_.log.error("http connection given up").with("reason", error.what());
            close(c);
        }
        if (outcome == Step::Closed) {
            s.begin = s.end = 0;
            return;
        }
        keep();
        if (outcome == Step::Again) {
            reactor_->enqueue(c.index);
            return;
        }
        if (reactor_->release(c)) return;
    }
}

void Runner::abort(Connection& connection) noexcept {
    if (connection.phase != Connection::Phase::Free) close(connection);
}

Runner::Step Runner::step(Connection& c, std::uint32_t signals, Scratch& s) {
    if ((signals & kBroken) != 0) return close(c);
    if ((signals & kReadable) != 0) c.readable = true;
    if ((signals & kHangup) != 0) c.readable = c.peerDone = true;
    const std::int64_t due = c.deadline->load(std::memory_order_relaxed);
    if ((signals & kExpired) != 0 && due != 0 && due <= nowMs()) {
        const Step outcome = expire(c, s);
        if (outcome != Step::Again) return outcome;
    }
    if (stopping() &&
        (c.phase == Connection::Phase::Head || c.phase == Connection::Phase::Handshake))
        return close(c);
    for (int turn = 0; turn < kTurns; ++turn) {
        const Step outcome = advance(c, s);
        if (outcome != Step::Again) return outcome;
    }
    return Step::Again;
}

Runner::Step Runner::advance(Connection& c, Scratch& s) {
    switch (c.phase) {
        case Connection::Phase::Free:
            return Step::Closed;
        case Connection::Phase::Handshake:
            return shakeHands(c);
        case Connection::Phase::Head:
            return readHead(c, s);
        case Connection::Phase::Body:
            return readBody(c, s);
        case Connection::Phase::Handling:
            return answer(c, s);
        case Connection::Phase::Writing:
            return flush(c, s);
        case Connection::Phase::Lingering:
            return linger(c, s);
    }
    return Step::Closed;
}

Runner::Step Runner::expire(Connection& c, Scratch& s) {
    switch (c.phase) {
        case Connection::Phase::Head:
            if (s.pending().empty()) return close(c);
            return refuse(c, s, {408, "request_timeout", "The request head took too long."});
        case Connection::Phase::Body:
            return refuse(c, s, {408, "request_timeout", "The request body took too long."});
        case Connection::Phase::Handling: {
            using Phase = Responder::Sink::Phase;
            const Phase before =
                c.exchange->sink->phase.exchange(Phase::Abandoned, std::memory_order_acq_rel);
            if (before == Phase::Answered) {
                c.exchange->sink->phase.store(before, std::memory_order_relaxed);
                return Step::Again;
            }
            c.exchange->sink.reset();
            return respond(c, s, problem(fail(ErrorKind::Timeout), c.exchange->log.requestId));
        }
        default:
            return close(c);
    }
}

Runner::Step Runner::shakeHands(Connection& c) {
    switch (c.tls->handshake()) {
        case IoStatus::Ok:
            c.phase = Connection::Phase::Head;
            c.readable = true;  // what came behind the handshake may be in OpenSSL's hands already
            setDeadline(c, services_.config.idleTimeout);
            return Step::Again;
        case IoStatus::WouldBlock:
            return Step::Wait;
        default:
            return close(c);
    }
}

Runner::Step Runner::linger(Connection& c, Scratch& s) {
    // What the client still sends is read and dropped: closing on it would reset the connection and
    // with it the answer that is on its way (RFC 9112, section 9.6).
    s.begin = s.end = 0;
    if (!c.readable) return Step::Wait;
    const auto got = ::recv(c.fd.get(), s.input.get(), s.size, 0);
    if (got > 0) return Step::Again;
    if (got < 0 && errno == EINTR) return Step::Again;
    if (got < 0 && errno == EAGAIN) {
        c.readable = false;
        return Step::Wait;
    }
    return close(c);
}

Runner::Step Runner::close(Connection& c) noexcept {
    const std::unique_ptr<ServedRequest> exchange = std::move(c.exchange);
    if (exchange && exchange->sink)
        exchange->sink->phase.exchange(Responder::Sink::Phase::Abandoned,
                                       std::memory_order_acq_rel);
    if (c.tls) c.tls->sayGoodbye();
    c.tls.reset();
    c.fd.reset();
    c.kept = {};
    c.phase = Connection::Phase::Free;
    if (c.counted) {
        addresses_.remove(c.peer);
        connections_.fetch_sub(1, std::memory_order_relaxed);
    }
    reactor_->recycle(c);
    if (exchange) done(*exchange, exchange->responding ? exchange->status : 499);
    if (open_.fetch_sub(1) == 1 && stopping()) {
        const std::lock_guard lock(drainMutex_);
        drained_.notify_all();
    }
    return Step::Closed;
}

void Runner::drain(Milliseconds grace) {
    stopping_.store(true);
    reactor_->wakeAll();
    std::unique_lock lock(drainMutex_);
    drained_.wait_for(lock, grace, [this] { return open_.load() == 0; });
}

}  // namespace trusthub::http
