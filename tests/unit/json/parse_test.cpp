#include "json/json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <catch2/catch.hpp>

using namespace trusthub;

namespace {

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

std::string refusalOf(std::string_view text) {
    const auto parsed = json::parse(text);
    if (parsed) return "accepted";
    REQUIRE(parsed.error().kind == ErrorKind::BadRequest);
    return parsed.error().detail;
}

}  // namespace

TEST_CASE("a text that is no JSON is refused with the byte where it ends to be") {
    for (const char* text :
         {"",           " ",     "{",   "[1,]",    "{\"a\":1,}", "{'a':1}",  "01",
          "+1",         "1.",    ".5",  "1e",      "NaN",        "Infinity", "nul",
          "true false", "[1] x", "\"a", "// c\n1", "{\"a\" 1}",  "\"\t\"",   "\xEF\xBB\xBF{}"}) {
        INFO(text);
        CHECK(refusalOf(text).find("(byte ") != std::string::npos);
    }
    CHECK(refusalOf("[1,]").find("(byte 3)") != std::string::npos);
}

TEST_CASE("every kind of top-level value is read") {
    for (const char* text : {"{}", "[]", "0", "-1.5e3", "true", "null", "\"x\"", " [1 , 2] \n"}) {
        INFO(text);
        CHECK(json::parse(text).has_value());
    }
}

TEST_CASE("a member that stands twice is refused at any depth, and the text itself is not shown") {
    CHECK(refusalOf(R"({"secret":1,"secret":2})") == "JSON: a member stands twice (byte 19)");
    CHECK(refusalOf(R"([{"a":{"b":1,"c":[{"x":1,"y":2,"x":3}]}}])").find("stands twice") !=
          std::string::npos);
    CHECK(refusalOf(R"({"a":1,"\u0061":2})").find("stands twice") != std::string::npos);
    // The member that is lost holds members itself.
    CHECK(refusalOf(R"({"a":{"p":1,"q":2},"a":{}})").find("stands twice") != std::string::npos);
    CHECK(json::parse(R"({"a":{"a":1},"b":{"a":1}})").has_value());
    CHECK(json::parse(R"({"":1,"a":{"":2}})").has_value());
}

TEST_CASE("a member that stands twice among many is refused") {
    std::string text = "{";
    for (int i = 0; i < 100; ++i) text += "\"m" + std::to_string(i) + "\":1,";
    CHECK(json::parse(text + "\"n\":1}").has_value());
    CHECK(refusalOf(text + "\"m37\":1}").find("stands twice") != std::string::npos);
}

TEST_CASE("NUL is refused in values and names, however it is written") {
    CHECK(refusalOf(R"({"a":"x\u0000y"})").find("NUL") != std::string::npos);
    CHECK(refusalOf(R"({"a\u0000":1})").find("NUL") != std::string::npos);
    CHECK(refusalOf(std::string("\"a\0b\"", 5)) != "accepted");
    CHECK(refusalOf("\"" + std::string(10'000, 'x') + "\\u0000\"").find("NUL") !=
          std::string::npos);
}

TEST_CASE("bytes that are not UTF-8 are refused") {
    for (const std::string bytes : {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                    "\xE2\x82", "\x80", "\xF0\x80\x80\xAF"}) {
        CHECK(refusalOf("\"" + bytes + "\"") != "accepted");
        CHECK(refusalOf("{\"" + bytes + "\":1}") != "accepted");
    }
    CHECK(json::parse("\"\xF0\x9F\x98\x80\xEF\xBF\xBD\"").has_value());
}

TEST_CASE("a surrogate without its other half is refused") {
    for (const char* text : {R"("\ud800")", R"("\udc00")", R"("\ud800x")", R"("\ud800\ud800")",
                             R"("\ud800\u0041")", R"({"\udfff":1})"}) {
        INFO(text);
        CHECK(refusalOf(text) != "accepted");
    }
    const auto pair = json::parse(R"("\ud83d\ude00")");
    REQUIRE(pair);
    CHECK(pair->as_string() == "\xF0\x9F\x98\x80");
}

TEST_CASE("depth is bounded exactly") {
    CHECK(json::parse(nested(64)).has_value());
    CHECK_FALSE(json::parse(nested(65)).has_value());
    CHECK(json::parse(nested(4), {.maxDepth = 4}).has_value());
    CHECK_FALSE(json::parse(nested(5), {.maxDepth = 4}).has_value());
    CHECK_FALSE(json::parse(std::string(1'000'000, '[')).has_value());
}

TEST_CASE("a text that is too long is refused as too large") {
    const auto parsed = json::parse("[1,2]", {.maxBytes = 4});
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind == ErrorKind::TooLarge);
}

TEST_CASE("whole numbers of 64 bits are kept exactly") {
    CHECK(json::parse("9223372036854775807")->as_int64() == INT64_MAX);
    CHECK(json::parse("-9223372036854775808")->as_int64() == INT64_MIN);
    CHECK(json::parse("18446744073709551615")->as_uint64() == UINT64_MAX);
    CHECK(json::parse("9007199254740993")->as_int64() == 9007199254740993);
    CHECK(json::serialize(*json::parse("[9007199254740993]")) == "[9007199254740993]");
}

TEST_CASE("wider and broken numbers become the nearest double") {
    CHECK(json::parse("123456789012345678901234567890")->as_double() ==
          123456789012345678901234567890.0);
    CHECK(json::parse("-0.0")->as_double() == 0.0);
    // Values that an approximate conversion gets wrong in the last place.
    CHECK(json::parse("9007199254740993.0")->as_double() == 9007199254740992.0);
    CHECK(json::parse("0.1")->as_double() == 0.1);
    CHECK(json::parse("1.7976931348623157e308")->as_double() == 1.7976931348623157e308);
    CHECK(json::parse("5e-324")->as_double() == 5e-324);
    CHECK(json::parse("2.2250738585072011e-308")->as_double() == 2.2250738585072011e-308);
    CHECK(json::parse("6.02214076e23")->as_double() == 6.02214076e23);
    CHECK(json::parse("1e-400")->as_double() == 0.0);
    CHECK(json::parse(std::string(500, '7') + "e-490")->as_double() > 1e9);
}

TEST_CASE("a number that no double holds is refused") {
    CHECK(refusalOf("1e400").find("out of range") != std::string::npos);
    CHECK(refusalOf("[-1e999999999999]") != "accepted");
    CHECK(refusalOf(std::string(400, '9')).find("out of range") != std::string::npos);
}

TEST_CASE("long strings and names come through whole") {
    const std::string longText(100'000, 'q');
    const auto parsed = json::parse("{\"" + longText + "\":\"" + longText + "\\n\"}");
    REQUIRE(parsed);
    CHECK(parsed->as_object().at(longText).as_string() == longText + "\n");
}
