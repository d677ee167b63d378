#include "unit/http/server_fixture.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using namespace trusthub::http;

namespace {
constexpr std::string_view kGet = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
}

TEST_CASE("an answer carries date, length and the request's id") {
    TestServer server;
    std::string seen;
    server.handler.onHeadDo = [&](const RequestHead& head) {
        seen = head.requestId;
        CHECK(head.peer == "127.0.0.1");
        CHECK_FALSE(head.secure);
        CHECK(head.query == "a=b?c");
        return Admit{};
    };
    const Answer answer = server.once("GET /x?a=b?c HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(answer.status == 200);
    CHECK(answer.headers.get("Date") == "Thu, 15 Jan 2026 00:00:00 GMT");
    CHECK(answer.headers.get("Content-Length") == "9");
    CHECK(answer.headers.get("X-Request-ID") == seen);
    CHECK(base::isUuid(seen));
    const auto dones = server.handler.waitForDone(1);
    REQUIRE(dones.size() == 1);
    CHECK(dones[0].requestId == seen);
    CHECK(dones[0].status == 200);
}

TEST_CASE("pipelined requests are answered in order, one at a time") {
    TestServer server;
    RawClient client = server.connect();
    std::string all;
    for (int i = 0; i < 300; ++i)
        all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
    client.send(all);
    for (int i = 0; i < 300; ++i)
        REQUIRE(client.read().body == "POST /" + std::to_string(i) + " [hi]");
}

TEST_CASE("a second request waits for the first one's answer") {
    TestServer server;
    Parked parked;
    server.handler.onRequestDo = [&](Request, Responder responder) {
        parked.put(std::move(responder));
    };
    RawClient client = server.connect();
    client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    parked.take().send(Response::text(200, "first", "text/plain"));
    CHECK(client.read().body == "first");
    parked.take().sendFrom([] { return Response::text(200, "second", "text/plain"); });
    CHECK(client.read().body == "second");
}

TEST_CASE("persistence follows version and Connection") {
    TestServer server;
    SECTION("HTTP/1.1 stays open unless told to close") {
        RawClient client = server.connect();
        CHECK(client.ask(kGet).headers.find("Connection") == std::nullopt);
        CHECK(client.ask("GET /x HTTP/1.1\r\nHost: a\r\nConnection: TE, Close\r\n\r\n")
                  .headers.get("Connection") == "close");
        CHECK(client.ended());
    }
    SECTION("HTTP/1.0 closes unless asked to stay") {
        RawClient client = server.connect();
        CHECK(client.ask("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                  .headers.get("Connection") == "keep-alive");
        CHECK(client.ask("GET /x HTTP/1.0\r\n\r\n").headers.get("Connection") == "close");
        CHECK(client.ended());
    }
}

TEST_CASE("HEAD is answered with the length but without the body") {
    TestServer server;
    RawClient client = server.connect();
    client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.read(true).headers.get("Content-Length") == "10");
    CHECK(client.ask(kGet).body == "GET /x []");
}

TEST_CASE("204 has neither body nor length") {
    TestServer server;
    server.handler.onRequestDo = [](Request, Responder responder) {
        Response response = Response::empty(204);
        response.body = "not to be seen";
        responder.send(std::move(response));
    };
    RawClient client = server.connect();
    CHECK(client.ask(kGet).headers.find("Content-Length") == std::nullopt);
    CHECK(client.ask(kGet).status == 204);
}

TEST_CASE("Expect: 100-continue is told to go on once the head is admitted") {
    TestServer server;
    RawClient client = server.connect();
    CHECK(
        client
            .ask("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            .status == 100);
    CHECK(client.ask("hi").body == "POST /x [hi]");
}

TEST_CASE("Expect: 100-continue gets the early answer at once and then the end") {
    TestServer server;
    server.handler.onHeadDo = [](const RequestHead&) { return Response::empty(401); };
    RawClient client = server.connect();
    CHECK(
        client
            .ask("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            .status == 401);
    CHECK(client.ended());
}

TEST_CASE("an early answer never lets the body be read as a request") {
    TestServer server;
    server.handler.onHeadDo = [](const RequestHead& head) -> Verdict {
        if (head.method == "POST") return Response::text(401, "no", "text/plain");
        return Admit{};
    };
    const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    SECTION("a body that has come is passed over and the connection goes on") {
        RawClient client = server.connect();
        client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                    std::to_string(smuggled.size()) + "\r\n\r\n" + smuggled + std::string(kGet));
        CHECK(client.read().status == 401);
        CHECK(client.read().body == "GET /x []");
    }
    SECTION("so is a chunked one") {
        RawClient client = server.connect();
        client.send(
            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
            "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" +
            std::string(kGet));
        CHECK(client.read().status == 401);
        CHECK(client.read().body == "GET /x []");
    }
    SECTION("a body that is still to come closes the connection") {
        RawClient client = server.connect();
        CHECK(client.ask("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n").status ==
              401);
        client.send(smuggled + std::string(4'000, 'x'));
        CHECK(client.ended());
    }
    CHECK(server.handler.waitForDone(1)[0].status == 401);
    for (const auto& done : server.handler.waitForDone(0)) CHECK(done.path != "/smuggled");
}

TEST_CASE(
    "a body over the route's limit is refused with 413, and a client that sends on can read it") {
    TestServer server;
    server.handler.onHeadDo = [](const RequestHead&) { return Admit{1'000}; };
    SECTION("by its announced length") {
        RawClient client = server.connect();
        client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n");
        client.send(std::string(4'000'000, 'x'));
        const auto answer = client.read();
        CHECK(answer.status == 413);
        CHECK(answer.body.find("larger than 1000 bytes") != std::string::npos);
    }
    SECTION("by its chunks") {
        RawClient client = server.connect();
        client.send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 11; ++i) client.send("64\r\n" + std::string(100, 'x') + "\r\n");
        CHECK(client.read().status == 413);
        CHECK(client.ended());
    }
    SECTION("at the limit it passes") {
        CHECK(server
                  .once("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" +
                        std::string(1'000, 'x'))
                  .status == 200);
    }
    CHECK(server.handler.waitForDone(1).size() == 1);
}

TEST_CASE("a body that ends early never reaches the handler") {
    TestServer server;
    for (const std::string body :
         {"Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
        RawClient client = server.connect();
        client.send("POST /x HTTP/1.1\r\nHost: a\r\n" + body);
        client.finishSending();
        CHECK(client.read().status == 400);
        CHECK(client.ended());
    }
}

TEST_CASE("a client that has finished sending still gets its answer") {
    TestServer server;
    Parked parked;
    server.handler.onRequestDo = [&](Request, Responder responder) {
        parked.put(std::move(responder));
    };
    RawClient client = server.connect();
    client.send(kGet);
    client.finishSending();
    parked.take().send(Response::text(200, "late", "text/plain"));
    CHECK(client.read().body == "late");
    CHECK(client.ended());
}

TEST_CASE("a handler that throws answers 500") {
    TestServer server;
    server.log.setLevel(static_cast<base::LogLevel>(99));
    SECTION("in onRequest") {
        server.handler.onRequestDo = [](Request, Responder) { throw std::runtime_error("x"); };
    }
    SECTION("in onHead") {
        server.handler.onHeadDo = [](const RequestHead&) -> Verdict {
            throw std::runtime_error("x");
        };
    }
    SECTION("in the rendering") {
        server.handler.onRequestDo = [](Request, Responder responder) {
            responder.sendFrom([]() -> Response { throw std::runtime_error("x"); });
        };
    }
    RawClient client = server.connect();
    const Answer answer = client.ask(kGet);
    CHECK(answer.status == 500);
    CHECK(answer.body.find(std::string(answer.headers.get("X-Request-ID"))) != std::string::npos);
    CHECK(client.ask(kGet).status == 500);
}

TEST_CASE("a Responder that is dropped answers 500") {
    TestServer server;
    Parked parked;
    server.handler.onRequestDo = [&](Request, Responder responder) {
        parked.put(std::move(responder));
    };
    RawClient client = server.connect();
    client.send(kGet);
    { const Responder dropped = parked.take(); }
    CHECK(client.read().status == 500);
    client.send(kGet);
    Responder overwritten = parked.take();
    overwritten = Responder();
    CHECK(client.read().status == 500);
}

TEST_CASE("a field with control bytes becomes 500 instead of two answers") {
    TestServer server;
    server.log.setLevel(static_cast<base::LogLevel>(99));
    const std::vector<std::string> values = {"a\r\nX-Evil: 1", "a\nb", std::string("a\0b", 3)};
    for (const std::string& value : values) {
        server.handler.onRequestDo = [&](Request, Responder responder) {
            Response response = Response::empty(200);
            response.headers.add("X-Reflected", value);
            responder.send(std::move(response));
        };
        const Answer answer = server.once(kGet);
        CHECK(answer.status == 500);
        CHECK(answer.headers.find("X-Evil") == std::nullopt);
    }
}

TEST_CASE("large answers arrive whole at a slow reader") {
    TestServer server;
    std::string big(8'000'000, '\0');
    for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>('a' + i % 23);
    server.handler.onRequestDo = [&](Request, Responder responder) {
        responder.send(Response::text(200, big, "text/plain"));
    };
    RawClient client(server.server.port(), 4'096);
    client.send(std::string(kGet) + std::string(kGet));
    CHECK(client.read().body == big);
    CHECK(client.read().body == big);
}

TEST_CASE("large bodies arrive whole") {
    TestServer server;
    server.handler.onHeadDo = [](const RequestHead&) { return Admit{16UL << 20}; };
    std::string big(5'000'000, '\0');
    for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>('a' + i % 23);
    server.handler.onRequestDo = [&](Request request, Responder responder) {
        responder.send(Response::text(200, request.body == big ? "same" : "other", "text/plain"));
    };
    RawClient client = server.connect();
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + big);
    CHECK(client.read().body == "same");
    std::string chunked;
    for (std::size_t at = 0; at < big.size(); at += 50'000)
        chunked += "c350\r\n" + big.substr(at, 50'000) + "\r\n";
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked +
                "0\r\n\r\n");
    CHECK(client.read().body == "same");
}
