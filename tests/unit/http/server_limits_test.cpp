#include "unit/http/server_fixture.h"

#include <catch2/catch.hpp>
#include <sys/resource.h>

#include <fstream>

using namespace trusthub;
using namespace trusthub::http;

namespace {

constexpr std::string_view kGet = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

std::size_t residentBytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t pages = 0, resident = 0;
    file >> pages >> resident;
    return resident * 4'096;
}

}  // namespace

TEST_CASE("a head that does not come to its end is answered with 408") {
    TestServer server;
    RawClient client = server.connect();
    client.send("GET /x HTTP/1.1\r\nHos");
    CHECK(client.read(false, server.turningClock(Milliseconds{1'000})).status == 408);
    CHECK(client.ended());
}

TEST_CASE("a body that does not come to its end is answered with 408") {
    TestServer server;
    RawClient client = server.connect();
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
    CHECK(client.read(false, server.turningClock(Milliseconds{1'000})).status == 408);
    CHECK(client.ended());
}

TEST_CASE("an idle connection is closed without a word") {
    TestServer server;
    RawClient client = server.connect();
    CHECK(client.ask(kGet).status == 200);
    CHECK(client.ended(server.turningClock(Milliseconds{1'000})));
    CHECK(server.handler.waitForDone(1).size() == 1);
}

TEST_CASE("slow heads and idle clients delay nobody") {
    TestServer server;
    std::vector<RawClient> slow;
    for (int i = 0; i < 50; ++i) {
        slow.push_back(server.connect());
        slow.back().send(i % 2 == 0 ? "GET /x HT" : "");
    }
    CHECK(server.once(kGet).status == 200);
}

TEST_CASE("a handler past its deadline is answered for with 504, and its late answer dropped") {
    TestServer server;
    Parked parked;
    server.handler.onRequestDo = [&](Request, Responder responder) {
        parked.put(std::move(responder));
    };
    RawClient client = server.connect();
    client.send(kGet);
    Responder late = parked.take();
    CHECK(client.read(false, server.turningClock(Milliseconds{5'000})).status == 504);
    late.send(Response::text(200, "late", "text/plain"));
    client.send(kGet);
    parked.take().send(Response::text(200, "second", "text/plain"));
    CHECK(client.read().body == "second");
    const auto dones = server.handler.waitForDone(2);
    CHECK(dones[0].status == 504);
    CHECK(dones[1].status == 200);
}

TEST_CASE("a client that stops reading is cut off") {
    TestServer server;
    server.handler.onRequestDo = [](Request, Responder responder) {
        responder.send(Response::text(200, std::string(32'000'000, 'x'), "text/plain"));
    };
    RawClient client(server.server.port(), 4'096);
    client.send(kGet);
    while (server.handler.waitForDone(0).empty()) {
        server.clock.advance(Milliseconds{1'000});
        pollfd nothing{-1, 0, 0};
        ::poll(&nothing, 1, 20);
    }
    CHECK(server.handler.waitForDone(1)[0].status == 200);
    CHECK(server.server.connections() == 0);
}

TEST_CASE("a client that goes away while its request is handled leaves nothing behind") {
    TestServer server;
    Parked parked;
    server.handler.onRequestDo = [&](Request, Responder responder) {
        parked.put(std::move(responder));
    };
    RawClient client = server.connect();
    client.send(kGet);
    Responder responder = parked.take();
    client.reset();
    CHECK(server.handler.waitForDone(1)[0].status == 499);
    CHECK(server.server.connections() == 0);
    responder.send(Response::empty(200));
    server.handler.onRequestDo = [](Request, Responder r) { r.send(Response::empty(200)); };
    CHECK(server.once(kGet).status == 200);
}

TEST_CASE("bodies beyond the common budget are turned away with 503") {
    ServerConfig config;
    config.bodyBudgetBytes = 100'000;
    TestServer server(config);
    Parked parked;
    server.handler.onRequestDo = [&](Request, Responder responder) {
        parked.put(std::move(responder));
    };
    const std::string post =
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 80000\r\n\r\n" + std::string(80'000, 'x');
    RawClient holder = server.connect();
    holder.send(post);
    Responder first = parked.take();
    const Answer refused = server.once(post);
    CHECK(refused.status == 503);
    CHECK(refused.headers.get("Retry-After") == "1");
    first.send(Response::empty(204));
    CHECK(holder.read().status == 204);
    RawClient next = server.connect();
    next.send(post);
    parked.take().send(Response::empty(204));
    CHECK(next.read().status == 204);
}

TEST_CASE("bodies of strangers fill a part of the budget only") {
    ServerConfig config;
    config.bodyBudgetBytes = 300'000;
    config.strangerBudgetBytes = 100'000;
    TestServer server(config);
    server.handler.onHeadDo = [](const RequestHead& head) {
        Admit admit{1 << 20};
        if (head.path == "/stranger") admit.bodyClass = BodyClass::Stranger;
        return admit;
    };
    Parked parked;
    server.handler.onRequestDo = [&](Request, Responder responder) {
        parked.put(std::move(responder));
    };
    const auto post = [](const std::string& path) {
        return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 80000\r\n\r\n" +
               std::string(80'000, 'x');
    };
    RawClient holder = server.connect();
    holder.send(post("/stranger"));
    Responder first = parked.take();
    const Answer refused = server.once(post("/stranger"));
    CHECK(refused.status == 503);
    CHECK(refused.headers.get("Retry-After") == "1");
    RawClient known = server.connect();
    known.send(post("/known"));
    parked.take().send(Response::empty(204));
    CHECK(known.read().status == 204);
    first.send(Response::empty(204));
    CHECK(holder.read().status == 204);
    RawClient next = server.connect();
    next.send(post("/stranger"));
    parked.take().send(Response::empty(204));
    CHECK(next.read().status == 204);
}

TEST_CASE("an announced length alone takes nothing from the budget") {
    ServerConfig config;
    config.bodyBudgetBytes = 1'000'000;
    TestServer server(config);
    std::vector<RawClient> liars;
    for (int i = 0; i < 10; ++i) {
        liars.push_back(server.connect());
        liars.back().send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\nx");
    }
    CHECK(server.once("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").status == 200);
}

TEST_CASE("connections beyond the limit are told so") {
    ServerConfig config;
    config.maxConnections = 2;
    TestServer server(config);
    RawClient first = server.connect();
    RawClient second = server.connect();
    CHECK(first.ask(kGet).status == 200);
    CHECK(second.ask(kGet).status == 200);
    RawClient third = server.connect();
    const Answer answer = third.ask(kGet);
    CHECK(answer.status == 503);
    CHECK(answer.headers.get("Retry-After") == "1");
    CHECK(answer.body.find(R"("code":"overloaded")") != std::string::npos);
    CHECK(third.ended());
    first.close();
    CHECK(second.ask(kGet).status == 200);
    for (int status = 0; status != 200;) status = server.once(kGet).status;
}

// UndefinedBehaviorSanitizer opens a pipe for its vptr check, so it cannot judge without
// descriptors.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("without descriptors the server answers instead of spinning, and recovers") {
    TestServer server;
    RawClient probe = server.connect();
    CHECK(probe.ask(kGet).status == 200);
    server.log.setLevel(static_cast<base::LogLevel>(99));
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    // The client's own socket takes the last descriptor below the limit.
    base::Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    rlimit tight = before;
    tight.rlim_cur = static_cast<rlim_t>(client.get()) + 1;
    std::vector<base::Fd> fillers;
    ::setrlimit(RLIMIT_NOFILE, &tight);
    for (;;) {
        base::Fd filler(::dup(client.get()));
        if (!filler) break;
        fillers.push_back(std::move(filler));
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.server.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // No CHECK before the limit is lifted: sanitizers need a descriptor now and then.
    const int connected =
        ::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    char answer[13] = {};
    const auto got = ::recv(client.get(), answer, sizeof answer - 1, MSG_WAITALL);
    const int others = probe.ask(kGet).status;
    fillers.clear();
    ::setrlimit(RLIMIT_NOFILE, &before);
    CHECK(connected == 0);
    CHECK(got == 12);
    CHECK(std::string(answer) == "HTTP/1.1 503");
    CHECK(others == 200);
    RawClient next = server.connect();
    next.send(kGet);
    CHECK(next.read(false, server.turningClock(Milliseconds{100})).status == 200);
}
#endif

TEST_CASE("five thousand idle connections cost little memory") {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < 11'000) {
        WARN("too few descriptors for this test");
        return;
    }
    TestServer server;
    for (int i = 0; i < 100; ++i) CHECK(server.once(kGet).status == 200);
    std::vector<RawClient> idle;
    idle.reserve(5'000);
    const std::size_t before = residentBytes();
    for (int i = 0; i < 5'000; ++i) {
        idle.push_back(server.connect());
        idle.back().send(kGet);
    }
    for (RawClient& client : idle) REQUIRE(client.read().status == 200);
    CHECK(server.server.connections() == 5'000);
    const std::size_t after = residentBytes();
    INFO("bytes a connection: " << (after - std::min(before, after)) / 5'000);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(after < before + 20'000'000);  // the client's side is in it
#endif
    CHECK(server.once(kGet).status == 200);
}
