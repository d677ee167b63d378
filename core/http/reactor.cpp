#include "http/reactor.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace trusthub::http {

namespace {

constexpr std::uint64_t kSignalMask = 0xFFFFFFFF;
constexpr std::uint32_t kInput = EPOLLIN | EPOLLRDHUP | EPOLLET;

std::uint64_t eventData(const Token& token) noexcept {
    return std::uint64_t{token.generation} << 32 | token.index;
}

}  // namespace

Reactor::Reactor(std::size_t capacity)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      capacity_(static_cast<std::uint32_t>(capacity)),
      chunks_((capacity + kChunk - 1) / kChunk) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;  // each write to it wakes one worker
    event.data.u64 = kReadyEvent;
    if (!epoll_ || !event_ || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, event_.get(), &event) != 0)
        throw std::system_error(errno, std::generic_category(), "HTTP server: epoll");
}

Connection* Reactor::allocate() {
    const std::lock_guard lock(slotMutex_);
    std::uint32_t index = 0;
    if (!free_.empty()) {
        index = free_.back();
        free_.pop_back();
    } else {
        index = used_.load(std::memory_order_relaxed);
        if (index == capacity_) return nullptr;
        if (auto& chunk = chunks_[index / kChunk]; !chunk) {
            chunk = std::make_unique<Chunk>();
            free_.reserve(free_.capacity() + kChunk);  // so that recycle() cannot fail
        }
        Connection& fresh = at(index);
        fresh.index = index;
        fresh.deadline = &chunks_[index / kChunk]->deadlines[index % kChunk];
        used_.store(index + 1, std::memory_order_release);
    }
    Connection& connection = at(index);
    connection.state.fetch_or(kOwned, std::memory_order_acq_rel);
    return &connection;
}

void Reactor::recycle(Connection& connection) noexcept {
    connection.deadline->store(0, std::memory_order_relaxed);
    const std::uint64_t generation = connection.state.load(std::memory_order_relaxed) >> 32;
    connection.state.store((generation + 1) << 32, std::memory_order_release);
    const std::lock_guard lock(slotMutex_);
    free_.push_back(connection.index);
}

bool Reactor::watch(Connection& connection) noexcept {
    epoll_event event{};
    event.events = connection.writeArmed ? kInput | EPOLLOUT : kInput;
    event.data.u64 = eventData(connection.token());
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.fd.get(), &event) == 0;
}

bool Reactor::watchWrites(Connection& connection) noexcept {
    epoll_event event{};
    event.events = kInput | EPOLLOUT;
    event.data.u64 = eventData(connection.token());
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.fd.get(), &event) == 0;
}

bool Reactor::post(Token token, std::uint32_t signals) noexcept {
    if (token.index >= slots()) return false;
    std::atomic<std::uint64_t>& state = at(token.index).state;
    std::uint64_t old = state.load(std::memory_order_relaxed);
    do {
        if (old >> 32 != token.generation) return false;
    } while (!state.compare_exchange_weak(old, old | signals | kOwned, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
    return (old & kOwned) == 0;
}

std::uint32_t Reactor::take(Connection& connection) noexcept {
    const std::uint64_t keep = ~kSignalMask | kOwned;
    return static_cast<std::uint32_t>(connection.state.fetch_and(keep, std::memory_order_acq_rel) &
                                      kSignalMask);
}

bool Reactor::release(Connection& connection) noexcept {
    std::uint64_t expected =
        (connection.state.load(std::memory_order_relaxed) & ~kSignalMask) | kOwned;
    return connection.state.compare_exchange_strong(expected, expected & ~std::uint64_t{kOwned},
                                                    std::memory_order_acq_rel,
                                                    std::memory_order_relaxed);
}

void Reactor::enqueue(std::uint32_t index) {
    bool first = false;
    {
        const std::lock_guard lock(readyMutex_);
        first = ready_.empty();
        ready_.push_back(index);
    }
    if (first) wakeWorker();
}

std::vector<std::uint32_t> Reactor::dequeue() {
    std::vector<std::uint32_t> batch;
    bool more = false;
    {
        const std::lock_guard lock(readyMutex_);
        if (ready_.size() <= kBatch) {
            batch.swap(ready_);
        } else {
            const auto split = ready_.begin() + kBatch;
            batch.assign(ready_.begin(), split);
            ready_.erase(ready_.begin(), split);
            more = true;
        }
    }
    if (more) wakeWorker();
    return batch;
}

void Reactor::wakeWorker() noexcept {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then a wake-up is under way anyhow.
    [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

std::vector<std::uint32_t> Reactor::expire(std::int64_t nowMs) {
    std::vector<std::uint32_t> mine;
    const std::uint32_t count = slots();
    for (std::uint32_t index = 0; index < count; ++index) {
        const auto& deadline = chunks_[index / kChunk]->deadlines[index % kChunk];
        const auto isDue = [&] {
            const std::int64_t due = deadline.load(std::memory_order_relaxed);
            return due != 0 && due <= nowMs;
        };
        if (!isDue()) continue;
        // Asked again under a known generation: a slot that was given back meanwhile has no
        // deadline.
        const Token token = at(index).token();
        if (isDue() && post(token, kExpired)) mine.push_back(index);
    }
    return mine;
}

void Reactor::wakeAll() {
    const std::uint32_t count = slots();
    for (std::uint32_t index = 0; index < count; ++index) {
        Connection& connection = at(index);
        // A slot without a deadline is free or being set up; the latter looks by itself when it
        // starts.
        const Token token = connection.token();
        if (connection.deadline->load(std::memory_order_relaxed) != 0 && post(token, kWake))
            enqueue(index);
    }
}

Connection& Reactor::at(std::uint32_t index) noexcept {
    return chunks_[index / kChunk]->connections[index % kChunk];
}

}  // namespace trusthub::http
