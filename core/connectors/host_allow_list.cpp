#include "connectors/host_allow_list.h"

#include "http/egress_guard.h"

#include <algorithm>

namespace trusthub::connectors {
namespace {

constexpr std::string_view kDefaultPort = "443";

bool covers(std::string_view entry, const http::Url& url) {
    std::string_view port = kDefaultPort;
    if (const std::size_t colon = entry.find(':'); colon != std::string_view::npos) {
        port = entry.substr(colon + 1);
        entry = entry.substr(0, colon);
    }
    if (port != std::to_string(url.port)) return false;
    if (!entry.starts_with("*.")) return entry == url.host;
    const std::string_view domain = entry.substr(1);  // with the dot: one label at least before it
    return url.host.size() > domain.size() && url.host.ends_with(domain);
}

}  // namespace

HostAllowList::HostAllowList(const Descriptor& descriptor) : connector_(descriptor.id) {
    for (const auto& [region, hosts] : descriptor.hosts)
        entries_.insert(entries_.end(), hosts.begin(), hosts.end());
}

Result<void> HostAllowList::check(std::string_view text) const {
    if (entries_.empty())
        return fail(ErrorKind::EgressDenied,
                    "The connector `" + connector_ + "` declares no hosts, so it may call none.");
    auto url = http::Url::parse(text);
    if (!url) return std::move(url).error();
    const bool listed = std::any_of(entries_.begin(), entries_.end(),
                                    [&](const auto& entry) { return covers(entry, *url); });
    if (listed && url->scheme == "https") return {};
    return fail(ErrorKind::EgressDenied, "The connector `" + connector_ + "` does not declare " +
                                             (listed ? "calls without TLS to " : "") +
                                             url->authority() + " in the hosts of its descriptor.");
}

}  // namespace trusthub::connectors
