#include "access/address_list.h"

#include <catch2/catch.hpp>

using trusthub::access::AddressList;

namespace {

AddressList listOf(const std::vector<std::string>& texts) {
    const auto list = AddressList::parse(texts);
    REQUIRE(list);
    return *list;
}

}  // namespace

TEST_CASE("a list allows exactly the addresses of its networks, in either family") {
    const auto list = listOf({"192.0.2.0/24", "198.51.100.7", "2001:db8:1::/48"});
    for (const char* inside : {"192.0.2.0", "192.0.2.255", "198.51.100.7", "2001:db8:1::",
                               "2001:db8:1:ffff:ffff:ffff:ffff:ffff", "2001:DB8:1::9"}) {
        CAPTURE(inside);
        CHECK(list.allows(inside));
    }
    for (const char* outside : {"192.0.1.255", "192.0.3.0", "198.51.100.8", "2001:db8:2::",
                                "2001:db8::1", "::", "", "localhost", "192.0.2.1/32", "192.0.2"}) {
        CAPTURE(outside);
        CHECK_FALSE(list.allows(outside));
    }
    CHECK(AddressList{}.allows("203.0.113.9"));
    CHECK(AddressList{}.allows(""));
}

TEST_CASE("an IPv4 address mapped into IPv6 is that IPv4 address, in the list and of the caller") {
    CHECK(listOf({"192.0.2.0/24"}).allows("::ffff:192.0.2.9"));
    CHECK(listOf({"::ffff:192.0.2.0/120"}).allows("192.0.2.9"));
    CHECK(listOf({"::ffff:192.0.2.0/120"}).texts() == std::vector<std::string>{"192.0.2.0/24"});
    CHECK_FALSE(listOf({"::/0"}).allows("192.0.2.9"));
}

TEST_CASE("the text of a list is canonical, without repetitions, and reads back") {
    const auto list = listOf({"192.0.2.1/32", "192.0.2.1", "2001:DB8:0:0::/32", "10.0.0.0/8"});
    CHECK(list.text() == "192.0.2.1 2001:db8::/32 10.0.0.0/8");
    CHECK(AddressList::stored(list.text()) == list);
    CHECK(AddressList::stored("").empty());
}

TEST_CASE("what is no network is named, and a stored one that cannot be read restricts") {
    for (const char* text : {"192.0.2.1/24", "192.0.2.0/33", "2001:db8::1/32", "10/8", "010.0.0.1",
                             "192.0.2.0/024", "::ffff:1.2.3.4/90", "*", " 192.0.2.1"}) {
        CAPTURE(text);
        std::size_t bad = 9;
        CHECK_FALSE(AddressList::parse({"192.0.2.1", text}, &bad));
        CHECK(bad == 1);
    }
    CHECK_FALSE(AddressList::stored("rubbish").empty());
    CHECK_FALSE(AddressList::stored("rubbish").allows("192.0.2.1"));
}

TEST_CASE("a list lies within another when each of its networks does") {
    const auto outer = listOf({"10.0.0.0/8", "2001:db8::/32"});
    CHECK(listOf({"10.1.0.0/16"}).within(outer));
    CHECK(listOf({"10.0.0.0/8", "2001:db8::7"}).within(outer));
    CHECK_FALSE(listOf({"10.1.0.0/16", "11.0.0.1"}).within(outer));
    CHECK_FALSE(listOf({"0.0.0.0/0"}).within(outer));
    CHECK_FALSE(AddressList{}.within(outer));
    CHECK(outer.within(AddressList{}));
    CHECK(AddressList{}.within(AddressList{}));
}
