#include "http/request_rules.h"

#include <catch2/catch.hpp>

using namespace trusthub::http;
using trusthub::sdk::Headers;

TEST_CASE("the end of a head is found wherever the bytes are cut") {
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
    for (std::size_t cut = 0; cut < head.size(); ++cut) {
        HeadScanner scanner;
        CHECK(scanner.scan(std::string_view(head).substr(0, cut)) == HeadScanner::State::More);
        CHECK(scanner.scan(head + "GET") == HeadScanner::State::Complete);
        CHECK(scanner.headBytes() == head.size());
    }
}

TEST_CASE("bad line ends are refused as soon as they are seen") {
    for (const char* head :
         {"GET / HTTP/1.1\n", "\n", "GET / HTTP/1.1\r\nA: b\n", "GET / HTTP/1.1\r\nA: b\r\n c\r\n",
          "GET / HTTP/1.1\r\n\tA: b\r\n", "GET / HTTP/1.1\r\nA: b\rc\r\n", "A\r\r\n"}) {
        HeadScanner scanner;
        CHECK(scanner.scan(head) == HeadScanner::State::Refused);
    }
}

TEST_CASE("tokens of a list field are found without case and never inside others") {
    Headers headers;
    headers.add("Connection", "TE ,\tClose");
    headers.add("connection", "x-close-y");
    CHECK(hasToken(headers, "Connection", "close"));
    CHECK(hasToken(headers, "CONNECTION", "te"));
    CHECK_FALSE(hasToken(headers, "Connection", "y"));
    CHECK_FALSE(hasToken(headers, "Upgrade", "close"));
}

TEST_CASE("framing follows the fields") {
    Headers none, length, chunked;
    length.add("content-length", "12");
    chunked.add("Transfer-Encoding", "chunked");
    CHECK_FALSE(framingOf(none).hasBody());
    CHECK(framingOf(length).length == 12);
    CHECK(framingOf(chunked).chunked);
}

TEST_CASE("a field name is a token") {
    CHECK(isToken("X-Request_ID.1"));
    for (const char* name : {"", "a b", "a:", "a\r\n", "\xC3\xA4", "a(b)"})
        CHECK_FALSE(isToken(name));
}
