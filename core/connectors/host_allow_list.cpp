#include "connectors/host_allow_list.h"

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

bool sameOrigin(const http::Url& a, const http::Url& b) {
    return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
}

bool isThisMachine(const http::Url& url) {
    static const std::vector<http::Cidr> kLoopback{*http::Cidr::parse("127.0.0.0/8"),
                                                   *http::Cidr::parse("::1/128")};
    return url.literal && std::ranges::any_of(kLoopback, [&](const http::Cidr& range) {
               return range.contains(*url.literal);
           });
}

}  // namespace

HostAllowList::HostAllowList(const Descriptor& descriptor, const sdk::Settings& settings)
    : connector_(descriptor.id) {
    for (const auto& [region, hosts] : descriptor.hosts)
        for (const auto& entry : hosts) {
            const std::string_view setting = hostSetting(entry);
            if (setting.empty())
                entries_.push_back(entry);
            else if (auto url = http::Url::parse(settings.string(setting)))
                named_.push_back(*std::move(url));
        }
}

Result<void> HostAllowList::check(std::string_view text) const {
    if (entries_.empty() && named_.empty())
        return fail(ErrorKind::EgressDenied,
                    "The connector `" + connector_ + "` declares no hosts, so it may call none.");
    auto url = http::Url::parse(text);
    if (!url) return std::move(url).error();
    const auto same = [&](const http::Url& one) { return sameOrigin(one, *url); };
    const bool named = std::ranges::any_of(named_, same);
    const bool listed = named || std::ranges::any_of(entries_, [&](const auto& entry) {
                            return covers(entry, *url);
                        });
    if (listed && url->scheme == "https") return {};
    if (named && isThisMachine(*url)) return {};
    return fail(ErrorKind::EgressDenied, "The connector `" + connector_ + "` does not declare " +
                                             (listed ? "calls without TLS to " : "") +
                                             url->authority() + " in the hosts of its descriptor.");
}

}  // namespace trusthub::connectors
