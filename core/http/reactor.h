// Reactor: the epoll set, the connections' slots, and who may touch which connection.
#pragma once

#include "base/fd.h"
#include "http/connection.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace trusthub::http {

/// What may have happened to a connection. Bits of Connection::state beside the generation.
enum Signal : std::uint32_t {
    kOwned = 1U << 0,  ///< a worker runs it, or it waits in the ready queue
    kReadable = 1U << 1,
    kWritable = 1U << 2,
    kHangup = 1U << 3,  ///< the peer has sent its last byte
    kBroken = 1U << 4,
    kExpired = 1U << 5,
    kWake = 1U << 6,  ///< an answer is there, or the server is stopping
};

/// A connection is owned by at most one thread at a time. post() adds a signal and makes its caller
/// the owner if there was none; an owner takes the signals, works, and release()s; a release fails
/// when new signals have come in. Events are edge-triggered, so that no request pays for arming a
/// descriptor again: ownership does what EPOLLONESHOT would. Slots are never freed before the
/// reactor, only reused under another generation, so that late events and late answers find out
/// that they are late. Responders keep the reactor alive. [thread-safe]
class Reactor {
public:
    static constexpr std::uint64_t kListenerEvent = ~0ULL;
    static constexpr std::uint64_t kReadyEvent = ~0ULL - 1;

    explicit Reactor(std::size_t capacity);

    int epoll() const noexcept { return epoll_.get(); }
    /// A free slot, owned by the caller; null when all are taken.
    Connection* allocate();
    /// Ends the generation; the owner has closed what the connection held.
    void recycle(Connection& connection) noexcept;

    bool watch(Connection& connection) noexcept;        ///< input; output too if writeArmed
    bool watchWrites(Connection& connection) noexcept;  ///< room for output too, from now on

    /// True when the caller is now the owner and must run or enqueue() the connection.
    bool post(Token token, std::uint32_t signals) noexcept;
    std::uint32_t take(Connection& connection) noexcept;  ///< the signals so far; by the owner
    bool release(Connection& connection) noexcept;        ///< false: signals came, go on
    /// Hands an owned connection to whichever worker is free.
    void enqueue(std::uint32_t index);
    std::vector<std::uint32_t> dequeue();  ///< some of them; wakes another worker for the others
    void wakeWorker() noexcept;

    /// Signals kExpired to each connection whose deadline has passed; those in the answer are the
    /// caller's to run.
    std::vector<std::uint32_t> expire(std::int64_t nowMs);
    /// Signals kWake to every connection; enqueues those without an owner.
    void wakeAll();

    Connection& at(std::uint32_t index) noexcept;
    std::uint32_t slots() const noexcept { return used_.load(std::memory_order_acquire); }

private:
    static constexpr std::size_t kChunk = 256;
    static constexpr std::size_t kBatch = 16;
    struct Chunk {
        std::array<std::atomic<std::int64_t>, kChunk> deadlines{};
        std::array<Connection, kChunk> connections;
    };

    base::Fd epoll_;
    base::Fd event_;
    const std::uint32_t capacity_;
    std::vector<std::unique_ptr<Chunk>>
        chunks_;  ///< sized once; an entry is set before used_ passes it
    std::atomic<std::uint32_t> used_{0};
    std::mutex slotMutex_;
    std::vector<std::uint32_t> free_;
    std::mutex readyMutex_;
    std::vector<std::uint32_t> ready_;
};

}  // namespace trusthub::http
