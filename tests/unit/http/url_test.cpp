#include "http/egress_guard.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using http::Url;

namespace {

Url parsed(std::string_view text) {
    auto url = Url::parse(text);
    INFO(text);
    REQUIRE(url);
    return *url;
}

std::string literal(std::string_view text) {
    const auto url = parsed(text);
    return url.literal ? url.literal->text() : "";
}

}  // namespace

TEST_CASE("a URL is taken apart", "[url]") {
    const auto url = parsed("HTTPS://Hooks.Example.COM/a/../b?x=1&y=%2F");
    CHECK(url.scheme == "https");
    CHECK(url.host == "hooks.example.com");
    CHECK(url.port == 443);
    CHECK(url.target == "/a/../b?x=1&y=%2F");
    CHECK_FALSE(url.literal);
    CHECK(url.authority() == "hooks.example.com:443");
    CHECK(parsed("http://a").target == "/");
    CHECK(parsed("http://a").port == 80);
    CHECK(parsed("http://a?x=/y").target == "/?x=/y");
    CHECK(parsed("http://a:8080/@x:y").target == "/@x:y");
    CHECK(parsed("http://a_b.xn--bcher-kva.example./").host == "a_b.xn--bcher-kva.example");
    CHECK(parsed("https://[2001:DB8::1]:8443/x").authority() == "[2001:db8::1]:8443");
}

TEST_CASE("every notation of an IPv4 address is the address it means", "[url]") {
    for (const char* text :
         {"http://127.0.0.1/", "http://127.0.0.1./", "http://127.1/", "http://127.0.1/",
          "http://2130706433/", "http://0x7f000001/", "http://0x7F.1/", "http://017700000001/",
          "http://0177.0.0.1/", "http://0x7f.0.0.0x1/", "http://0177.0x0.1/",
          "http://[::ffff:127.0.0.1]/", "http://[::FFFF:7f00:1]/", "http://127.0.0.01/"}) {
        CHECK(literal(text) == "127.0.0.1");
        CHECK(parsed(text).host == "127.0.0.1");
    }
    CHECK(literal("http://0/") == "0.0.0.0");
    CHECK(literal("http://4294967295/") == "255.255.255.255");
    CHECK(literal("http://0xa9fea9fe/") == "169.254.169.254");
    CHECK(literal("http://1.16777215/") == "1.255.255.255");
    CHECK(literal("http://10.1.65535/") == "10.1.255.255");
    CHECK(literal("http://[::1]/") == "::1");
    CHECK(literal("http://[64:ff9b::7f00:1]/") == "64:ff9b::7f00:1");
    CHECK(literal("http://localhost/") == "");
    CHECK(literal("http://1.example/") == "");
    CHECK(literal("http://0x7f.example/") == "");
}

TEST_CASE("what several readers could read in several ways is refused", "[url]") {
    const std::string nul("http://a\0.example/", 18);
    for (const std::string& bad : std::initializer_list<std::string>{
             "", "a.example", "/x", "//a.example/", "http:/a", "http:a", "ftp://a/",
             "file:///etc/passwd", "gopher://a/", "http://", "http:///x", "http://?x",
             "http://:80/",
             // user information, also in disguise
             "http://user@a/", "http://user:pass@a/", "http://a@b@c/", "http://a%40b/",
             "http://@a/",
             // characters
             "http://a b/", "http://a/ b", " http://a/", "http://a/\t", "http://a/\r\nX: y", nul,
             "http://a\\@b/", "http://a/\\", "http://a/#f", "http://a#@b/",
             "http://b\xc3\xbc"
             "cher.example/",
             "http://a/\xff", "http://a\x7f/", "http://%61/", "http://a,b/", "http://a;b/",
             "http://a'/", "http://{a}/", "http://a*/",
             // names
             "http://.a/", "http://a../", "http://a..b/", "http://-a/", "http://a-/", "http://./",
             "http://" + std::string(64, 'a') + "/", "http://" + std::string(300, 'a') + "/",
             // numbers that are no address
             "http://256.1.1.1/", "http://1.2.3.4.5/", "http://1.2.3.256/", "http://4294967296/",
             "http://0x100000000/", "http://08.1.1.1/", "http://0x/", "http://1..2/",
             "http://0xg.1/", "http://1.16777216/", "http://a.1/", "http://a.0x1/",
             "http://99999999999999999999/",
             // IPv6
             "http://[::1/", "http://::1/", "http://[]/", "http://[::1]x/",
             "http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[127.0.0.1]/",
             "http://[v1.a]/", "http://[::1].a/", "http://[[::1]]/", "http://a[::1]/",
             // ports
             "http://a:/", "http://a:0/", "http://a:65536/", "http://a:+80/", "http://a:-1/",
             "http://a:8 0/", "http://a:80:80/", "http://a:0x50/", "http://a:000080/",
             "http://a/" + std::string(20'000, 'x')}) {
        INFO(bad);
        const auto url = Url::parse(bad, "/endpoint/url");
        REQUIRE_FALSE(url);
        CHECK(url.error().kind == ErrorKind::InvalidInput);
        REQUIRE(url.error().fields.size() == 1);
        CHECK(url.error().fields[0].pointer == "/endpoint/url");
    }
}
