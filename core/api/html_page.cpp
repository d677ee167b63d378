#include "api/html_page.h"

#include "base/text.h"
#include "crypto/hash.h"

#include <string_view>

namespace trusthub::api {
namespace {

/// CSP source list of all elements of that name: 'none', or 'sha256-…' of each one's exact text.
std::string hashes(std::string_view html, std::string_view element) {
    const std::string open = "<" + std::string(element) + ">";
    const std::string close = "</" + std::string(element) + ">";
    std::string list;
    for (std::size_t at = html.find(open); at != std::string_view::npos; at = html.find(open, at)) {
        at += open.size();
        const std::string_view text = html.substr(at, html.find(close, at) - at);
        list += " 'sha256-" + base::toBase64(crypto::sha256(text)) + "'";
    }
    return list.empty() ? " 'none'" : list;
}

}  // namespace

http::Response htmlPage(std::string html, Connect connect) {
    std::string policy = "default-src 'none'; script-src" + hashes(html, "script") + "; style-src" +
                         hashes(html, "style");
    if (connect == Connect::Self) policy += "; connect-src 'self'";
    policy += "; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";
    auto response = http::Response::text(200, std::move(html), "text/html; charset=utf-8");
    response.headers.add("Content-Security-Policy", std::move(policy));
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.headers.add("Referrer-Policy", "no-referrer");
    response.headers.add("Cache-Control", "no-store");
    return response;
}

}  // namespace trusthub::api
