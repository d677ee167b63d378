// Sends signed GitHub pushes over keep-alive connections: each has its own ref, commit and delivery
// id.
//   bench_push_load PORT TEMPLATE SECRET CONNECTIONS FIRST COUNT
// In the bodies, which are TEMPLATE's bytes, each run of twelve `@` becomes the push's number.
// Bodies are signed before the clock starts, so that the generator costs the hub's cores little.
// Prints
// {"pushes","seconds","p50_ms","p99_ms"}; exits 1 at the first answer but 200 `enqueued`.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kPlaceholder = "@@@@@@@@@@@@";

std::size_t numberOf(const char* text) {
    std::size_t value = 0;
    const char* end = text + std::strlen(text);
    if (const auto [at, error] = std::from_chars(text, end, value);
        error != std::errc{} || at != end)
        throw std::runtime_error(std::string("not a number: ") + text);
    return value;
}

std::array<char, kPlaceholder.size()> digits(std::size_t number) {
    std::array<char, kPlaceholder.size()> text{};
    for (auto it = text.rbegin(); it != text.rend(); ++it, number /= 10)
        *it = static_cast<char>('0' + number % 10);
    return text;
}

/// A text whose placeholders can be overwritten again and again.
class Stencil {
public:
    explicit Stencil(std::string text) : text_(std::move(text)) {
        for (std::size_t at = text_.find(kPlaceholder); at != std::string::npos;
             at = text_.find(kPlaceholder, at + kPlaceholder.size()))
            places_.push_back(at);
    }
    const std::string& fill(std::size_t number) {
        const auto text = digits(number);
        for (const std::size_t at : places_) std::copy(text.begin(), text.end(), text_.data() + at);
        return text_;
    }

private:
    std::string text_;
    std::vector<std::size_t> places_;
};

using Signature = std::array<char, 64>;

Signature sign(std::string_view secret, std::string_view body) {
    std::array<unsigned char, 32> mac{};
    unsigned length = 0;
    if (!HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
              reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac.data(),
              &length))
        throw std::runtime_error("HMAC failed");
    constexpr std::string_view kHex = "0123456789abcdef";
    Signature text{};
    for (std::size_t i = 0; i < mac.size(); ++i) {
        text[2 * i] = kHex[mac[i] >> 4U];
        text[2 * i + 1] = kHex[mac[i] & 15U];
    }
    return text;
}

struct Connection {
    int fd = -1;
    std::string out;  ///< what of the request is still to go
    std::string in;
    Clock::time_point sentAt;
};

class Load {
public:
    Load(std::uint16_t port, std::string body, std::string_view secret, std::size_t connections,
         std::size_t first, std::size_t count)
        : body_(std::move(body)), first_(first), count_(count), connections_(connections) {
        const std::size_t length = body_.fill(first).size();
        head_ = "POST /v1/webhooks/github HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                "\r\nUser-Agent: GitHub-Hookshot/044aadd\r\nAccept: */*\r\n"
                "Content-Type: application/json\r\nX-GitHub-Event: push\r\n"
                "X-GitHub-Hook-ID: 292430182\r\n"
                "X-GitHub-Hook-Installation-Target-ID: 79929171\r\n"
                "X-GitHub-Hook-Installation-Target-Type: repository\r\nContent-Length: " +
                std::to_string(length) + "\r\n";
        signatures_.reserve(count);
        for (std::size_t i = 0; i < count; ++i)
            signatures_.push_back(sign(secret, body_.fill(first + i)));
        took_.reserve(count);
        epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
        for (std::size_t i = 0; i < connections; ++i) open(i, port);
    }
    ~Load() {
        for (const Connection& connection : connections_) ::close(connection.fd);
        ::close(epoll_);
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void run() {
        const auto began = Clock::now();
        for (Connection& connection : connections_) send(connection);
        std::array<epoll_event, 256> events{};
        while (took_.size() < count_) {
            const int ready = ::epoll_wait(epoll_, events.data(), events.size(), 30'000);
            if (ready == 0) throw std::runtime_error("no answer for 30 s");
            for (int i = 0; i < ready; ++i) {
                Connection& connection = connections_[events[static_cast<std::size_t>(i)].data.u64];
                if (!connection.out.empty()) flush(connection);
                receive(connection);
            }
        }
        const std::chrono::duration<double> seconds = Clock::now() - began;
        std::sort(took_.begin(), took_.end());
        std::printf("{\"pushes\":%zu,\"seconds\":%.6f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n", count_,
                    seconds.count(), took_[count_ / 2], took_[count_ * 99 / 100]);
    }

private:
    void open(std::size_t index, std::uint16_t port) {
        Connection& connection = connections_[index];
        connection.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(connection.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
            0)
            throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
        const int on = 1;
        ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLET;
        event.data.u64 = index;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    }

    void send(Connection& connection) {
        if (sent_ == count_) return;
        const std::size_t number = first_ + sent_;
        const Signature& signature = signatures_[sent_++];
        const auto id = digits(number);
        std::string& out = connection.out;
        out = head_;
        out += "X-GitHub-Delivery: 72d3162e-cc78-11e3-81ab-";
        out.append(id.data(), id.size()).append("\r\nX-Hub-Signature-256: sha256=");
        out.append(signature.data(), signature.size())
            .append("\r\n\r\n")
            .append(body_.fill(number));
        connection.sentAt = Clock::now();
        flush(connection);
    }

    static void flush(Connection& connection) {
        const auto written = ::send(connection.fd, connection.out.data(), connection.out.size(),
                                    MSG_NOSIGNAL | MSG_DONTWAIT);
        if (written > 0)
            connection.out.erase(0, static_cast<std::size_t>(written));
        else if (errno != EAGAIN)
            throw std::runtime_error(std::string("send: ") + std::strerror(errno));
    }

    void receive(Connection& connection) {
        std::array<char, 16'384> buffer{};
        for (;;) {
            const auto got = ::recv(connection.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) return;
            if (got <= 0) throw std::runtime_error("the hub closed a connection");
            connection.in.append(buffer.data(), static_cast<std::size_t>(got));
            if (!whole(connection.in)) continue;
            if (!connection.in.starts_with("HTTP/1.1 200 ") ||
                connection.in.find("\"status\":\"enqueued\"") == std::string::npos)
                throw std::runtime_error("unexpected answer: " + connection.in);
            const std::chrono::duration<double, std::milli> took = Clock::now() - connection.sentAt;
            took_.push_back(took.count());
            connection.in.clear();
            send(connection);
        }
    }

    static bool whole(const std::string& answer) {
        constexpr std::string_view kLength = "\r\nContent-Length: ";
        const std::size_t end = answer.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        const std::size_t at = answer.find(kLength);
        if (at == std::string::npos || at > end)
            throw std::runtime_error("an answer without length");
        std::size_t length = 0;
        std::from_chars(answer.data() + at + kLength.size(), answer.data() + end, length);
        return answer.size() == end + 4 + length;
    }

    Stencil body_;
    std::string head_;
    const std::size_t first_;
    const std::size_t count_;
    std::size_t sent_ = 0;
    int epoll_ = -1;
    std::vector<Signature> signatures_;
    std::vector<double> took_;  ///< ms
    std::vector<Connection> connections_;
};

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 7)
            throw std::runtime_error("wants PORT TEMPLATE SECRET CONNECTIONS FIRST COUNT");
        std::ifstream file(argv[2], std::ios::binary);
        if (!file) throw std::runtime_error(std::string("cannot read ") + argv[2]);
        std::string body{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        const std::size_t count = numberOf(argv[6]);
        Load load(static_cast<std::uint16_t>(numberOf(argv[1])), std::move(body), argv[3],
                  std::min(numberOf(argv[4]), count), numberOf(argv[5]), count);
        load.run();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_push_load: %s\n", error.what());
        return 1;
    }
}
