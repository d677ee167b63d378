#include "http/connection.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

namespace trusthub::http {

namespace {

IoResult resultOf(ssize_t bytes) noexcept {
    if (bytes >= 0) return {IoStatus::Ok, static_cast<std::size_t>(bytes)};
    return {errno == EAGAIN ? IoStatus::WouldBlock : IoStatus::Failed, 0};
}

iovec vectorOf(std::string_view bytes) noexcept {
    return {const_cast<char*>(bytes.data()), bytes.size()};
}

}  // namespace

IoResult readSome(Connection& connection, char* to, std::size_t size) noexcept {
    if (connection.tls) return connection.tls->read(to, size);
    ssize_t got = 0;
    do {
        got = ::recv(connection.fd.get(), to, size, 0);
    } while (got < 0 && errno == EINTR);
    if (got == 0) return {IoStatus::Closed, 0};
    return resultOf(got);
}

IoResult writeSome(Connection& connection, std::string_view a, std::string_view b) noexcept {
    if (connection.tls) {
        const std::string_view part = a.empty() ? b : a;
        return connection.tls->write(part.data(), part.size());
    }
    ssize_t put = 0;
    do {
        if (b.empty()) {
            put = ::send(connection.fd.get(), a.data(), a.size(), MSG_NOSIGNAL);
        } else {
            iovec parts[2] = {vectorOf(a), vectorOf(b)};
            msghdr message{};
            message.msg_iov = parts;
            message.msg_iovlen = 2;
            put = ::sendmsg(connection.fd.get(), &message, MSG_NOSIGNAL);
        }
    } while (put < 0 && errno == EINTR);
    return resultOf(put);
}

}  // namespace trusthub::http
