// One key for every spelling of a repository's URL.
#include "base/text.h"
#include "people/projects.h"

#include <algorithm>

namespace trusthub::people {
namespace {

/// `host[:port]/path` for `scheme://[user@]host[:port]/path`; default ports go, the scheme does not
/// matter.
std::string fromUrl(std::string_view rest) {
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return {};
    std::string_view authority = rest.substr(0, slash);
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
        authority.remove_prefix(at + 1);
    // The port differs between ssh and https on one server, so it is no part of the key.
    if (const std::size_t colon = authority.rfind(':');
        colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos)
        authority = authority.substr(0, colon);
    if (authority.empty()) return {};
    return std::string(authority) + std::string(rest.substr(slash));
}

/// `git@host:path`, as scp writes it.
std::string fromScp(std::string_view text) {
    const std::size_t colon = text.find(':');
    // `transport::address` names a remote helper of git, no host.
    if (colon == std::string_view::npos || colon == 0 || text.find('/') < colon ||
        text.substr(colon).starts_with("::"))
        return {};
    std::string_view host = text.substr(0, colon);
    if (const std::size_t at = host.rfind('@'); at != std::string_view::npos)
        host.remove_prefix(at + 1);
    return std::string(host) + "/" + std::string(text.substr(colon + 1));
}

}  // namespace

std::string repositoryKey(std::string_view url) {
    std::string key;
    bool local = false;
    if (url.starts_with("/")) {
        key = url;
        local = true;
    } else if (url.starts_with("file://")) {
        key = url.substr(7);
        local = true;
    } else if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) {
        const std::string name = base::toLower(url.substr(0, scheme));
        if (name != "https" && name != "http" && name != "ssh" && name != "git" &&
            name != "git+ssh" && name != "svn")
            return {};
        key = fromUrl(url.substr(scheme + 3));
    } else {
        key = fromScp(url);
    }
    if (key.empty()) return {};
    if (const auto decoded = base::percentDecode(key)) key = *decoded;
    std::string squeezed;
    for (const char c : key)
        if (c != '/' || squeezed.empty() || squeezed.back() != '/') squeezed.push_back(c);
    while (squeezed.size() > 1 && squeezed.back() == '/') squeezed.pop_back();
    if (squeezed.ends_with(".git")) squeezed.resize(squeezed.size() - 4);
    if (std::ranges::any_of(squeezed, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
        return {};
    if (squeezed.find('/') == std::string::npos || squeezed.size() > 1024) return {};
    // Hosting services treat owner and name without regard to case; a local path is taken as it is.
    return local ? squeezed : base::toLower(squeezed);
}

}  // namespace trusthub::people
