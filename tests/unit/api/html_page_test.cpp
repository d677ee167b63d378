#include "api/html_page.h"

#include "api/handlers.h"
#include "base/text.h"
#include "crypto/hash.h"

#include <catch2/catch.hpp>

using namespace trusthub;

namespace {

std::string policyOf(std::string html, api::Connect connect = api::Connect::Nowhere) {
    return std::string(
        api::htmlPage(std::move(html), connect).headers.get("Content-Security-Policy"));
}

}  // namespace

TEST_CASE("a page's policy lets in its own script and style by hash, and nothing else") {
    // The hash of `alert('Hello, world.');` is the example of the CSP specification.
    CHECK(policyOf("<style>a{}</style><script>alert('Hello, world.');</script>") ==
          "default-src 'none';"
          " script-src 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=';"
          " style-src 'sha256-" +
              base::toBase64(crypto::sha256("a{}")) +
              "'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'");
}

TEST_CASE("a page without script runs none and connects nowhere") {
    const auto policy = policyOf("<p>text</p>");
    CHECK(policy.find("script-src 'none'") != std::string::npos);
    CHECK(policy.find("connect-src") == std::string::npos);
}

TEST_CASE("a page is neither stored nor sniffed, and sends no referrer") {
    const auto page = api::htmlPage("<p>text</p>");
    CHECK(page.headers.get("Cache-Control") == "no-store");
    CHECK(page.headers.get("X-Content-Type-Options") == "nosniff");
    CHECK(page.headers.get("Referrer-Policy") == "no-referrer");
    CHECK(page.headers.get("Content-Type") == "text/html; charset=utf-8");
}

TEST_CASE("the set-up page loads nothing from elsewhere and needs no inline handler or style") {
    const std::string html(api::embeddedDocument("setup.html"));
    REQUIRE_FALSE(html.empty());
    for (const auto* forbidden : {"http://", "https://", " src=", " style=", " onclick=",
                                  " onsubmit=", "<script ", "<style ", "innerHTML", "eval("})
        CHECK(html.find(forbidden) == std::string::npos);
    CHECK(policyOf(html, api::Connect::Self).find("connect-src 'self'") != std::string::npos);
}

TEST_CASE("the page of error codes has a place for its rows") {
    CHECK(api::embeddedDocument("errors.html").find("<!-- rows -->\n") != std::string_view::npos);
}
