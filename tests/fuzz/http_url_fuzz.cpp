// http::Url: what is accepted has no surprises in it.
#include "fuzz.h"
#include "http/egress_guard.h"

#include <algorithm>

using namespace trusthub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto url = http::Url::parse(fuzz::text(data, size));
    if (!url) return 0;
    fuzz::require(url->scheme == "http" || url->scheme == "https", "the scheme is one of two");
    fuzz::require(!url->host.empty() && url->port != 0, "there is a host and a port");
    fuzz::require(url->target.starts_with('/'), "the target begins with a slash");
    const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
    fuzz::require(std::all_of(url->target.begin(), url->target.end(), visible) &&
                      std::all_of(url->host.begin(), url->host.end(), visible),
                  "nothing in it can split a request");
    const auto again = http::Url::parse(url->scheme + "://" + url->authority() + url->target);
    fuzz::require(again && again->host == url->host && again->port == url->port &&
                      again->target == url->target,
                  "it reads back to the same URL");
    return 0;
}
