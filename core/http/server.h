// Server: accepts connections and turns bytes into Requests; no worker of it ever waits.
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/move_function.h"
#include "http/message.h"
#include "sdk/time.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace trusthub::http {

/// The one promise of one answer to one request. Move-only; may travel to any thread and live as
/// long as needed. When it is dropped without an answer, the client gets 500. After the connection
/// has gone or the server has stopped, answering does nothing.
class Responder {
public:
    struct Sink;  ///< the connection's side; server.cpp
    Responder() = default;
    explicit Responder(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}
    Responder(Responder&&) noexcept = default;
    Responder& operator=(Responder&& other) noexcept;  ///< drops the promise held before
    ~Responder();

    /// Sends the answer; returns at once. [any thread]
    void send(Response response);
    /// Runs `make` on a worker of the server and sends what it returns: keeps rendering off the
    /// caller's thread (the store's writer). `make` must not block. [any thread]
    void sendFrom(base::MoveFunction<Response()> make);

private:
    std::shared_ptr<Sink> sink_;
};

/// Whose memory a body takes. What strangers send fills a part of the budget only, so that the
/// callers who sign in still get through.
enum class BodyClass : std::uint8_t { Known, Stranger };

/// What becomes of a request whose head is in.
struct Admit {
    std::size_t maxBody = 0;  ///< bytes; a longer body answers 413
    Milliseconds bodyDeadline{30'000};
    Milliseconds handleDeadline{60'000};  ///< then the client gets 504 and a late answer is dropped
    BodyClass bodyClass = BodyClass::Known;
    RouteMatch route = {};  ///< handed on with the request; its index to onDone
};
using Verdict = std::variant<Admit, Response>;  ///< a Response answers at once, the body is drained
                                                ///< or the connection closed

/// The application behind the server. [server workers; must not block]
class Handler {
public:
    virtual ~Handler() = default;
    virtual Verdict onHead(const RequestHead& head) = 0;
    virtual void onRequest(Request request, Responder responder) = 0;
    /// Title of a refusal that the server answers by itself; empty: the reason phrase.
    virtual std::string_view titleOf(std::string_view code) const {
        (void)code;
        return {};
    }
    /// Once for each finished exchange, for the access log and metrics. `head` may have lost its
    /// header fields; `row` is the index that onHead admitted the request with, null when it
    /// admitted none.
    virtual void onDone(const RequestHead& head, std::optional<std::size_t> row, int status,
                        Milliseconds took) noexcept = 0;
};

struct TlsFiles {
    std::string certificateFile;  ///< PEM, chain included
    std::string keyFile;          ///< PEM
};

struct ServerConfig {
    /// IPv4 or IPv6 literal; beginning with / the path of a Unix socket, which serves processes of
    /// this process's user and of root alone.
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: any free one
    std::optional<TlsFiles> tls;
    std::size_t workers = 0;  ///< 0: as many as cores
    std::size_t maxConnections = 20'000;
    std::size_t maxConnectionsPerAddress = 10'000;  ///< loopback is exempt
    std::size_t maxHeadBytes = 32 * 1024;
    std::size_t bodyBudgetBytes = 256UL << 20;     ///< over all bodies in flight; then 503
    std::size_t strangerBudgetBytes = 64UL << 20;  ///< of it, for bodies of BodyClass::Stranger
    Milliseconds idleTimeout{75'000};
    Milliseconds headTimeout{10'000};
    Milliseconds tlsTimeout{10'000};
    Milliseconds writeTimeout{30'000};
};

class Server {
public:
    /// Binds and listens; throws std::runtime_error with address and reason when it cannot.
    Server(ServerConfig config, Handler& handler, const base::Clock& clock, base::IdSource& ids,
           base::Log& log, base::Metrics& metrics);
    ~Server();  ///< stop(), then joins

    void start();
    /// No new connections or requests; answers under way get `grace` to leave. Safe twice.
    void stop(Milliseconds grace = Milliseconds{5'000});

    std::uint16_t port() const;  ///< the real one
    std::size_t connections() const;
    /// Reads certificate and key again; on failure the old ones stay in force.
    Result<void> reloadTls();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace trusthub::http
