#include "http/egress_guard.h"

#include <catch2/catch.hpp>

#include <cstring>

using namespace trusthub;
using http::Cidr;
using http::EgressAllow;
using http::EgressGuard;
using http::IpAddress;

namespace {

IpAddress ip(std::string_view text) {
    const auto address = IpAddress::parse(text);
    INFO(text);
    REQUIRE(address);
    return *address;
}

std::string refusal(std::string_view address, const EgressGuard& guard = EgressGuard({}),
                    std::uint16_t port = 443, std::string_view purpose = "webhooks") {
    const auto verdict = guard.check({ip(address), port, purpose});
    if (verdict) return "";
    CHECK(verdict.error().kind == ErrorKind::EgressDenied);
    CHECK(verdict.error().detail.find("egress.allow") != std::string::npos);
    return verdict.error().detail;
}

EgressGuard allowing(std::initializer_list<std::string_view> cidrs) {
    std::vector<EgressAllow> rows;
    for (const auto text : cidrs) rows.push_back({*Cidr::parse(text), {}, {}});
    return EgressGuard(rows);
}

std::string v4(std::uint32_t value) {
    return std::to_string(value >> 24) + "." + std::to_string(value >> 16 & 255) + "." +
           std::to_string(value >> 8 & 255) + "." + std::to_string(value & 255);
}

/// Every row of the IANA IPv4 and IPv6 special-purpose registries that is not globally reachable,
/// with its last address and its neighbours where those are global unicast (empty: they are not).
struct Row {
    const char* first;
    const char* last;
    const char* before;
    const char* after;
    const char* kind;
};
const Row kRefused[] = {
    {"0.0.0.0", "0.255.255.255", "", "1.0.0.0", "this-network"},
    {"10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0", "private"},
    {"100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0", "shared"},
    {"127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0", "loopback"},
    {"169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0", "link-local"},
    {"172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0", "private"},
    {"192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0", "protocol-assignment"},
    {"192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0", "documentation"},
    {"192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0", "transition"},
    {"192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0", "private"},
    {"198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0", "benchmark"},
    {"198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0", "documentation"},
    {"203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0", "documentation"},
    {"224.0.0.0", "239.255.255.255", "223.255.255.255", "", "multicast"},
    {"240.0.0.0", "255.255.255.255", "", "", "reserved"},
    {"::", "::", "", "", "unspecified"},
    {"::1", "::1", "", "", "loopback"},
    {"::2", "::ffff:ffff", "", "", "reserved"},
    {"::ffff:0:0:0", "::ffff:0:ffff:ffff", "", "", "reserved"},
    {"64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "", "", "transition"},
    {"100::", "100::ffff:ffff:ffff:ffff", "", "", "discard"},
    {"100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff", "", "", "reserved"},
    {"2001:1::", "2001:1:ffff:ffff:ffff:ffff:ffff:ffff", "", "", "protocol-assignment"},
    {"2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "", "", "benchmark"},
    {"2001:3::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "", "2001:200::", "protocol-assignment"},
    {"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
     "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::", "documentation"},
    {"3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "3fff:1000::", "documentation"},
    {"4000::", "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "", "reserved"},
    {"5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", "", "segment-routing"},
    {"fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", "", "private"},
    {"fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", "", "link-local"},
    {"fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", "", "private"},
    {"ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", "", "multicast"},
};

const char* const kMetadata[] = {"169.254.169.254", "169.254.170.2", "169.254.170.23",
                                 "100.100.100.200", "168.63.129.16", "192.0.0.192",
                                 "fd00:ec2::254",   "fd00:ec2::23",  "fd20:ce::254"};

}  // namespace

TEST_CASE("every special range is refused from its first to its last address", "[egress]") {
    for (const Row& row : kRefused) {
        INFO(row.first);
        CHECK(refusal(row.first).find(row.kind) != std::string::npos);
        CHECK(refusal(row.last).find(row.kind) != std::string::npos);
        if (*row.before) CHECK(refusal(row.before) == "");
        if (*row.after) CHECK(refusal(row.after) == "");
    }
}

TEST_CASE("globally reachable addresses pass", "[egress]") {
    for (const char* address :
         {"1.1.1.1", "8.8.8.8", "93.184.216.34", "192.31.196.1", "192.52.193.1", "192.175.48.1",
          "2606:4700:4700::1111", "2a00:1450:4001::1", "2620:4f:8000::1", "2000::"})
        CHECK(refusal(address) == "");
}

TEST_CASE("over all of IPv4 each /16 border falls on the side the registry says", "[egress]") {
    const EgressGuard guard({});
    int refused = 0;
    for (std::uint32_t high = 0; high < 65'536; ++high) {
        const std::uint32_t a = high >> 8, b = high & 255;
        const bool whole = a == 0 || a == 10 || a == 127 || a >= 224 || (a == 100 && b / 64 == 1) ||
                           (a == 169 && b == 254) || (a == 172 && b / 16 == 1) ||
                           (a == 192 && b == 168) || (a == 198 && b / 2 == 9);
        const bool firstOnly = a == 192 && b == 0;  // 192.0.0.0/24 begins there
        IpAddress first, last;
        first.bytes = {static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b), 0, 0};
        last.bytes = {static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b), 255, 255};
        const bool firstRefused = !guard.check({first, 443, "webhooks"});
        const bool lastRefused = !guard.check({last, 443, "webhooks"});
        if (firstRefused != (whole || firstOnly) || lastRefused != whole) {
            INFO(first.text());
            FAIL("wrong side");
        }
        refused += lastRefused;
    }
    CHECK(refused == 256 * (1 + 1 + 1 + 32) + 64 + 1 + 16 + 1 + 2);
}

TEST_CASE("an IPv6 address that carries an IPv4 one is judged by it", "[egress]") {
    for (const char* good : {"64:ff9b::8.8.8.8", "2002:808:808::1", "2001:0:808:808::f7f7:f7f7"})
        CHECK(refusal(good) == "");
    for (const Row& row : kRefused) {
        if (std::strchr(row.first, ':')) continue;
        INFO(row.first);
        const auto inner = ip(row.last).bytes;
        const auto hex = [&](std::size_t i, int flip) {
            char text[8];
            std::snprintf(text, sizeof text, "%x", ((inner[i] << 8) | inner[i + 1]) ^ flip);
            return std::string(text);
        };
        CHECK(refusal("64:ff9b::" + std::string(row.last)) != "");
        CHECK(refusal("::ffff:" + std::string(row.last)) != "");
        CHECK(refusal("2002:" + hex(0, 0) + ":" + hex(2, 0) + "::1") != "");
        CHECK(refusal("2001:0:808:808::" + hex(0, 0xffff) + ":" + hex(2, 0xffff)) != "");
        CHECK(refusal("2001:0:" + hex(0, 0) + ":" + hex(2, 0) + "::f7f7:f7f7") != "");
    }
}

TEST_CASE("metadata services are refused whatever egress.allow says", "[egress]") {
    const auto open = allowing({"0.0.0.0/0", "::/0"});
    CHECK(refusal("127.0.0.1", open) == "");
    CHECK(refusal("169.254.169.253", open) == "");
    for (const char* address : kMetadata) {
        CHECK(refusal(address, open).find("metadata") != std::string::npos);
        CHECK_FALSE(allowing({address}).check({ip(address), 80, "connectors"}));
    }
    for (const char* hidden :
         {"::ffff:169.254.169.254", "::169.254.169.254", "64:ff9b::169.254.169.254",
          "64:ff9b:1::169.254.169.254", "2002:a9fe:a9fe::1", "2001:0:808:808::5601:5601",
          "::ffff:0:169.254.169.254", "2a00:1450::5efe:a9fe:a9fe", "2a00:1450::200:5efe:a9fe:a9fe"})
        CHECK(refusal(hidden, open).find("metadata") != std::string::npos);
}

TEST_CASE("a row of egress.allow opens its addresses, ports and purposes only", "[egress]") {
    const EgressGuard guard({{*Cidr::parse("10.1.0.0/16"), {443, 8443}, {"connectors"}}});
    CHECK(refusal("10.1.2.3", guard, 443, "connectors") == "");
    CHECK(refusal("10.1.2.3", guard, 8443, "connectors") == "");
    CHECK(refusal("10.1.2.3", guard, 80, "connectors") != "");
    CHECK(refusal("10.1.2.3", guard, 443, "webhooks") != "");
    CHECK(refusal("10.2.2.3", guard, 443, "connectors") != "");
    CHECK(refusal("64:ff9b::10.1.2.3", guard, 443, "connectors") == "");
    CHECK(refusal("64:ff9b::10.2.2.3", guard, 443, "connectors") != "");
    CHECK(refusal("::1", allowing({"127.0.0.0/8"})) != "");
    CHECK(refusal("127.0.0.1", allowing({"::/0"})) != "");
}

TEST_CASE("a v4-mapped address put together by hand is read as IPv4", "[egress]") {
    IpAddress mapped;
    mapped.v6 = true;
    mapped.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
    CHECK_FALSE(EgressGuard({}).check({mapped, 80, "webhooks"}));
    CHECK_FALSE(allowing({"::/0"}).check({mapped, 80, "webhooks"}));
}

TEST_CASE("one forbidden address of a name refuses the name without telling the address",
          "[egress]") {
    const EgressGuard guard({});
    CHECK(guard.checkAll({ip("8.8.8.8"), ip("2606:4700::1")}, 443, "webhooks"));
    const auto verdict = guard.checkAll({ip("8.8.8.8"), ip("10.20.30.40")}, 443, "webhooks");
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().kind == ErrorKind::EgressDenied);
    CHECK(verdict.error().detail.find("private") != std::string::npos);
    CHECK(verdict.error().detail.find("egress.allow") != std::string::npos);
    CHECK(verdict.error().detail.find("10.") == std::string::npos);
    CHECK_FALSE(guard.checkAll({}, 443, "webhooks"));
}

TEST_CASE("an address is parsed from its strict textual forms only", "[egress]") {
    for (const char* bad :
         {"", "1", "1.2.3", "01.2.3.4", "1.2.3.4.", " 1.2.3.4", "1.2.3.256", "0x7f.0.0.1",
          "fe80::1%eth0", "[::1]", ":::", "1::2::3", "12345::", "::ffff:1.2.3"})
        CHECK_FALSE(IpAddress::parse(bad));
    CHECK_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0x", 9)));
    CHECK(ip("::ffff:1.2.3.4") == ip("1.2.3.4"));
    CHECK(ip("::FFFF:7f00:1").text() == "127.0.0.1");
    CHECK(ip("2001:DB8:0:0::1").text() == "2001:db8::1");
}

TEST_CASE("a prefix has no bits beyond its length", "[egress]") {
    for (const char* bad :
         {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.1/8",
          "::1/127", "::/129", "10.0.0.0/8/8", "::ffff:10.0.0.0/8", "10/8"}) {
        INFO(bad);
        CHECK_FALSE(Cidr::parse(bad));
    }
    CHECK(Cidr::parse("10.0.0.7")->bits == 32);
    CHECK(Cidr::parse("::1/128")->contains(ip("::1")));
    const auto mapped = Cidr::parse("::ffff:10.0.0.0/104");
    REQUIRE(mapped);
    CHECK(mapped->contains(ip("10.9.9.9")));
    CHECK_FALSE(mapped->contains(ip("11.0.0.0")));
    for (int bits = 0; bits <= 32; ++bits) {
        const std::uint32_t base = bits == 0 ? 0 : 0xC0A80000U & (~0U << (32 - bits));
        const auto cidr = Cidr::parse(v4(base) + "/" + std::to_string(bits));
        REQUIRE(cidr);
        const std::uint32_t size = bits == 0 ? 0 : 1U << (32 - bits);  // 0: all
        CHECK(cidr->contains(ip(v4(base))));
        CHECK(cidr->contains(ip(v4(base + size - 1))));
        if (bits > 0) {
            CHECK_FALSE(cidr->contains(ip(v4(base + size))));
            CHECK_FALSE(cidr->contains(ip(v4(base - 1))));
        }
    }
}
