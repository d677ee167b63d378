// Connection and ServedRequest: what the server knows of one socket, and of the one request it is
// busy with.
#pragma once

#include "base/fd.h"
#include "http/peer_address.h"
#include "http/request_parser.h"
#include "http/server.h"
#include "http/tls.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace trusthub::http {

class Reactor;

/// Names a connection; stale once it has closed, because its slot's generation has moved on.
struct Token {
    std::uint32_t index = 0;
    std::uint32_t generation = 0;
};

/// The connection's side of a Responder: where the answer is left by any thread.
struct Responder::Sink {
    enum class Phase : std::uint8_t {
        InCall,     ///< onRequest has not returned: the worker will look by itself
        Detached,   ///< the worker has gone on: whoever answers must wake the connection
        Answered,   ///< `response`, `make` or neither (dropped) is the connection's to read
        Abandoned,  ///< nobody waits any more
    };

    Sink(std::shared_ptr<Reactor> owner, Token connection)
        : reactor(std::move(owner)), token(connection) {}
    void answered();  ///< [any thread, once] after `response` or `make` has been set

    const std::shared_ptr<Reactor> reactor;
    const Token token;
    std::atomic<Phase> phase{Phase::InCall};
    std::optional<Response> response;
    base::MoveFunction<Response()> make;
};

/// One request from its complete head to the last byte of its answer.
struct ServedRequest {
    RequestParser parser;
    Request request;
    RequestHead log;  ///< what onDone gets: of the fields User-Agent and X-Forwarded-For
    Framing framing;
    Admit admit;
    SteadyPoint started{};
    std::shared_ptr<Responder::Sink> sink;
    int status = 0;
    bool responding = false;
    bool http10 = false;
    bool headOnly = false;
    bool keepAlive = false;
    bool unread = false;       ///< the client may still send what we will not read
    std::size_t reserved = 0;  ///< bytes taken from the body budget
    std::string out;           ///< what did not go out at once; then outBody
    std::string outBody;
    std::size_t sent = 0;  ///< of out and outBody together

    void reset() {
        parser.reset();
        request = {};
        log = {};
        framing = {};
        admit = {};
        sink.reset();
        status = 0;
        responding = http10 = headOnly = keepAlive = unread = false;
        reserved = sent = 0;
        out = {};
        outBody = {};
    }
};

/// Everything but `state` and the deadline belongs to the thread that owns the connection: see
/// Reactor.
struct Connection {
    enum class Phase : std::uint8_t { Free, Handshake, Head, Body, Handling, Writing, Lingering };

    std::atomic<std::uint64_t> state{0};            ///< generation << 32 | Signal bits
    std::atomic<std::int64_t>* deadline = nullptr;  ///< steady milliseconds, 0: none
    std::uint32_t index = 0;
    Phase phase = Phase::Free;
    bool readable = false;    ///< a read may find something
    bool peerDone = false;    ///< the client has sent its last byte
    bool headTimed = false;   ///< the head deadline runs
    bool emptyLine = false;   ///< one was skipped before the request line
    bool writeArmed = false;  ///< epoll tells when there is room again
    bool counted = false;     ///< is one of the maxConnections
    base::Fd fd;
    std::unique_ptr<TlsStream> tls;
    std::unique_ptr<ServedRequest> exchange;  ///< null between requests
    std::string kept;                         ///< bytes received and not used yet
    HeadScanner scanner;
    PeerAddress peer;

    Token token() const noexcept {
        return {index, static_cast<std::uint32_t>(state.load(std::memory_order_acquire) >> 32)};
    }
};

/// Non-blocking I/O, plain or TLS.
IoResult readSome(Connection& connection, char* to, std::size_t size) noexcept;
/// Both parts in one system call on a plain socket. `b` may be empty.
IoResult writeSome(Connection& connection, std::string_view a, std::string_view b) noexcept;

}  // namespace trusthub::http
