#include "base/host_account.h"

#include "base/text.h"

#include <pwd.h>
#include <unistd.h>

#include <vector>

namespace trusthub::base {
namespace {

constexpr std::string_view kPeer = "uid:";
constexpr std::size_t kEntry = 16'384;

}  // namespace

HostAccount accountOf(std::int64_t uid) {
    HostAccount account{uid, {}};
    std::vector<char> space(kEntry);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(static_cast<uid_t>(uid), &entry, space.data(), space.size(), &found) == 0 &&
        found)
        account.name = found->pw_name;
    return account;
}

HostAccount ownAccount() {
    return accountOf(::getuid());
}

std::string peerText(std::int64_t uid) {
    return std::string(kPeer) + std::to_string(uid);
}

std::optional<std::int64_t> peerUid(std::string_view text) {
    if (!text.starts_with(kPeer)) return std::nullopt;
    return parseInteger(text.substr(kPeer.size()));
}

}  // namespace trusthub::base
