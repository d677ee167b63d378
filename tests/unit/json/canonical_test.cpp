#include "json/json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <bit>
#include <limits>

using namespace trusthub;

namespace {

std::string canonicalOf(std::string_view text) {
    const auto parsed = json::parse(text);
    REQUIRE(parsed);
    return json::canonical(*parsed);
}

rc::Gen<json::Value> valueGen(int depth) {
    auto scalar =
        rc::gen::oneOf(rc::gen::construct<json::Value>(rc::gen::arbitrary<bool>()),
                       rc::gen::map(rc::gen::inRange<std::int64_t>(-(1LL << 53), (1LL << 53) + 1),
                                    [](std::int64_t n) { return json::Value(n); }),
                       rc::gen::map(rc::gen::arbitrary<std::uint64_t>(),
                                    [](std::uint64_t bits) {
                                        const auto d = std::bit_cast<double>(bits);
                                        return json::Value(d - d == 0 ? d : 0.5);
                                    }),
                       rc::gen::map(rc::gen::string<std::string>(), [](std::string text) {
                           for (char& c : text)
                               c = static_cast<char>(1 + (static_cast<unsigned char>(c) % 127));
                           return json::Value(text);
                       }));
    if (depth == 0) return scalar;
    return rc::gen::oneOf(
        scalar,
        rc::gen::map(rc::gen::container<std::vector<json::Value>>(4, valueGen(depth - 1)),
                     [](const std::vector<json::Value>& items) {
                         json::Array array(items.begin(), items.end());
                         return json::Value(std::move(array));
                     }),
        rc::gen::map(rc::gen::container<std::map<std::string, json::Value>>(
                         rc::gen::element<std::string>("a", "b", "\xC3\xA9", "\xF0\x9F\x98\x80",
                                                       "\xEF\xAC\xB3", "", "\n"),
                         valueGen(depth - 1)),
                     [](const std::map<std::string, json::Value>& members) {
                         json::Object object;
                         for (const auto& [name, value] : members) object[name] = value;
                         return json::Value(std::move(object));
                     }));
}

}  // namespace

// RFC 8785, section 3.2.2 and 3.2.3.
TEST_CASE("the example of RFC 8785 comes out as the RFC prints it") {
    CHECK(canonicalOf(R"({
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    })") ==
          "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
          "\"string\":\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST_CASE("members are sorted by UTF-16 code units, as in section 3.2.3 of RFC 8785") {
    CHECK(canonicalOf(R"({
        "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis"
    })") ==
          "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xC2\x80\":\"Control\","
          "\"\xC3\xB6\":\"Latin Small Letter O With Diaeresis\",\"\xE2\x82\xAC\":\"Euro Sign\","
          "\"\xF0\x9F\x98\x80\":\"Emoji: Grinning Face\","
          "\"\xEF\xAC\xB3\":\"Hebrew Letter Dalet With Dagesh\"}");
}

// RFC 8785, appendix B: bits of the double and the text.
TEST_CASE("numbers are written as appendix B of RFC 8785 lists them") {
    const std::pair<std::uint64_t, const char*> vectors[] = {
        {0x0000000000000000, "0"},
        {0x8000000000000000, "0"},
        {0x0000000000000001, "5e-324"},
        {0x8000000000000001, "-5e-324"},
        {0x7fefffffffffffff, "1.7976931348623157e+308"},
        {0xffefffffffffffff, "-1.7976931348623157e+308"},
        {0x4340000000000000, "9007199254740992"},
        {0xc340000000000000, "-9007199254740992"},
        {0x4430000000000000, "295147905179352830000"},
        {0x44b52d02c7e14af5, "9.999999999999997e+22"},
        {0x44b52d02c7e14af6, "1e+23"},
        {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
        {0x444b1ae4d6e2ef4e, "999999999999999700000"},
        {0x444b1ae4d6e2ef4f, "999999999999999900000"},
        {0x444b1ae4d6e2ef50, "1e+21"},
        {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
        {0x3eb0c6f7a0b5ed8d, "0.000001"},
        {0x41b3de4355555553, "333333333.3333332"},
        {0x41b3de4355555554, "333333333.33333325"},
        {0x41b3de4355555555, "333333333.3333333"},
        {0x41b3de4355555556, "333333333.3333334"},
        {0x41b3de4355555557, "333333333.33333343"},
        {0xbecbf647612f3696, "-0.0000033333333333333333"},
        {0x43143ff3c1cb0959, "1424953923781206.2"},
    };
    for (const auto& [bits, text] : vectors)
        CHECK(json::canonical(std::bit_cast<double>(bits)) == text);
}

TEST_CASE("a number that JSON cannot hold is a broken invariant") {
    CHECK_THROWS(json::canonical(std::numeric_limits<double>::infinity()));
    CHECK_THROWS(json::canonical(std::numeric_limits<double>::quiet_NaN()));
}

TEST_CASE("integers within 2^53 are exact, wider ones are the nearest double") {
    CHECK(canonicalOf("[9007199254740992,-9007199254740992,-1,0]") ==
          "[9007199254740992,-9007199254740992,-1,0]");
    CHECK(canonicalOf("9007199254740993") == "9007199254740992");
    CHECK(canonicalOf("18446744073709551615") == "18446744073709552000");
}

TEST_CASE("the canonical form reads back to itself") {
    CHECK(rc::check("canonical(parse(canonical(x))) == canonical(x)", [] {
        const json::Value value = *valueGen(3);
        const std::string once = json::canonical(value);
        const auto back = json::parse(once);
        RC_ASSERT(back.has_value());
        RC_ASSERT(json::canonical(*back) == once);
    }));
}
