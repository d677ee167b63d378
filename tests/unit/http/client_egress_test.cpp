// The client and its guard together: names, pins, proxies.
#include "http/client.h"
#include "support/outbound.h"
#include "support/raw_receiver.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <latch>

using namespace trusthub;
using namespace trusthub::test;
using namespace std::chrono_literals;

namespace {

void checkDenied(const http::Exchange& exchange) {
    CHECK(exchange.info.failure == "egress_denied");
    REQUIRE_FALSE(exchange.response);
    CHECK(exchange.response.error().kind == ErrorKind::EgressDenied);
    CHECK(exchange.response.error().detail.find("egress.allow") != std::string::npos);
}

}  // namespace

TEST_CASE("nothing on this machine is reached unless egress.allow says so", "[client][egress]") {
    RawReceiver receiver([](Peer& peer) { answerAll(peer); });
    Outbound outbound({}, guardAllowing({}));
    for (const char* host :
         {"127.0.0.1", "localhost", "LOCALHOST.", "2130706433", "0x7f.1", "0177.0.0.1", "127.1",
          "[::ffff:127.0.0.1]", "[::1]", "0", "[64:ff9b::127.0.0.1]"}) {
        INFO(host);
        checkDenied(outbound.get(receiver.url("/", host)));
    }
    CHECK(receiver.accepted() == 0);
    outbound.client->setGuard(loopbackAllowed());
    for (const char* host : {"127.0.0.1", "localhost", "2130706433", "127.1"})
        CHECK(outbound.get(receiver.url("/", host)).response);
}

TEST_CASE("metadata services stay shut with everything else open", "[client][egress]") {
    Outbound outbound({.lookup = [](const std::string&) { return addresses({"169.254.169.254"}); }},
                      guardAllowing({"0.0.0.0/0", "::/0"}));
    for (const char* url : {"http://169.254.169.254/latest/meta-data/", "http://0xa9fea9fe/",
                            "http://[fd00:ec2::254]/", "http://metadata.google.internal/"})
        checkDenied(outbound.get(url));
}

TEST_CASE("a name with one forbidden address is refused whole and the address is not told",
          "[client][egress]") {
    for (const bool forbiddenFirst : {true, false}) {
        Outbound outbound({.lookup =
                               [&](const std::string&) {
                                   return forbiddenFirst
                                              ? addresses({"10.20.30.40", "93.184.216.34"})
                                              : addresses({"93.184.216.34", "10.20.30.40"});
                               }},
                          guardAllowing({}));
        const auto exchange = outbound.get("https://mixed.example/");
        checkDenied(exchange);
        CHECK(exchange.response.error().detail.find("private") != std::string::npos);
        CHECK(exchange.response.error().detail.find("10.20") == std::string::npos);
        CHECK(exchange.info.resolvedAddress == "");
    }
}

TEST_CASE("the purpose and the port count", "[client][egress]") {
    RawReceiver receiver([](Peer& peer) { answerAll(peer); });
    Outbound outbound({},
                      std::make_shared<http::EgressGuard>(std::vector<http::EgressAllow>{
                          {*http::Cidr::parse("127.0.0.1"), {receiver.port()}, {"connectors"}}}));
    CHECK(outbound.client->exchange(request("GET", receiver.url()), "connectors").response);
    checkDenied(outbound.client->exchange(request("GET", receiver.url()), "webhooks"));
    checkDenied(outbound.client->exchange(request("GET", "http://127.0.0.1:1/"), "connectors"));
}

TEST_CASE("a name is connected to at its vetted address and keeps its Host", "[client][egress]") {
    std::promise<RawRequest> seen;
    RawReceiver receiver([&](Peer& peer) {
        seen.set_value(*peer.readRequest());
        peer.send("HTTP/1.1 204 No Content\r\n\r\n");
    });
    std::atomic<int> lookups{0};
    Outbound outbound({.lookup = [&](const std::string& name) {
        ++lookups;
        CHECK(name == "consumer.example");
        return addresses({"127.0.0.1"});
    }});
    const auto exchange = outbound.get(receiver.url("/", "Consumer.Example"));
    CHECK(exchange.response);
    CHECK(exchange.info.resolvedAddress == "127.0.0.1");
    CHECK(seen.get_future().get().header("Host") ==
          "consumer.example:" + std::to_string(receiver.port()));
    CHECK(lookups == 1);
}

TEST_CASE("a kept connection is used again only for the same name at the same address",
          "[client][egress]") {
    RawReceiver receiver([](Peer& peer) { answerAll(peer); }, "0.0.0.0");
    std::atomic<int> turn{0};
    Outbound outbound({.lookup = [&](const std::string&) {
        return turn == 0   ? addresses({"127.0.0.1"})
               : turn == 1 ? addresses({"127.0.0.2"})
                           : addresses({"10.0.0.1"});
    }});
    const auto to = [&](const char* host) { return outbound.get(receiver.url("/", host)); };
    CHECK(to("a.example").response);
    CHECK(to("a.example").response);
    CHECK(receiver.accepted() == 1);
    CHECK(to("b.example").response);
    CHECK(receiver.accepted() == 2);
    turn = 1;
    const auto moved = to("a.example");
    CHECK(moved.response);
    CHECK(moved.info.resolvedAddress == "127.0.0.2");
    CHECK(receiver.accepted() == 3);
    turn = 2;  // rebound to a private address: the kept connections do not help
    checkDenied(to("a.example"));
    CHECK(receiver.accepted() == 3);
}

TEST_CASE("a new guard holds for connections that are kept", "[client][egress]") {
    RawReceiver receiver([](Peer& peer) { answerAll(peer); });
    Outbound outbound;
    CHECK(outbound.get(receiver.url()).response);
    outbound.client->setGuard(guardAllowing({}));
    checkDenied(outbound.get(receiver.url()));
}

TEST_CASE("the next address is tried when nobody listens at the first", "[client][egress]") {
    RawReceiver receiver([](Peer& peer) { answerAll(peer); });
    Outbound outbound({.lookup = [](const std::string&) {
        return addresses({"127.0.0.2", "::1", "127.0.0.1"});
    }});
    const auto exchange = outbound.send(request("POST", receiver.url("/", "two.example"), "x"));
    CHECK(exchange.response);
    CHECK(exchange.info.resolvedAddress == "127.0.0.1");
}

TEST_CASE("a name that does not exist fails as dns", "[client][egress]") {
    Outbound outbound({.lookup = [](const std::string&) -> Result<http::Addresses> {
        return fail(ErrorKind::ProviderUnavailable, "the host name does not exist");
    }});
    const auto exchange = outbound.get("http://nowhere.example/");
    CHECK(exchange.info.failure == "dns");
    REQUIRE_FALSE(exchange.response);
    CHECK(exchange.response.error().kind == ErrorKind::ProviderUnavailable);
    CHECK_FALSE(http::systemLookup("nowhere.invalid"));
}

TEST_CASE("a name that hangs takes one thread, times out, and delays no other name",
          "[client][egress]") {
    RawReceiver receiver([](Peer& peer) { answerAll(peer); });
    std::latch release(1);
    std::atomic<int> hung{0};
    Outbound outbound({.resolverThreads = 2, .lookup = [&](const std::string& name) {
                           if (name == "slow.example") {
                               ++hung;
                               release.wait();
                           }
                           return addresses({"127.0.0.1"});
                       }});
    std::vector<std::future<http::Exchange>> slow, quick;
    for (int i = 0; i < 20; ++i) {
        auto what = request("GET", receiver.url("/", "slow.example"));
        what.timeout = 100ms;
        slow.push_back(outbound.start(what));
    }
    for (int i = 0; i < 20; ++i)
        quick.push_back(outbound.start(request("GET", receiver.url("/", "quick.example"))));
    for (auto& future : quick) CHECK(future.get().response);
    for (auto& future : slow) {
        const auto exchange = future.get();
        CHECK(exchange.info.failure == "timeout");
        CHECK_FALSE(exchange.response);
    }
    CHECK(hung == 1);
    release.count_down();
}

TEST_CASE("through a proxy the vetted address is what is asked for", "[client][egress]") {
    std::promise<RawRequest> connect, inside;
    RawReceiver proxy([&](Peer& peer) {
        connect.set_value(*peer.readRequest());
        peer.send("HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n");
        inside.set_value(*peer.readRequest());
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    // The proxy itself stands on loopback, which the guard does not open.
    Outbound outbound({.proxy = proxy.url("", "127.0.0.1"),
                       .userAgent = "TrustHub/test",
                       .lookup = [](const std::string&) { return addresses({"93.184.216.34"}); }},
                      guardAllowing({}));
    auto what = request("POST", "http://consumer.example/x", "body");
    what.headers.add("Authorization", "Bearer secret");
    const auto exchange = outbound.send(what);
    REQUIRE(exchange.response);
    CHECK(exchange.response->body == "ok");
    CHECK_FALSE(exchange.response->headers.find("x-proxy"));
    CHECK(exchange.info.resolvedAddress == "93.184.216.34");
    const auto asked = connect.get_future().get();
    CHECK(asked.line() == "CONNECT 93.184.216.34:80 HTTP/1.1");
    CHECK_FALSE(asked.header("Authorization"));
    const auto sent = inside.get_future().get();
    CHECK(sent.line() == "POST /x HTTP/1.1");
    CHECK(sent.header("Host") == "consumer.example");
    CHECK(sent.header("Authorization") == "Bearer secret");
    CHECK(sent.body == "body");
}

TEST_CASE("a proxy does not open what the guard refuses, and its refusal is named",
          "[client][egress]") {
    RawReceiver proxy([](Peer& peer) {
        if (peer.readRequest()) peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    Outbound outbound({.proxy = proxy.url(""),
                       .lookup =
                           [](const std::string& name) {
                               return name == "inner.example" ? addresses({"10.0.0.1"})
                                                              : addresses({"93.184.216.34"});
                           }},
                      guardAllowing({}));
    checkDenied(outbound.get("http://inner.example/"));
    CHECK(proxy.accepted() == 0);
    const auto refused = outbound.get("http://outer.example/");
    CHECK(refused.info.failure == "connect");
    REQUIRE_FALSE(refused.response);
    CHECK(refused.response.error().detail.find("403") != std::string::npos);
}

TEST_CASE("proxies named in the environment are ignored", "[client][egress]") {
    RawReceiver proxy([](Peer& peer) { answerAll(peer); });
    RawReceiver receiver([](Peer& peer) { answerAll(peer); });
    ::setenv("http_proxy", proxy.url("").c_str(), 1);
    ::setenv("ALL_PROXY", proxy.url("").c_str(), 1);
    Outbound outbound;
    CHECK(outbound.get(receiver.url()).response);
    ::unsetenv("http_proxy");
    ::unsetenv("ALL_PROXY");
    CHECK(proxy.accepted() == 0);
}
