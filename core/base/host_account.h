// HostAccount: the account of the operating system on whose behalf a process runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trusthub::base {

struct HostAccount {
    std::int64_t uid = 0;
    std::string name;  ///< empty: the system knows none
};

/// Asks the system's user database, which may be a remote one. [may block]
HostAccount accountOf(std::int64_t uid);
/// Of this process: who started it, not whose rights it runs with.
HostAccount ownAccount();

/// How the other end of a local socket is named: `uid:1000`.
std::string peerText(std::int64_t uid);
std::optional<std::int64_t> peerUid(std::string_view text);

}  // namespace trusthub::base
