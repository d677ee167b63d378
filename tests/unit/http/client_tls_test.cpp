#include "http/client.h"
#include "support/outbound.h"
#include "support/raw_receiver.h"
#include "support/test_ca.h"

#include <catch2/catch.hpp>

#include <semaphore>

using namespace trusthub;
using namespace trusthub::test;

namespace {

std::function<void(Peer&)> overTls(SSL_CTX* context) {
    return [context](Peer& peer) {
        if (peer.handshake(context)) answerAll(peer);
    };
}

Result<http::Addresses> toLoopback(const std::string&) {
    return addresses({"127.0.0.1"});
}

void checkTlsFailure(const http::Exchange& exchange, std::string_view reason) {
    CHECK(exchange.info.failure == "tls");
    CHECK(exchange.info.resolvedAddress == "127.0.0.1");
    REQUIRE_FALSE(exchange.response);
    CHECK(exchange.response.error().kind == ErrorKind::ProviderUnavailable);
    CHECK_THAT(exchange.response.error().detail, Catch::Contains(std::string(reason)));
}

}  // namespace

TEST_CASE("a server with a certificate for its name from a known authority is talked to",
          "[client][tls]") {
    const TestCa ca;
    const auto server = ca.server("DNS:consumer.example,IP:127.0.0.1");
    RawReceiver receiver(overTls(server.get()));
    Outbound outbound({.caFile = ca.caFile(), .lookup = toLoopback});
    CHECK(outbound.get(receiver.url("/", "consumer.example", "https")).response);
    CHECK(outbound.get(receiver.url("/", "127.0.0.1", "https")).response);
}

TEST_CASE("an unknown authority is refused", "[client][tls]") {
    const TestCa ca;
    const auto server = TestCa::selfSigned("DNS:consumer.example,IP:127.0.0.1");
    RawReceiver receiver(overTls(server.get()));
    Outbound outbound({.caFile = ca.caFile(), .lookup = toLoopback});
    checkTlsFailure(outbound.get(receiver.url("/", "consumer.example", "https")), "certificate");
    Outbound system({.lookup = toLoopback});
    checkTlsFailure(system.get(receiver.url("/", "consumer.example", "https")), "certificate");
}

TEST_CASE("a certificate for another name is refused, also on loopback", "[client][tls]") {
    const TestCa ca;
    const auto server = ca.server("DNS:other.example");
    RawReceiver receiver(overTls(server.get()));
    Outbound outbound({.caFile = ca.caFile()});
    checkTlsFailure(outbound.get(receiver.url("/", "localhost", "https")), "localhost");
    checkTlsFailure(outbound.get(receiver.url("/", "127.0.0.1", "https")), "127.0.0.1");
}

TEST_CASE("TLS older than 1.2 is refused", "[client][tls]") {
    const TestCa ca;
    const auto server = ca.server("IP:127.0.0.1");
    SSL_CTX_set_security_level(server.get(), 0);
    SSL_CTX_set_min_proto_version(server.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(server.get(), TLS1_1_VERSION);
    RawReceiver receiver(overTls(server.get()));
    Outbound outbound({.caFile = ca.caFile()});
    checkTlsFailure(outbound.get(receiver.url("/", "127.0.0.1", "https")), "TLS");
    SSL_CTX_set_max_proto_version(server.get(), TLS1_2_VERSION);
    CHECK(outbound.get(receiver.url("/", "127.0.0.1", "https")).response);
}

TEST_CASE("a server that does not speak TLS is refused", "[client][tls]") {
    RawReceiver receiver([](Peer& peer) {
        peer.waitForByte();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    Outbound outbound;
    checkTlsFailure(outbound.get(receiver.url("/", "127.0.0.1", "https")), "TLS");
}

TEST_CASE("TLS sessions are shared by the connections to one server", "[client][tls]") {
    const TestCa ca;
    const auto server = ca.server("IP:127.0.0.1");
    std::vector<bool> resumed;
    std::binary_semaphore closed(0);
    RawReceiver receiver([&](Peer& peer) {
        if (!peer.handshake(server.get()) || !peer.readRequest()) return;
        resumed.push_back(peer.resumed());
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        peer.close();
        closed.release();
    });
    Outbound outbound({.caFile = ca.caFile()});
    for (int i = 0; i < 3; ++i) {
        CHECK(outbound.get(receiver.url("/", "127.0.0.1", "https")).response);
        closed.acquire();
    }
    CHECK(receiver.accepted() == 3);
    CHECK(resumed == std::vector<bool>{false, true, true});
}

TEST_CASE("the guard is asked again before the request leaves", "[client][tls][egress]") {
    const TestCa ca;
    const auto server = ca.server("IP:127.0.0.1");
    std::atomic<bool> gotRequest{false};
    Outbound* client = nullptr;
    RawReceiver receiver([&](Peer& peer) {
        // The connection stands, the handshake does not: now the address falls out of favour.
        peer.waitForByte();
        client->client->setGuard(guardAllowing({}));
        if (peer.handshake(server.get())) gotRequest = peer.readRequest().has_value();
    });
    Outbound outbound({.caFile = ca.caFile()});
    client = &outbound;
    const auto exchange = outbound.get(receiver.url("/", "127.0.0.1", "https"));
    CHECK(exchange.info.failure == "egress_denied");
    REQUIRE_FALSE(exchange.response);
    CHECK(exchange.response.error().kind == ErrorKind::EgressDenied);
    outbound.client.reset();
    CHECK_FALSE(gotRequest);
}
