#include "http/client.h"

#include "support/outbound.h"
#include "support/raw_receiver.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <latch>
#include <semaphore>

using namespace trusthub;
using namespace trusthub::test;
using namespace std::chrono_literals;

namespace {

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Answers the first request with `bytes` and closes.
std::function<void(Peer&)> once(std::string bytes) {
    return [bytes](Peer& peer) {
        if (peer.readRequest()) peer.send(bytes);
    };
}

void checkFailure(const http::Exchange& exchange, ErrorKind kind, std::string_view word) {
    CHECK(exchange.info.failure == word);
    REQUIRE_FALSE(exchange.response);
    INFO(exchange.response.error().detail);
    CHECK(exchange.response.error().kind == kind);
}

}  // namespace

TEST_CASE("a request arrives as it was given and the answer comes back", "[client]") {
    std::promise<RawRequest> seen;
    RawReceiver receiver([&](Peer& peer) {
        seen.set_value(*peer.readRequest());
        peer.send("HTTP/1.1 201 Created\r\nX-A: 1\r\nX-A:  2 \r\nContent-Length: 5\r\n\r\nhello");
    });
    Outbound outbound({.userAgent = "TrustHub/test"});
    auto what = request("POST", receiver.url("/in?x=1"), "{\"a\":1}");
    what.headers.add("Content-Type", "application/json");
    what.headers.add("X-Empty", "");
    what.headers.add("X-Blank", "  ");
    what.headers.add("X-Text", " caf\xc3\xa9 ");
    const auto exchange = outbound.send(what);
    REQUIRE(exchange.response);
    CHECK(exchange.response->status == 201);
    CHECK(exchange.response->body == "hello");
    CHECK(exchange.response->headers.count("x-a") == 2);
    CHECK(exchange.response->headers.get("x-a") == "1");
    CHECK(exchange.response->headers.size() == 3);
    CHECK(exchange.info.resolvedAddress == "127.0.0.1");
    CHECK(exchange.info.failure == "");

    const auto got = seen.get_future().get();
    CHECK(got.head.starts_with("POST /in?x=1 HTTP/1.1\r\n"));
    CHECK(got.body == "{\"a\":1}");
    CHECK(got.header("Host") == "127.0.0.1:" + std::to_string(receiver.port()));
    CHECK(got.header("Content-Length") == "7");
    CHECK(got.header("Content-Type") == "application/json");
    CHECK(got.header("User-Agent") == "TrustHub/test");
    CHECK(got.header("X-Empty") == "");
    CHECK(got.header("X-Blank") == "");
    CHECK(got.header("X-Text") == "caf\xc3\xa9");
    for (const char* absent : {"Expect", "Accept-Encoding", "Cookie", "Authorization"})
        CHECK_FALSE(got.header(absent));
}

TEST_CASE("each method frames its body", "[client]") {
    std::vector<RawRequest> seen;
    RawReceiver receiver([&](Peer& peer) {
        while (auto got = peer.readRequest()) {
            seen.push_back(*got);
            if (!peer.send(got->line().starts_with("HEAD")
                               ? "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
                               : "HTTP/1.1 204 No Content\r\n\r\n"))
                return;
        }
    });
    Outbound outbound;
    for (const auto& [method, body] :
         std::initializer_list<std::pair<const char*, const char*>>{{"GET", ""},
                                                                    {"HEAD", ""},
                                                                    {"DELETE", ""},
                                                                    {"DELETE", "x"},
                                                                    {"PUT", ""},
                                                                    {"PATCH", "xy"},
                                                                    {"POST", ""}})
        REQUIRE(outbound.send(request(method, receiver.url(), body)).response);
    REQUIRE(seen.size() == 7);
    const char* const lengths[] = {nullptr, nullptr, nullptr, "1", "0", "2", "0"};
    for (std::size_t i = 0; i < seen.size(); ++i) {
        INFO(seen[i].head);
        CHECK(seen[i].header("Content-Length").value_or("none") ==
              (lengths[i] ? lengths[i] : "none"));
        CHECK_FALSE(seen[i].header("Content-Type"));
        CHECK_FALSE(seen[i].header("Transfer-Encoding"));
    }
    CHECK(receiver.accepted() == 1);
}

TEST_CASE("a large body is sent at once, without waiting to be asked for it", "[client]") {
    std::promise<RawRequest> seen;
    RawReceiver receiver([&](Peer& peer) {
        seen.set_value(*peer.readRequest());
        peer.send(kOk);
    });
    Outbound outbound;
    const std::string body(3'000'000, 'x');
    CHECK(outbound.send(request("PUT", receiver.url(), body)).response);
    const auto got = seen.get_future().get();
    CHECK_FALSE(got.header("Expect"));
    CHECK((got.body == body));
}

TEST_CASE("a redirect is an answer and is not followed", "[client]") {
    RawReceiver elsewhere([](Peer& peer) { answerAll(peer); });
    for (const char* status : {"301", "302", "303", "307", "308"}) {
        RawReceiver receiver(once("HTTP/1.1 " + std::string(status) + " Moved\r\nLocation: " +
                                  elsewhere.url() + "\r\nContent-Length: 0\r\n\r\n"));
        Outbound outbound;
        const auto exchange = outbound.get(receiver.url());
        REQUIRE(exchange.response);
        CHECK(std::to_string(exchange.response->status) == status);
        CHECK(exchange.response->headers.get("location") == elsewhere.url());
    }
    CHECK(elsewhere.accepted() == 0);
}

TEST_CASE("an answer in pieces is put together, its informational heads and trailers dropped",
          "[client]") {
    RawReceiver receiver(
        once("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
             "Content-Encoding: gzip\r\nX-B: b\r\n\r\n"
             "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n"));
    Outbound outbound;
    const auto exchange = outbound.get(receiver.url());
    REQUIRE(exchange.response);
    CHECK(exchange.response->status == 200);
    CHECK(exchange.response->body == "abcde");
    CHECK(exchange.response->headers.get("x-b") == "b");
    CHECK_FALSE(exchange.response->headers.find("link"));
    CHECK_FALSE(exchange.response->headers.find("x-trailer"));
}

TEST_CASE("a broken answer is an error and never half an answer", "[client]") {
    const auto failure = [](std::string bytes) {
        RawReceiver receiver(once(std::move(bytes)));
        Outbound outbound;
        auto exchange = outbound.get(receiver.url());
        CHECK_FALSE(exchange.response);
        CHECK(exchange.info.resolvedAddress == "127.0.0.1");
        if (!exchange.response)
            CHECK(exchange.response.error().kind == ErrorKind::ProviderUnavailable);
        return exchange.info.failure;
    };
    CHECK(failure("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort") == "reset");
    CHECK(failure("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab") == "reset");
    CHECK(failure("") == "reset");
    CHECK(failure("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") != "");
    CHECK(failure("SSH-2.0-OpenSSH_9.2\r\n") == "protocol");
    CHECK(failure("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n") == "protocol");
}

TEST_CASE("a reset connection and a closed port are told apart", "[client]") {
    Outbound outbound;
    std::uint16_t gone = 0;
    {
        RawReceiver receiver([](Peer& peer) {
            (void)peer.readRequest();
            peer.reset();
        });
        gone = receiver.port();
        checkFailure(outbound.get(receiver.url()), ErrorKind::ProviderUnavailable, "reset");
    }
    const auto exchange = outbound.get("http://127.0.0.1:" + std::to_string(gone) + "/");
    checkFailure(exchange, ErrorKind::ProviderUnavailable, "connect");
    CHECK(exchange.info.resolvedAddress == "");
}

TEST_CASE("an endless answer is cut off as too large and its connection closed", "[client]") {
    std::promise<void> cut;
    RawReceiver receiver([&](Peer& peer) {
        if (!peer.readRequest()) return;
        peer.send("HTTP/1.1 200 OK\r\n\r\n");
        while (peer.send(std::string(4096, 'x'))) {
        }
        cut.set_value();
    });
    Outbound outbound;
    auto what = request("GET", receiver.url());
    what.maxResponseBytes = 100'000;
    checkFailure(outbound.send(what), ErrorKind::TooLarge, "too_large");
    cut.get_future().wait();
}

TEST_CASE("an answer of exactly the allowed size passes and one byte more does not", "[client]") {
    RawReceiver receiver([](Peer& peer) { answerAll(peer, std::string(50'000, 'x')); });
    Outbound outbound;
    auto what = request("GET", receiver.url());
    what.maxResponseBytes = 50'000;
    CHECK(outbound.send(what).response);
    what.maxResponseBytes = 49'999;
    checkFailure(outbound.send(what), ErrorKind::TooLarge, "too_large");
}

TEST_CASE("a head that does not end is cut off", "[client]") {
    const auto endless = [](std::string line) {
        RawReceiver receiver([line](Peer& peer) {
            if (!peer.readRequest()) return;
            peer.send("HTTP/1.1 200 OK\r\n");
            while (peer.send(line)) {
            }
        });
        Outbound outbound;
        checkFailure(outbound.get(receiver.url()), ErrorKind::TooLarge, "too_large");
    };
    endless("X: y\r\n");
    endless("X: " + std::string(8'000, 'y') + "\r\n");
    endless("\r\nHTTP/1.1 100 Continue\r\n");
}

TEST_CASE("the deadline covers the last byte, however busily a peer drips", "[client]") {
    RawReceiver receiver([](Peer& peer) {
        if (!peer.readRequest()) return;
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        while (peer.send("x") && !peer.disturbed(5ms)) {
        }
    });
    Outbound outbound;
    auto what = request("GET", receiver.url());
    what.timeout = 150ms;
    const auto exchange = outbound.send(what);
    checkFailure(exchange, ErrorKind::Timeout, "timeout");
    CHECK(exchange.info.resolvedAddress == "127.0.0.1");
    CHECK(exchange.info.took >= 150ms);
}

TEST_CASE("peers that never answer delay nobody, and are cancelled when the client goes",
          "[client]") {
    RawReceiver silent([](Peer& peer) { peer.drain(); });
    RawReceiver healthy([](Peer& peer) { answerAll(peer); });
    Outbound outbound;
    std::vector<std::future<http::Exchange>> hanging, quick;
    for (int i = 0; i < 50; ++i) hanging.push_back(outbound.start(request("GET", silent.url())));
    for (int i = 0; i < 100; ++i) quick.push_back(outbound.start(request("GET", healthy.url())));
    for (auto& future : quick) CHECK(future.get().response);
    for (auto& future : hanging) CHECK(future.wait_for(0s) == std::future_status::timeout);
    outbound.client.reset();
    for (auto& future : hanging) checkFailure(future.get(), ErrorKind::Cancelled, "cancelled");
}

TEST_CASE("a stop request ends an exchange", "[client]") {
    std::stop_source stop;
    RawReceiver silent([&](Peer& peer) {
        (void)peer.readRequest();
        stop.request_stop();
        peer.drain();
    });
    Outbound outbound;
    checkFailure(outbound.send(request("GET", silent.url()), stop.get_token()),
                 ErrorKind::Cancelled, "cancelled");
    checkFailure(outbound.send(request("GET", silent.url()), stop.get_token()),
                 ErrorKind::Cancelled, "cancelled");
}

TEST_CASE("connections are kept and used again", "[client]") {
    RawReceiver receiver([](Peer& peer) { answerAll(peer); });
    Outbound outbound;
    for (int i = 0; i < 10; ++i)
        REQUIRE(outbound.send(request("POST", receiver.url(), "x")).response);
    CHECK(receiver.accepted() == 1);
}

TEST_CASE("a kept connection that the peer closed is replaced", "[client]") {
    std::counting_semaphore<> closed(0);
    RawReceiver receiver([&](Peer& peer) {
        (void)peer.readRequest();
        peer.send(kOk);
        peer.close();
        closed.release();
    });
    Outbound outbound;
    for (int i = 0; i < 3; ++i) {
        CHECK(outbound.send(request("POST", receiver.url(), "x")).response);
        closed.acquire();
    }
    CHECK(receiver.accepted() == 3);
}

TEST_CASE("a request that the peer read before it hung up is repeated only when that is safe",
          "[client]") {
    std::atomic<int> requests{0};
    RawReceiver receiver([&](Peer& peer) {
        if (!peer.readRequest()) return;
        ++requests;
        peer.send(kOk);
        if (peer.readRequest()) ++requests;
    });
    const auto second = [&](sdk::HttpRequest what) {
        requests = 0;
        Outbound outbound;
        REQUIRE(outbound.get(receiver.url()).response);
        return outbound.send(std::move(what));
    };
    checkFailure(second(request("POST", receiver.url(), "x")), ErrorKind::ProviderUnavailable,
                 "reset");
    CHECK(requests == 2);
    checkFailure(second(request("PATCH", receiver.url(), "x")), ErrorKind::ProviderUnavailable,
                 "reset");
    CHECK(requests == 2);
    CHECK(second(request("GET", receiver.url())).response);
    CHECK(requests == 3);
    CHECK(second(request("PUT", receiver.url(), "x")).response);
    CHECK(requests == 3);
    auto webhook = request("POST", receiver.url(), "x");
    webhook.headers.add("webhook-id", "msg_1");
    CHECK(second(webhook).response);
    CHECK(requests == 3);
}

TEST_CASE("a request that does not fit is refused before anything is sent", "[client]") {
    RawReceiver receiver([](Peer& peer) { answerAll(peer); });
    Outbound outbound;
    const auto refused = [&](sdk::HttpRequest what) {
        checkFailure(outbound.send(std::move(what)), ErrorKind::InvalidInput, "invalid");
    };
    const auto withField = [&](std::string name, std::string value) {
        auto what = request("GET", receiver.url());
        what.headers.add(std::move(name), std::move(value));
        return what;
    };
    for (const char* value : {"a\r\nX: y", "a\nb", "a\rb", "a\x01", "a\x7f"})
        refused(withField("X-A", value));
    refused(withField("X-A", std::string("a\0b", 3)));
    for (const char* name : {"", "X A", "X:A", "X\r\nA", "X\xc3\xa9", "@file"})
        refused(withField(name, "v"));
    for (const char* name : {"Host", "content-length", "Transfer-Encoding", "Connection", "Expect",
                             "Proxy-Authorization"})
        refused(withField(name, "v"));
    for (const char* method : {"", "GET /x HTTP/1.1\r\nA: b", "CONNECT", "TRACE", "G T"})
        refused(request(method, receiver.url()));
    refused(request("HEAD", receiver.url(), "body"));
    refused(request("GET", "ftp://127.0.0.1/"));
    refused(request("GET", "http://user:pw@127.0.0.1/"));
    CHECK(receiver.accepted() == 0);
}

TEST_CASE(
    "more exchanges than the client holds are refused, and those that wait keep their deadline",
    "[client]") {
    RawReceiver silent([](Peer& peer) { peer.drain(); });
    Outbound outbound({.maxInFlight = 1});
    auto first = outbound.start(request("GET", silent.url()));
    auto patient = request("GET", silent.url());
    patient.timeout = 100ms;
    auto second = outbound.start(patient);
    checkFailure(outbound.get(silent.url()), ErrorKind::Overloaded, "overloaded");
    checkFailure(second.get(), ErrorKind::Timeout, "timeout");
    CHECK(first.wait_for(0s) == std::future_status::timeout);
}

TEST_CASE("an answer may start the next exchange from the driver thread", "[client]") {
    RawReceiver receiver([](Peer& peer) { answerAll(peer); });
    Outbound outbound;
    std::promise<int> status;
    outbound.client->start(request("GET", receiver.url()), "webhooks", [&](http::Exchange) {
        outbound.client->start(request("GET", receiver.url()), "webhooks",
                               [&](http::Exchange next) {
                                   status.set_value(next.response ? next.response->status : 0);
                               });
    });
    CHECK(status.get_future().get() == 200);
}

TEST_CASE("many exchanges from many threads all come back", "[client]") {
    RawReceiver receiver([](Peer& peer) { answerAll(peer); });
    Outbound outbound({.maxInFlight = 20});
    std::atomic<int> good{0};
    {
        std::vector<base::Worker> workers;
        for (int i = 0; i < 4; ++i)
            workers.emplace_back("sender", [&](std::stop_token) {
                for (int n = 0; n < 50; ++n)
                    good += outbound.send(request("POST", receiver.url(), "x")).response ? 1 : 0;
            });
        for (auto& worker : workers) worker.join();
    }
    CHECK(good == 200);
    CHECK(receiver.accepted() <= 4);
}
