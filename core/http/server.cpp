#include "http/server.h"

#include "base/workers.h"
#include "http/listener.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace trusthub::http {

namespace {

constexpr int kEvents = 16;
constexpr int kTickMs = 100;
/// Slots beyond the limit, for connections that are being told that there are too many.
constexpr std::size_t kSpareSlots = 256;

std::uint32_t signalsOf(std::uint32_t events) noexcept {
    std::uint32_t signals = 0;
    if ((events & EPOLLIN) != 0) signals |= kReadable;
    if ((events & EPOLLOUT) != 0) signals |= kWritable;
    if ((events & EPOLLRDHUP) != 0) signals |= kHangup;
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) signals |= kBroken;
    return signals;
}

}  // namespace

void Responder::Sink::answered() {
    const Phase before = phase.exchange(Phase::Answered, std::memory_order_acq_rel);
    if (before == Phase::Detached && reactor->post(token, kWake)) reactor->enqueue(token.index);
}

Responder& Responder::operator=(Responder&& other) noexcept {
    if (this != &other) {
        const Responder dropped(std::move(*this));
        sink_ = std::move(other.sink_);
    }
    return *this;
}

Responder::~Responder() {
    if (sink_) sink_->answered();
}

void Responder::send(Response response) {
    if (!sink_) return;
    sink_->response = std::move(response);
    std::exchange(sink_, nullptr)->answered();
}

void Responder::sendFrom(base::MoveFunction<Response()> make) {
    if (!sink_) return;
    sink_->make = std::move(make);
    std::exchange(sink_, nullptr)->answered();
}

class Server::Impl {
public:
    Impl(ServerConfig config, Handler& handler, const base::Clock& clock, base::IdSource& ids,
         base::Log& log, base::Metrics& metrics)
        : config_(std::move(config)),
          metrics_(metrics),
          log_(log),
          tls_(config_.tls ? std::make_unique<TlsContext>(*config_.tls) : nullptr),
          reactor_(std::make_shared<Reactor>(config_.maxConnections + kSpareSlots)),
          runner_({config_, handler, clock, ids, log, metrics}, reactor_),
          listener_(config_, runner_, *reactor_, tls_.get(), log, metrics) {}

    ~Impl() { stop(Milliseconds{5'000}); }

    void start() {
        const std::lock_guard lock(lifeMutex_);
        if (!workers_.empty() || quit_) return;
        std::size_t count = config_.workers;
        if (count == 0)
            count = static_cast<std::size_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
        listener_.open();
        for (std::size_t i = 0; i < count; ++i)
            workers_.emplace_back("http-" + std::to_string(i), [this](std::stop_token) { work(); });
    }

    void stop(Milliseconds grace) {
        const std::lock_guard lock(lifeMutex_);
        if (quit_) return;
        listener_.close();
        if (!workers_.empty()) runner_.drain(grace);
        quit_ = true;
        reactor_->wakeWorker();
        for (auto& worker : workers_) worker.join();
        workers_.clear();
        // No worker is left: whatever is still open is ours, whether it was owned or not.
        for (std::uint32_t index = 0; index < reactor_->slots(); ++index)
            runner_.abort(reactor_->at(index));
    }

    std::uint16_t port() const { return listener_.port(); }
    std::size_t connections() const { return runner_.connections(); }
    Result<void> reloadTls() { return tls_ ? tls_->reload() : Result<void>{}; }

private:
    void work() {
        Scratch scratch(config_.maxHeadBytes);
        std::array<epoll_event, kEvents> events;
        while (!quit_) {
            const bool ticking = runner_.connections() > 0 || listener_.paused();
            const int count = ::epoll_wait(reactor_->epoll(), events.data(), kEvents,
                                           ticking ? kTickMs : 10 * kTickMs);
            for (int i = 0; i < count; ++i) {
                const epoll_event& event = events[static_cast<std::size_t>(i)];
                dispatch(event.data.u64, event.events, scratch);
            }
            tick(scratch);
        }
        reactor_->wakeWorker();  // the next one
    }

    void dispatch(std::uint64_t data, std::uint32_t events, Scratch& scratch) {
        if (data == Reactor::kReadyEvent) {
            for (const std::uint32_t index : reactor_->dequeue())
                runner_.run(reactor_->at(index), scratch);
        } else if (data == Reactor::kListenerEvent) {
            guarded([&] { listener_.accept(); });
        } else {
            const Token token{static_cast<std::uint32_t>(data),
                              static_cast<std::uint32_t>(data >> 32)};
            if (reactor_->post(token, signalsOf(events)))
                runner_.run(reactor_->at(token.index), scratch);
        }
    }

    /// Deadlines and the rest of what is done ten times a second, by whichever worker comes first.
    void tick(Scratch& scratch) {
        const std::int64_t now = runner_.nowMs();
        std::int64_t last = lastTick_.load(std::memory_order_relaxed);
        if (now - last < kTickMs || !lastTick_.compare_exchange_strong(last, now)) return;
        for (const std::uint32_t index : reactor_->expire(now))
            runner_.run(reactor_->at(index), scratch);
        guarded([&] { listener_.tick(); });
        metrics_.gauge("trusthub_http_connections", static_cast<double>(runner_.connections()));
    }

    template <class Work>
    void guarded(Work work) noexcept {
        try {
            work();
        } catch (const std::exception& error) {
            log_.error("http listener").with("reason", error.what());
        }
    }

    const ServerConfig config_;
    base::Metrics& metrics_;
    base::Log& log_;
    const std::unique_ptr<TlsContext> tls_;
    const std::shared_ptr<Reactor> reactor_;
    Runner runner_;
    Listener listener_;
    std::atomic<bool> quit_{false};
    std::atomic<std::int64_t> lastTick_{0};
    std::mutex lifeMutex_;
    std::vector<base::Worker> workers_;
};

Server::Server(ServerConfig config, Handler& handler, const base::Clock& clock, base::IdSource& ids,
               base::Log& log, base::Metrics& metrics)
    : impl_(std::make_unique<Impl>(std::move(config), handler, clock, ids, log, metrics)) {}

Server::~Server() = default;

void Server::start() {
    impl_->start();
}
void Server::stop(Milliseconds grace) {
    impl_->stop(grace);
}
std::uint16_t Server::port() const {
    return impl_->port();
}
std::size_t Server::connections() const {
    return impl_->connections();
}
Result<void> Server::reloadTls() {
    return impl_->reloadTls();
}

}  // namespace trusthub::http
