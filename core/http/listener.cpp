#include "http/listener.h"

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <stdexcept>

namespace trusthub::http {

namespace {

constexpr int kBacklog = 4'096;
constexpr int kBatch = 64;
constexpr std::string_view kNoDescriptors =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
    "Content-Length: 0\r\n\r\n";

/// Whose process is at the other end of a Unix socket, if it is one of our user or of root.
std::optional<uid_t> ours(int fd) {
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return std::nullopt;
    if (peer.uid != ::geteuid() && peer.uid != 0) return std::nullopt;
    return peer.uid;
}

base::Fd openReserve() {
    return base::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

Listener::Listener(const ServerConfig& config, Runner& runner, Reactor& reactor, TlsContext* tls,
                   base::Log& log, base::Metrics& metrics)
    : config_(config),
      runner_(runner),
      reactor_(reactor),
      tls_(tls),
      log_(log),
      metrics_(metrics),
      reserve_(openReserve()) {
    if (local()) {
        bindLocal();
        return;
    }
    try {
        const Poco::Net::SocketAddress address(Poco::Net::IPAddress(config.address), config.port);
        // POCO's shorter overloads also share the port with other processes (SO_REUSEPORT).
        if (address.family() == Poco::Net::SocketAddress::IPv6)
            socket_.bind6(address, true, false, false);
        else
            socket_.bind(address, true, false);
        socket_.listen(kBacklog);
        socket_.setBlocking(false);
        port_ = socket_.address().port();
    } catch (const Poco::Exception& error) {
        throw std::runtime_error("cannot listen on " + config.address + " port " +
                                 std::to_string(config.port) + " (" + error.message() +
                                 "); choose another address with listen: or --listen");
    }
}

void Listener::bindLocal() {
    const std::string& path = config_.address;
    try {
        // Whoever listened there before is gone: the caller holds the folder's lock.
        ::unlink(path.c_str());
        socket_.bind(Poco::Net::SocketAddress(Poco::Net::SocketAddress::UNIX_LOCAL, path), false,
                     false);
        if (::chmod(path.c_str(), 0600) != 0) throw Poco::IOException("chmod");
        socket_.listen(kBacklog);
        socket_.setBlocking(false);
    } catch (const Poco::Exception& error) {
        throw std::runtime_error("cannot listen on " + path + " (" + error.displayText() + ")");
    }
}

void Listener::arm(int operation) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLONESHOT;
    event.data.u64 = Reactor::kListenerEvent;
    if (::epoll_ctl(reactor_.epoll(), operation, socket_.impl()->sockfd(), &event) != 0)
        throw std::runtime_error("HTTP server: the listening socket cannot be watched");
}

void Listener::open() {
    const std::lock_guard lock(mutex_);
    arm(EPOLL_CTL_ADD);
    open_ = true;
}

void Listener::accept() {
    const std::lock_guard lock(mutex_);
    if (!open_) return;
    for (int i = 0; i < kBatch; ++i)
        if (!acceptOne()) break;
    if (!paused_) arm(EPOLL_CTL_MOD);
}

void Listener::tick() {
    if (!paused_.exchange(false)) return;
    accept();
}

void Listener::close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
    socket_.close();
    if (local()) ::unlink(config_.address.c_str());
}

bool Listener::acceptOne() {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    base::Fd fd(::accept4(socket_.impl()->sockfd(), reinterpret_cast<sockaddr*>(&address), &length,
                          SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) {
        if (errno == EMFILE || errno == ENFILE) {
            turnAwayWithReserve();
            return false;
        }
        // A connection that ended in the queue is not the end of the queue (accept(2)).
        return errno == ECONNABORTED || errno == EINTR || errno == EPROTO;
    }
    PeerAddress peer;
    if (local()) {
        // Until the socket had its mode, or where the folder is open, anybody could have come.
        const auto uid = ours(fd.get());
        if (!uid) {
            log_.warn("a process of another user was turned away from the local socket");
            return true;
        }
        peer = PeerAddress::ofUser(*uid);
    } else {
        const int on = 1;
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        peer = PeerAddress::of(address);
    }
    std::string_view refused;
    if (runner_.connections() >= config_.maxConnections)
        refused = "connections";
    else if (!runner_.addresses().tryAdd(peer))
        refused = "connections_of_address";
    if (!refused.empty()) metrics_.count("trusthub_http_refused_total", {{"reason", refused}});
    runner_.adopt(std::move(fd), peer, tls_, !refused.empty());
    return true;
}

void Listener::turnAwayWithReserve() {
    // Without this the connection would stay in the queue and wake the workers for ever.
    metrics_.count("trusthub_http_refused_total", {{"reason", "descriptors"}});
    log_.warn("no file descriptor left for a new connection");
    reserve_.reset();
    if (base::Fd fd{
            ::accept4(socket_.impl()->sockfd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)}) {
        if (tls_ == nullptr)
            ::send(fd.get(), kNoDescriptors.data(), kNoDescriptors.size(), MSG_NOSIGNAL);
    }
    reserve_ = openReserve();
    paused_ = true;
}

}  // namespace trusthub::http
