// PeerAddress: who is at the other end of a connection, as text and as a key to count by.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace trusthub::http {

struct PeerAddress {
    /// IPv4 as v4-mapped; of IPv6 the first 64 bits, because one client owns a whole /64.
    using Key = std::array<std::uint64_t, 2>;

    std::array<char, 46> text{};
    bool loopback = false;
    Key key{};

    static PeerAddress of(const sockaddr_storage& address) noexcept;
    /// Of a process on this machine that came over a Unix socket: `uid:1000`.
    static PeerAddress ofUser(uid_t uid) noexcept;
    std::string_view view() const noexcept { return text.data(); }
};

/// How many connections each address holds. Loopback is not counted. [thread-safe]
class AddressCounter {
public:
    explicit AddressCounter(std::size_t limit) : limit_(limit) {}
    bool tryAdd(const PeerAddress& peer);
    void remove(const PeerAddress& peer) noexcept;

private:
    struct Hash {
        std::size_t operator()(const PeerAddress::Key& key) const noexcept {
            return std::hash<std::uint64_t>{}(key[0] * 0x9E3779B97F4A7C15ULL ^ key[1]);
        }
    };
    const std::size_t limit_;
    std::mutex mutex_;
    std::unordered_map<PeerAddress::Key, std::size_t, Hash> counts_;
};

}  // namespace trusthub::http
