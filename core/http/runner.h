// Runner: takes one connection as far as it goes without waiting.
#pragma once

#include "http/body_budget.h"
#include "http/reactor.h"
#include "http/response_writer.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace trusthub::http {

/// What a worker lends to the connection that it runs; an idle connection has no buffer of its own.
struct Scratch {
    static constexpr std::size_t kReadBytes = 64 * 1024;

    explicit Scratch(std::size_t maxHeadBytes)
        : size(maxHeadBytes + kReadBytes), input(std::make_unique<char[]>(size)) {}
    std::string_view pending() const noexcept { return {input.get() + begin, end - begin}; }

    const std::size_t size;
    std::unique_ptr<char[]> input;
    std::size_t begin = 0;  ///< input[begin, end): received, not used yet
    std::size_t end = 0;
    std::string output;
    DateCache date;
    std::unique_ptr<ServedRequest> spare;
};

/// The state machine of a connection. Every function is called by the connection's owner (see
/// Reactor). [thread-safe for different connections]
class Runner {
public:
    struct Services {
        const ServerConfig& config;
        Handler& handler;
        const base::Clock& clock;
        base::IdSource& ids;
        base::Log& log;
        base::Metrics& metrics;
    };

    Runner(Services services, std::shared_ptr<Reactor> reactor);

    /// Takes over an accepted descriptor. One that `refused` gets 503 and is closed; `tls` may be
    /// null.
    void adopt(base::Fd fd, const PeerAddress& peer, TlsContext* tls, bool refused);
    /// Goes on with an owned connection until it would block; gives up the ownership.
    void run(Connection& connection, Scratch& scratch);
    /// Ends an owned connection at once.
    void abort(Connection& connection) noexcept;

    std::int64_t nowMs() const;
    /// Connections that count against the limit.
    std::size_t connections() const noexcept {
        return connections_.load(std::memory_order_relaxed);
    }
    bool stopping() const noexcept { return stopping_.load(); }
    /// From now on connections close after their answer; waits until all have, at most `grace`.
    void drain(Milliseconds grace);
    AddressCounter& addresses() noexcept { return addresses_; }

private:
    enum class Step { Again, Wait, Closed };

    // runner.cpp
    Step step(Connection& c, std::uint32_t signals, Scratch& s);
    Step advance(Connection& c, Scratch& s);
    Step expire(Connection& c, Scratch& s);
    Step shakeHands(Connection& c);
    Step linger(Connection& c, Scratch& s);
    Step close(Connection& c) noexcept;
    void setDeadline(Connection& c, Milliseconds after) const;
    static void setDeadline(Connection& c, Milliseconds after, SteadyPoint now);

    // runner_input.cpp
    Step readHead(Connection& c, Scratch& s);
    Step beginExchange(Connection& c, Scratch& s);
    Step admit(Connection& c, Scratch& s, Admit&& admit);
    Step turnAway(Connection& c, Scratch& s, Response response);
    Step readBody(Connection& c, Scratch& s);
    bool reserve(ServedRequest& exchange, std::size_t incoming);
    bool take(const ServedRequest& exchange, std::size_t bytes) noexcept;
    void giveBack(ServedRequest& exchange) noexcept;
    IoStatus fill(Connection& c, Scratch& s, std::size_t most);
    void openExchange(Connection& c, Scratch& s);

    // runner_output.cpp
    Step handle(Connection& c, Scratch& s);
    Step answer(Connection& c, Scratch& s);
    Step refuse(Connection& c, Scratch& s, const Refusal& refusal);
    Step refuseBody(Connection& c, Scratch& s);  ///< too large for its route
    Step respond(Connection& c, Scratch& s, Response response);
    Step flush(Connection& c, Scratch& s);
    Step finish(Connection& c, Scratch& s);
    SteadyPoint done(ServedRequest& exchange, int status) noexcept;

    const Services services_;
    const std::shared_ptr<Reactor> reactor_;
    BodyBudget budget_;
    BodyBudget strangers_;  ///< counted in budget_ too
    AddressCounter addresses_;
    std::atomic<std::size_t> connections_{0};
    std::atomic<std::size_t> open_{0};  ///< with those that only linger
    std::atomic<bool> stopping_{false};
    std::mutex drainMutex_;
    std::condition_variable drained_;
};

}  // namespace trusthub::http
