#include "json/schema.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <catch2/catch.hpp>

using namespace trusthub;

namespace {

json::JsonSchema schema(std::string_view text) {
    auto compiled = json::JsonSchema::compile(*json::parse(text));
    if (!compiled)
        for (const auto& field : compiled.error().fields)
            UNSCOPED_INFO(field.pointer + " " + field.detail);
    REQUIRE(compiled);
    return *std::move(compiled);
}

bool fits(std::string_view schemaText, std::string_view data) {
    return schema(schemaText).check(*json::parse(data)).has_value();
}

std::string refusal(std::string_view text) {
    const auto compiled = json::JsonSchema::compile(*json::parse(text));
    if (compiled) return "accepted";
    CHECK(compiled.error().kind == ErrorKind::InvalidInput);
    REQUIRE_FALSE(compiled.error().fields.empty());
    return compiled.error().fields[0].pointer + " " + compiled.error().fields[0].detail;
}

std::string problems(const json::JsonSchema& compiled, std::string_view data) {
    const auto checked = compiled.check(*json::parse(data));
    if (checked) return "";
    std::string out;
    for (const auto& field : checked.error().fields)
        out += field.pointer + " " + field.detail + "\n";
    return out;
}

}  // namespace

TEST_CASE("data that does not fit is explained by pointer and need, without its values") {
    const auto account = schema(R"({
        "$schema": "http://json-schema.org/draft-07/schema#", "title": "account",
        "type": "object", "additionalProperties": false, "required": ["account_id", "status"],
        "properties": {
            "account_id": {"type": "string", "pattern": "^acc_[0-9]+$"},
            "status": {"enum": ["active", "closed"]},
            "size": {"type": ["integer", "null"], "minimum": 1},
            "name": {"type": "string", "minLength": 2, "maxLength": 3}
        }})");
    CHECK(problems(account, R"({"account_id":"acc_1","status":"active","size":null,"name":"äöü"})")
              .empty());
    CHECK(problems(account, R"({"account_id":"hunter2","size":0,"name":"x","other":1})") ==
          "/data/account_id must match the pattern ^acc_[0-9]+$\n"
          "/data/name must have at least 2 characters\n"
          "/data/size must be at least 1\n"
          "/data/other is not known here\n"
          "/data/status is required\n");
    CHECK(problems(account, "[]") == "/data must be of type object\n");
}

TEST_CASE("pointers to list items and odd names are escaped") {
    const auto lists = schema(
        R"({"properties":{"a/b":{"type":"array","items":{"type":"object","properties":{"x~":{"type":"string"}}}}}})");
    CHECK(problems(lists, R"({"a/b":[{"x~":"ok"},{"x~":1}]})") ==
          "/data/a~1b/1/x~0 must be of type string\n");
}

TEST_CASE("patterns are checked by RE2 within anyOf, not and propertyNames too") {
    CHECK(fits(R"({"anyOf":[{"pattern":"^a"},{"pattern":"z$"}]})", R"("xyz")"));
    CHECK_FALSE(fits(R"({"anyOf":[{"pattern":"^a"},{"pattern":"z$"}]})", R"("xy")"));
    CHECK_FALSE(fits(R"({"not":{"pattern":"b"}})", R"("abc")"));
    CHECK_FALSE(fits(R"({"propertyNames":{"pattern":"^[a-z]+$"}})", R"({"A":1})"));
    CHECK(fits(R"({"pattern":"^a"})", "17"));
}

TEST_CASE("a pattern that would run for ever elsewhere ends at once") {
    const std::string evil = "\"" + std::string(200'000, 'a') + "!\"";
    CHECK_FALSE(fits(R"~({"pattern":"^(a+)+$"})~", evil));
    CHECK_FALSE(fits(R"({"format":"date-time"})", evil));
}

TEST_CASE("each supported format takes good and refuses bad texts") {
    struct Case {
        const char *format, *good, *bad;
    };
    for (const Case& c : std::initializer_list<Case>{
             {"date-time", "2025-01-15T10:00:00Z", "2025-13-15T10:00:00Z"},
             {"date-time", "2025-01-15T10:00:00.5+02:00", "2025-01-15 10:00:00"},
             {"date", "2024-02-29", "2025-02-29"},
             {"time", "10:00:00Z", "25:00:00Z"},
             {"uuid", "0190a2b4-7c1d-7abc-8def-0123456789AB",
              "0190a2b4-7c1d-7abc-8def-0123456789a"},
             {"uri", "https://example.com/a?b=c%20d", "not a uri"},
             {"uri", "urn:isbn:0451450523", "//example.com"},
             {"uri", "mailto:a@b.c", "https://a/%zz"},
             {"email", "first.last+tag@example.com", "first..last@example.com"},
             {"email", "a@b", "@b"},
             {"hostname", "hub.example.com", "-hub.example.com"},
             {"ipv4", "192.0.2.1", "192.0.2.256"},
             {"ipv6", "2001:db8::1", "2001:db8:::1"}}) {
        INFO(c.format << " " << c.good << " " << c.bad);
        const std::string text = std::string(R"({"format":")") + c.format + "\"}";
        CHECK(fits(text, std::string("\"") + c.good + "\""));
        CHECK_FALSE(fits(text, std::string("\"") + c.bad + "\""));
    }
    CHECK(refusal(R"({"format":"regex"})").find("not supported") != std::string::npos);
}

TEST_CASE("a keyword that would be ignored is refused with its place") {
    CHECK(refusal(R"({"properties":{"a":{"minimun":1}}})") ==
          "/schema/properties/a/minimun this keyword is not supported");
    CHECK(refusal(R"({"patternProperties":{"^a":{}}})").starts_with("/schema/patternProperties"));
    CHECK(refusal(R"({"contentMediaType":"application/json"})") != "accepted");
    CHECK(refusal(R"({"then":{}})") == "/schema/then needs if");
    CHECK(refusal(R"({"items":{},"additionalItems":false})") != "accepted");
    CHECK(refusal(R"({"$schema":"https://json-schema.org/draft/2020-12/schema"})") != "accepted");
    CHECK(refusal(R"({"x-classified":true,"$comment":"c","default":1})") == "accepted");
}

TEST_CASE("a schema with a broken keyword value is refused") {
    for (const char* text :
         {"7", R"({"type":"strin"})", R"({"type":[]})", R"({"pattern":"("})",
          R"~({"pattern":"(?=a)"})~", R"({"minLength":-1})", R"({"maximum":"1"})",
          R"({"required":"a"})", R"({"properties":[]})", R"({"anyOf":[]})",
          R"({"properties":{"a":1}})", R"({"minItems":-1})"}) {
        INFO(text);
        CHECK(refusal(text) != "accepted");
    }
}

TEST_CASE("references to definitions are followed, others are refused") {
    const char* text = R"({"definitions":{"id":{"type":"string","pattern":"^i"}},
                          "properties":{"a":{"$ref":"#/definitions/id"},"b":{"$ref":"#/definitions/id"}}})";
    CHECK(fits(text, R"({"a":"i1","b":"i2"})"));
    CHECK_FALSE(fits(text, R"({"a":"i1","b":"x"})"));
    CHECK(refusal(R"({"$ref":"https://example.com/s.json"})") != "accepted");
    CHECK(refusal(R"({"$ref":"#/definitions/none"})") != "accepted");
    CHECK(
        refusal(
            R"({"definitions":{"a":{}},"properties":{"x":{"$ref":"#/definitions/a","type":"string"}}})") !=
        "accepted");
    CHECK(refusal(R"({"definitions":{"bad":{"typo":1}}})") != "accepted");
}

TEST_CASE("a schema that leads back to itself or multiplies is refused") {
    CHECK(
        refusal(
            R"({"definitions":{"a":{"allOf":[{"$ref":"#/definitions/a"}]}},"$ref":"#/definitions/a"})") !=
        "accepted");
    CHECK(refusal(R"({"definitions":{"a":{"properties":{"n":{"$ref":"#/definitions/b"}}},
                     "b":{"items":{"$ref":"#/definitions/a"}}}})")
              .find("refers to itself") != std::string::npos);
    std::string bomb = R"({"definitions":{"d0":{"type":"string"})";
    for (int i = 1; i < 30; ++i) {
        const std::string previous = R"({"$ref":"#/definitions/d)" + std::to_string(i - 1) + "\"}";
        bomb += ",\"d" + std::to_string(i) + R"(":{"allOf":[)" + previous + "," + previous + "]}";
    }
    bomb += R"(},"properties":{"x":{"$ref":"#/definitions/d29"}}})";
    CHECK(refusal(bomb).find("too large") != std::string::npos);
}

TEST_CASE("uniqueItems goes with a bound only, since each pair is compared") {
    CHECK(refusal(R"({"uniqueItems":true})") != "accepted");
    CHECK_FALSE(fits(R"({"uniqueItems":true,"maxItems":5})", "[1,2,1]"));
    CHECK(fits(R"({"uniqueItems":true,"maxItems":5})", "[1,2,3]"));
}

TEST_CASE("numbers are checked as JSON Schema means them") {
    CHECK(fits(R"({"type":"integer"})", "1.0"));
    CHECK_FALSE(fits(R"({"type":"integer"})", "1.5"));
    CHECK(fits(R"({"type":"integer"})", "18446744073709551615"));
    CHECK_FALSE(fits(R"({"maximum":10})", "18446744073709551615"));
    CHECK(fits(R"({"exclusiveMinimum":1,"exclusiveMaximum":3})", "2"));
    CHECK_FALSE(fits(R"({"exclusiveMaximum":3})", "3"));
    CHECK_FALSE(fits(R"({"multipleOf":5})", "7"));
    CHECK_FALSE(fits(R"({"type":"string"})", "1"));
    CHECK_FALSE(fits(R"({"type":"number"})", "\"1\""));
}

TEST_CASE("conditions, dependencies, contains and const hold") {
    const char* conditional =
        R"({"if":{"properties":{"k":{"const":"a"}},"required":["k"]},"then":{"required":["x"]},"else":{"required":["y"]}})";
    CHECK(fits(conditional, R"({"k":"a","x":1})"));
    CHECK_FALSE(fits(conditional, R"({"k":"a","y":1})"));
    CHECK(fits(conditional, R"({"k":"b","y":1})"));
    CHECK_FALSE(fits(R"({"dependencies":{"a":["b"]}})", R"({"a":1})"));
    CHECK_FALSE(fits(R"({"dependencies":{"a":{"required":["c"]}}})", R"({"a":1})"));
    CHECK_FALSE(fits(R"({"contains":{"const":3}})", "[1,2]"));
    CHECK_FALSE(fits(R"({"oneOf":[{"type":"string"},{"minLength":1}]})", R"("a")"));
    CHECK_FALSE(fits("false", "1"));
    CHECK(fits("true", "1"));
}

TEST_CASE("what is wrong with very large data is told in one sentence") {
    std::string data = "[1";
    for (int i = 0; i < 20'000; ++i) data += ",1";
    CHECK(problems(schema(R"({"items":{"type":"string"}})"), data + "]") ==
          "/data does not fit its schema\n");
    const auto few =
        schema(R"({"items":{"type":"string"}})")
            .check(*json::parse("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"));
    CHECK(few.has_value() == false);
}
