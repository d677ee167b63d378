// A server with a scripted handler and a raw client: what the server tests share.
#pragma once

#include "base/fd.h"
#include "base/text.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace trusthub::http {

struct Answer {
    int status = 0;  ///< 0: the connection ended before a whole answer
    Headers headers;
    std::string body;
};

/// A TCP client that says exactly what it is told.
class RawClient {
public:
    explicit RawClient(std::uint16_t port, int receiveBuffer = 0)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        if (receiveBuffer > 0)
            ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("connect");
    }
    int fd() const { return fd_.get(); }
    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (put <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
    }
    void finishSending() { ::shutdown(fd_.get(), SHUT_WR); }
    void reset() {
        const linger hard{1, 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        fd_.reset();
    }
    void close() { fd_.reset(); }

    /// Reads one answer; interim answers (1xx) are answers too.
    Answer read(bool toHead = false, const std::function<void()>& whileWaiting = {}) {
        Answer answer;
        std::size_t end = 0;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
            if (!more(whileWaiting)) return answer;
        const std::string head = buffer_.substr(0, end + 2);
        buffer_.erase(0, end + 4);
        std::size_t at = head.find("\r\n") + 2;
        while (at < head.size()) {
            const std::size_t eol = head.find("\r\n", at);
            const std::string line = head.substr(at, eol - at);
            const std::size_t colon = line.find(": ");
            answer.headers.add(line.substr(0, colon), line.substr(colon + 2));
            at = eol + 2;
        }
        const int status = std::stoi(head.substr(9, 3));
        const std::string length(answer.headers.get("Content-Length"));
        const std::size_t size = toHead || length.empty() || status == 304 ? 0 : std::stoul(length);
        while (buffer_.size() < size)
            if (!more(whileWaiting)) return answer;
        answer.body = buffer_.substr(0, size);
        buffer_.erase(0, size);
        answer.status = status;
        return answer;
    }
    Answer ask(std::string_view bytes) {
        send(bytes);
        return read();
    }
    /// True when the server ends the connection without another byte.
    bool ended(const std::function<void()>& whileWaiting = {}) {
        return buffer_.empty() && !more(whileWaiting);
    }
    std::string rest() {
        while (more({})) {
        }
        return buffer_;
    }

private:
    bool more(const std::function<void()>& whileWaiting) {
        pollfd poll{fd_.get(), POLLIN, 0};
        int waited = 0;
        const int slice = whileWaiting ? 20 : 10'000;
        while (::poll(&poll, 1, slice) == 0) {
            if ((waited += slice) > 20'000 || !whileWaiting)
                throw std::runtime_error("the server says nothing");
            whileWaiting();
        }
        char bytes[65536];
        const auto got = ::recv(fd_.get(), bytes, sizeof bytes, 0);
        if (got <= 0) return false;
        buffer_.append(bytes, static_cast<std::size_t>(got));
        return true;
    }
    base::Fd fd_;
    std::string buffer_;
};

struct ScriptedHandler final : Handler {
    struct Done {
        std::string method, path, requestId;
        int status;
        std::optional<std::size_t> row;
    };
    std::function<Verdict(const RequestHead&)> onHeadDo = [](const RequestHead&) {
        return Admit{1 << 20, Milliseconds{30'000}, Milliseconds{60'000}};
    };
    std::function<void(Request, Responder)> onRequestDo = [](Request request, Responder responder) {
        responder.send(Response::text(
            200, request.method + " " + request.path + " [" + request.body + "]", "text/plain"));
    };

    Verdict onHead(const RequestHead& head) override { return onHeadDo(head); }
    void onRequest(Request request, Responder responder) override {
        onRequestDo(std::move(request), std::move(responder));
    }
    void onDone(const RequestHead& head, std::optional<std::size_t> row, int status,
                Milliseconds) noexcept override {
        const std::lock_guard lock(mutex);
        dones.push_back({head.method, head.path, head.requestId, status, row});
        changed.notify_all();
    }
    /// Waits until so many exchanges are done.
    std::vector<Done> waitForDone(std::size_t count) {
        std::unique_lock lock(mutex);
        changed.wait_for(lock, std::chrono::seconds(20), [&] { return dones.size() >= count; });
        return dones;
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Done> dones;
};

/// Keeps one Responder for later and lets the test wait for it.
class Parked {
public:
    void put(Responder responder) {
        const std::lock_guard lock(mutex_);
        responders_.push_back(std::move(responder));
        changed_.notify_all();
    }
    Responder take() {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, std::chrono::seconds(20),
                               [&] { return !responders_.empty(); }))
            throw std::runtime_error("no request came");
        Responder first = std::move(responders_.front());
        responders_.erase(responders_.begin());
        return first;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Responder> responders_;
};

struct TestServer {
    explicit TestServer(ServerConfig config = {})
        : server(prepare(config), handler, clock, ids, log, metrics) {
        server.start();
    }
    ~TestServer() { server.stop(Milliseconds{200}); }
    static ServerConfig prepare(ServerConfig config) {
        if (config.workers == 0) config.workers = 2;
        return config;
    }
    RawClient connect() { return RawClient(server.port()); }
    Answer once(std::string_view bytes) { return connect().ask(bytes); }
    /// Moves the clock while a test waits for what the clock sets off.
    std::function<void()> turningClock(Milliseconds by) {
        return [this, by] { clock.advance(by); };
    }

    base::ManualClock clock;
    base::SystemRandom random;
    base::IdSource ids{clock, random};
    base::Log log{clock, 2, base::LogLevel::Error};
    base::NoMetrics metrics;
    ScriptedHandler handler;
    Server server;
};

}  // namespace trusthub::http
