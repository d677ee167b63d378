#include "unit/http/server_fixture.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using namespace trusthub::http;

namespace {

constexpr std::string_view kGet = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

/// The status of the answer, which must be the last thing on its connection.
int refusedWith(TestServer& server, std::string_view bytes) {
    RawClient client = server.connect();
    // Behind the bad request stands a good one: if it is answered, somebody smuggled.
    const Answer answer = client.ask(std::string(bytes) + std::string(kGet));
    CHECK(answer.headers.get("Connection") == "close");
    CHECK(answer.headers.get("Content-Type") == "application/problem+json");
    CHECK(client.ended());
    return answer.status;
}

}  // namespace

TEST_CASE("what is ambiguous about a body's length is refused and the connection closed") {
    TestServer server;
    const auto post = [](std::string_view fields, std::string_view body) {
        return "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n" + std::string(body);
    };
    CHECK(refusedWith(server, post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")) == 400);
    CHECK(refusedWith(server, post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc")) == 400);
    CHECK(refusedWith(server, post("Content-Length: 3, 3\r\n", "abc")) == 400);
    CHECK(refusedWith(server, post("Content-Length: xyz\r\n", "abc")) == 400);
    CHECK(refusedWith(server, post("Content-Length: 5x\r\n", "abcde")) == 400);
    CHECK(refusedWith(server, post("Content-Length: -1\r\n", "")) == 400);
    CHECK(refusedWith(server, post("Content-Length: +3\r\n", "abc")) == 400);
    CHECK(refusedWith(server, post("Content-Length: 0x3\r\n", "abc")) == 400);
    CHECK(refusedWith(server, post("Content-Length:\r\n", "")) == 400);
    CHECK(refusedWith(server, post("Content-Length: 99999999999999999999999\r\n", "")) == 400);
    CHECK(refusedWith(server, post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                                   "0\r\n\r\n")) == 400);
    CHECK(refusedWith(server, post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
                                   "0\r\n\r\n")) == 400);
    CHECK(server.handler.waitForDone(12).size() == 12);
}

TEST_CASE("no Transfer-Encoding but exactly chunked is let in") {
    TestServer server;
    const auto post = [](std::string_view version, std::string_view coding) {
        return "POST /x HTTP/1." + std::string(version) +
               "\r\nHost: a\r\nTransfer-Encoding: " + std::string(coding) + "\r\n\r\n0\r\n\r\n";
    };
    for (const char* coding : {"gzip", "gzip, chunked", "chunked, gzip", "identity", "xchunked",
                               "chunked;q=1", "\"chunked\"", "chunked, chunked", ""})
        CHECK(refusedWith(server, post("1", coding)) == 501);
    CHECK(refusedWith(server, post("1", "chunked\r\nTransfer-Encoding: chunked")) == 400);
    CHECK(refusedWith(server, post("1", "identity\r\nTransfer-Encoding: chunked")) == 501);
    CHECK(refusedWith(server, post("0", "chunked")) == 400);
    CHECK(server.once(post("1", "Chunked")).status == 200);
}

TEST_CASE("a request body without a length is refused with 411") {
    TestServer server;
    for (const std::string method : {"POST", "PUT", "PATCH"}) {
        CHECK(refusedWith(server, method + " /x HTTP/1.1\r\nHost: a\r\n\r\n") == 411);
        CHECK(refusedWith(server, method + " /x HTTP/1.0\r\n\r\n") == 411);
    }
    CHECK(server.once("DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
}

TEST_CASE("HTTP/1.1 wants exactly one Host") {
    TestServer server;
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\n\r\n") == 400);
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == 400);
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\nHost: a, b\r\n\r\n") == 400);
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\nHost: u@b\r\n\r\n") == 400);
    CHECK(server.once("GET /x HTTP/1.0\r\n\r\n").status == 200);
}

TEST_CASE("lines that only a lenient reader takes are refused") {
    TestServer server;
    CHECK(refusedWith(server, "GET /x HTTP/1.1\nHost: a\n\n") == 400);
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\nHost: a\nX: b\r\n\r\n") == 400);
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n") == 400);
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\nHost: a\r\n\tfolded: b\r\n\r\n") == 400);
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\nHost : a\r\n\r\n") == 400);
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n") == 400);
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n") == 400);
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n") == 400);
    CHECK(refusedWith(server, std::string("GET /x HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 37)) ==
          400);
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\nHost: a\r\nX: a\x01\r\n\r\n") == 400);
    CHECK(refusedWith(server, "GET  /x HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
    CHECK(refusedWith(server, " GET /x HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
    CHECK(refusedWith(server, "GET /x\r\n\r\n") == 400);
    CHECK(refusedWith(server, "GET /x HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
    CHECK(refusedWith(server, "\r\n\r\n") == 400);
    CHECK(server.once("\r\n" + std::string(kGet)).status == 200);
}

TEST_CASE("a target is a path in ASCII") {
    TestServer server;
    for (const std::string target :
         {"http://a/x", "a:443", "*", "x", "/\xC3\xA4", "/a#b", "/a\x7F"})
        CHECK(refusedWith(server, "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
    CHECK(refusedWith(server, "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
    CHECK(refusedWith(server, "GET /" + std::string(8'200, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") ==
          414);
    CHECK(server.once("GET /a%2Fb/../c?q=1 HTTP/1.1\r\nHost: a\r\n\r\n").body ==
          "GET /a%2Fb/../c []");
}

TEST_CASE("heads are bounded in fields and bytes") {
    TestServer server;
    std::string fields;
    for (int i = 0; i < 99; ++i) fields += "X-" + std::to_string(i) + ": v\r\n";
    CHECK(server.once("GET /x HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n").status == 200);
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\nHost: a\r\n" + fields + "X: v\r\n\r\n") == 431);
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\nHost: a\r\nX: " + std::string(40'000, 'v') +
                                  "\r\n\r\n") == 431);
    CHECK(refusedWith(server, std::string(200'000, 'A')) == 431);
}

TEST_CASE("an expectation other than 100-continue is refused") {
    TestServer server;
    CHECK(refusedWith(server, "GET /x HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n") == 417);
}

TEST_CASE("a chunked body arrives decoded and its trailers are dropped") {
    TestServer server;
    std::size_t fields = 0;
    server.handler.onRequestDo = [&](Request request, Responder responder) {
        fields = request.headers.size();
        responder.send(Response::text(200, request.body, "text/plain"));
    };
    RawClient client = server.connect();
    const Answer answer = client.ask(
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nAuthorization: Bearer x\r\nX-Trailer: y\r\n\r\n");
    CHECK(answer.body == "hello world");
    CHECK(fields == 2);
    CHECK(client.ask(kGet).status == 200);
}

TEST_CASE("a chunked body may come byte by byte") {
    TestServer server;
    RawClient client = server.connect();
    for (const char c :
         std::string("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: u\r\n\r\n"))
        client.send({&c, 1});
    CHECK(client.read().body == "POST /x [abc0123456789]");
}

TEST_CASE("malformed chunks are refused") {
    TestServer server;
    const std::string head = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string body :
         {"x\r\n\r\n", "-1\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\nabc\r\n0\r\n\r\n",
          "FFFFFFFFFFFFFFFFF\r\n", "0\r\nbad trailer\r\n\r\n", " 3\r\nabc\r\n0\r\n\r\n",
          "0x3\r\nabc\r\n0\r\n\r\n"})
        CHECK(refusedWith(server, head + body) == 400);
    CHECK(refusedWith(server, head + "3;" + std::string(300, 'e') + "\r\nabc\r\n0\r\n\r\n") == 400);
    CHECK(refusedWith(server, head + "3;" + std::string(20'000, 'e')) == 400);
    CHECK(refusedWith(server, head + "0\r\nT: " + std::string(20'000, 't')) == 400);
}

TEST_CASE("an encoded word in a field stays as it was sent") {
    TestServer server;
    server.handler.onRequestDo = [](Request request, Responder responder) {
        responder.send(Response::text(200, std::string(request.headers.get("X")), "text/plain"));
    };
    CHECK(
        server.once("GET /x HTTP/1.1\r\nHost: a\r\nX: =?utf-8?Q?a=0d=0aX-Evil:_1?=\r\n\r\n").body ==
        "=?utf-8?Q?a=0d=0aX-Evil:_1?=");
}
