#include "base/workers.h"
#include "unit/http/server_fixture.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using namespace trusthub::http;

namespace {
constexpr std::string_view kGet = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
}

TEST_CASE("an address that cannot be bound is named") {
    TestServer first;
    ServerConfig config;
    config.port = first.server.port();
    CHECK_THROWS_WITH(TestServer(config),
                      Catch::Contains("127.0.0.1") && Catch::Contains(std::to_string(config.port)));
    config.port = 0;
    config.address = "not an address";
    CHECK_THROWS_AS(TestServer(config), std::runtime_error);
}

TEST_CASE("the server listens on IPv6") {
    ServerConfig config;
    config.address = "::1";
    TestServer server(config);
    std::string peer;
    server.handler.onHeadDo = [&](const RequestHead& head) {
        peer = head.peer;
        return Admit{};
    };
    base::Fd client(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(server.server.port());
    address.sin6_addr = in6addr_loopback;
    REQUIRE(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::send(client.get(), kGet.data(), kGet.size(), MSG_NOSIGNAL);
    char answer[16] = {};
    ::recv(client.get(), answer, 15, MSG_WAITALL);
    CHECK(std::string(answer) == "HTTP/1.1 200 OK");
    CHECK(peer == "::1");
}

TEST_CASE("stopping closes idle connections at once and lets an answer under way leave") {
    TestServer server;
    Parked parked;
    server.handler.onRequestDo = [&](Request, Responder responder) {
        parked.put(std::move(responder));
    };
    RawClient idle = server.connect();
    RawClient busy = server.connect();
    busy.send(kGet);
    Responder responder = parked.take();
    base::Worker stopper("stop",
                         [&](std::stop_token) { server.server.stop(Milliseconds{20'000}); });
    CHECK(idle.ended());
    responder.send(Response::text(200, "last", "text/plain"));
    const Answer answer = busy.read();
    CHECK(answer.body == "last");
    CHECK(answer.headers.get("Connection") == "close");
    stopper.join();
    CHECK(server.server.connections() == 0);
    CHECK_THROWS(server.connect());
    server.server.stop();
}

TEST_CASE("a Responder may outlive the server") {
    Responder late, dropped;
    {
        TestServer server;
        Parked parked;
        server.handler.onRequestDo = [&](Request, Responder r) { parked.put(std::move(r)); };
        RawClient one = server.connect();
        RawClient two = server.connect();
        one.send(kGet);
        late = parked.take();
        two.send(kGet);
        dropped = parked.take();
        server.server.stop(Milliseconds{0});
        CHECK(one.ended());
        CHECK(server.handler.waitForDone(2).size() == 2);
        CHECK(server.handler.waitForDone(1)[0].status == 499);
    }
    late.send(Response::empty(200));
}

TEST_CASE("answers from many threads reach their own clients") {
    TestServer server;
    base::WorkerPool pool("answer", 3, 100'000);
    server.handler.onRequestDo = [&](Request request, Responder responder) {
        auto shared = std::make_shared<Responder>(std::move(responder));
        REQUIRE(pool.trySubmit([shared, path = request.path] {
            if (path.size() % 2 == 0)
                shared->send(Response::text(200, path, "text/plain"));
            else
                shared->sendFrom([path] { return Response::text(200, path, "text/plain"); });
        }));
    };
    std::vector<RawClient> clients;
    for (int i = 0; i < 40; ++i) clients.push_back(server.connect());
    for (std::size_t round = 0; round < 50; ++round) {
        for (std::size_t i = 0; i < clients.size(); ++i)
            clients[i].send("GET /" + std::to_string(i * 1000 + round) +
                            " HTTP/1.1\r\nHost: a\r\n\r\n");
        for (std::size_t i = 0; i < clients.size(); ++i)
            REQUIRE(clients[i].read().body == "/" + std::to_string(i * 1000 + round));
    }
    CHECK(server.handler.waitForDone(2'000).size() == 2'000);
}

TEST_CASE("clients that vanish while others are answered harm nobody") {
    TestServer server;
    base::WorkerPool pool("answer", 3, 100'000);
    server.handler.onRequestDo = [&](Request, Responder responder) {
        auto shared = std::make_shared<Responder>(std::move(responder));
        REQUIRE(pool.trySubmit([shared] { shared->send(Response::empty(200)); }));
    };
    for (int i = 0; i < 300; ++i) {
        RawClient client = server.connect();
        client.send(kGet);
        if (i % 3 == 0)
            client.reset();
        else if (i % 3 == 1)
            CHECK(client.read().status == 200);
    }
    CHECK(server.once(kGet).status == 200);
}
