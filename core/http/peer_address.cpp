#include "http/peer_address.h"

#include "base/host_account.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace trusthub::http {

PeerAddress PeerAddress::of(const sockaddr_storage& address) noexcept {
    PeerAddress peer;
    in6_addr bytes{};
    if (address.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        bytes.s6_addr[10] = bytes.s6_addr[11] = 0xFF;
        std::memcpy(&bytes.s6_addr[12], &v4.sin_addr, 4);
    } else {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        bytes = v6.sin6_addr;
    }
    const auto size = static_cast<socklen_t>(peer.text.size());
    if (IN6_IS_ADDR_V4MAPPED(&bytes)) {
        ::inet_ntop(AF_INET, &bytes.s6_addr[12], peer.text.data(), size);
        peer.loopback = bytes.s6_addr[12] == 127;
        std::memcpy(peer.key.data(), &bytes, sizeof bytes);
    } else {
        ::inet_ntop(AF_INET6, &bytes, peer.text.data(), size);
        peer.loopback = IN6_IS_ADDR_LOOPBACK(&bytes);
        std::memcpy(peer.key.data(), &bytes, 8);
    }
    return peer;
}

PeerAddress PeerAddress::ofUser(uid_t uid) noexcept {
    PeerAddress peer;
    base::peerText(uid).copy(peer.text.data(), peer.text.size() - 1);
    peer.loopback = true;
    return peer;
}

bool AddressCounter::tryAdd(const PeerAddress& peer) {
    if (peer.loopback) return true;
    const std::lock_guard lock(mutex_);
    std::size_t& count = counts_[peer.key];
    if (count >= limit_) return false;
    ++count;
    return true;
}

void AddressCounter::remove(const PeerAddress& peer) noexcept {
    if (peer.loopback) return;
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(peer.key);
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

}  // namespace trusthub::http
