// RawReceiver: a server on a loopback port whose every byte is scripted by the test.
#pragma once

#include "base/fd.h"
#include "base/workers.h"
#include "sdk/headers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::test {

/// A request as it came in: the whole head as text, and the body.
struct RawRequest {
    std::string head;
    std::string body;

    std::string line() const { return head.substr(0, head.find("\r\n")); }
    std::optional<std::string> header(std::string_view name) const {
        std::size_t at = head.find("\r\n");
        while (at != std::string::npos && at + 2 < head.size()) {
            const std::size_t end = head.find("\r\n", at + 2);
            const auto field = std::string_view(head).substr(at + 2, end - at - 2);
            const auto colon = field.find(':');
            if (colon != std::string_view::npos &&
                sdk::equalsIgnoreCase(field.substr(0, colon), name))
                return std::string(field.substr(std::min(colon + 2, field.size())));
            at = end;
        }
        return std::nullopt;
    }
};

/// One accepted connection. Belongs to the thread of its script, save interrupt().
class Peer {
public:
    explicit Peer(base::Fd fd) : fd_(std::move(fd)) {}
    ~Peer() { SSL_free(ssl_); }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    bool handshake(SSL_CTX* context) {
        ssl_ = SSL_new(context);
        SSL_set_fd(ssl_, fd_.get());
        return SSL_accept(ssl_) == 1;
    }
    bool resumed() const { return SSL_session_reused(ssl_) == 1; }

    /// Null when the other side has gone.
    std::optional<RawRequest> readRequest() {
        std::size_t end = 0;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
            if (!fill()) return std::nullopt;
        RawRequest request{buffer_.substr(0, end + 2), {}};
        buffer_.erase(0, end + 4);
        std::size_t length = 0;
        if (const auto text = request.header("content-length"))
            std::from_chars(text->data(), text->data() + text->size(), length);
        while (buffer_.size() < length)
            if (!fill()) return std::nullopt;
        request.body = buffer_.substr(0, length);
        buffer_.erase(0, length);
        return request;
    }
    /// True once there is a byte to read, which stays unread.
    bool waitForByte() {
        char byte = 0;
        return ::recv(fd_.get(), &byte, 1, MSG_PEEK) == 1;
    }
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ssl_ ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                   : ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// Reads until the other side closes.
    void drain() {
        while (fill()) buffer_.clear();
    }
    /// True when the other side has closed or sent something within `wait`.
    bool disturbed(std::chrono::milliseconds wait) {
        ::pollfd poll{fd_.get(), POLLIN, 0};
        return ::poll(&poll, 1, static_cast<int>(wait.count())) > 0;
    }
    void close() {
        const std::lock_guard lock(mutex_);
        fd_.reset();
    }
    /// Closes with RST instead of FIN.
    void reset() {
        const ::linger hard{1, 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        close();
    }
    void interrupt() {
        const std::lock_guard lock(mutex_);
        if (fd_) ::shutdown(fd_.get(), SHUT_RDWR);
    }

private:
    bool fill() {
        char chunk[16 * 1024];
        const auto got =
            ssl_ ? SSL_read(ssl_, chunk, sizeof chunk) : ::recv(fd_.get(), chunk, sizeof chunk, 0);
        if (got <= 0) return false;
        buffer_.append(chunk, static_cast<std::size_t>(got));
        return true;
    }

    std::mutex mutex_;
    base::Fd fd_;
    SSL* ssl_ = nullptr;
    std::string buffer_;
};

class RawReceiver {
public:
    /// `script` runs once a connection, each on a thread of its own; the connection closes when it
    /// returns.
    explicit RawReceiver(std::function<void(Peer&)> script, const char* address = "127.0.0.1")
        : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        std::signal(SIGPIPE, SIG_IGN);  // as the hub does; OpenSSL writes without MSG_NOSIGNAL
        ::sockaddr_in at{};
        at.sin_family = AF_INET;
        ::inet_pton(AF_INET, address, &at.sin_addr);
        ::socklen_t size = sizeof at;
        auto* generic = reinterpret_cast<::sockaddr*>(&at);
        if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 512) != 0 ||
            ::getsockname(listener_.get(), generic, &size) != 0)
            throw std::runtime_error("the raw receiver cannot listen");
        port_ = ntohs(at.sin_port);
        acceptor_ = base::Worker("raw-accept", [this](std::stop_token) { acceptAll(); });
    }
    ~RawReceiver() {
        ::shutdown(listener_.get(), SHUT_RDWR);
        acceptor_.join();
        for (auto& connection : connections_) connection->peer.interrupt();
        for (auto& connection : connections_) connection->worker.join();
    }
    RawReceiver(const RawReceiver&) = delete;
    RawReceiver& operator=(const RawReceiver&) = delete;

    std::uint16_t port() const { return port_; }
    int accepted() const { return accepted_.load(); }
    std::string url(std::string_view path = "/", std::string_view host = "127.0.0.1",
                    std::string_view scheme = "http") const {
        return std::string(scheme) + "://" + std::string(host) + ":" + std::to_string(port_) +
               std::string(path);
    }

private:
    struct Connection {
        explicit Connection(base::Fd fd) : peer(std::move(fd)) {}
        Peer peer;
        base::Worker worker;
    };
    void acceptAll() {
        for (;;) {
            base::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!fd) return;
            ++accepted_;
            auto* connection =
                connections_.emplace_back(std::make_unique<Connection>(std::move(fd))).get();
            connection->worker = base::Worker("raw-peer", [this, connection](std::stop_token) {
                script_(connection->peer);
                connection->peer.close();
            });
        }
    }

    std::function<void(Peer&)> script_;
    base::Fd listener_;
    std::uint16_t port_ = 0;
    std::atomic<int> accepted_{0};
    std::vector<std::unique_ptr<Connection>> connections_;
    base::Worker acceptor_;
};

/// Answers every request on the connection with 200 and `body`.
inline void answerAll(Peer& peer, std::string_view body = "ok") {
    while (peer.readRequest())
        if (!peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                       "\r\n\r\n" + std::string(body)))
            return;
}

}  // namespace trusthub::test
