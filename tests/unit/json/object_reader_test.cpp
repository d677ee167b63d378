#include "json/json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <catch2/catch.hpp>

using namespace trusthub;

namespace {

json::Value body(std::string_view text) {
    return *json::parse(text);
}

std::vector<std::string> pointers(const Error& error) {
    std::vector<std::string> out;
    for (const auto& field : error.fields) out.push_back(field.pointer);
    return out;
}

}  // namespace

TEST_CASE("a body that fits gives its values and no error") {
    const auto value = body(R"({"name":"x","count":3,"ratio":0.5,"on":true,"tags":["a","b"],
                               "nested":{"k":1},"free":[1]})");
    json::ObjectReader reader(value);
    CHECK(reader.string("name") == "x");
    CHECK(reader.integer("count", 0, 10) == 3);
    CHECK(reader.optionalNumber("ratio", 0, 1) == 0.5);
    CHECK(reader.optionalBool("on") == true);
    CHECK(reader.optionalStrings("tags") == std::vector<std::string>{"a", "b"});
    REQUIRE(reader.object("nested"));
    REQUIRE(reader.any("free"));
    CHECK(reader.finish().has_value());
}

TEST_CASE("all that is wrong with a body is told at once, by pointer") {
    const auto value = body(R"({"count":11,"ratio":"x","tags":["a",7],"a/b~c":1})");
    json::ObjectReader reader(value);
    reader.string("name");
    reader.integer("count", 0, 10);
    reader.optionalNumber("ratio", 0, 1);
    reader.optionalStrings("tags");
    const auto done = reader.finish();
    REQUIRE_FALSE(done);
    CHECK(done.error().kind == ErrorKind::InvalidInput);
    CHECK(pointers(done.error()) ==
          std::vector<std::string>{"/name", "/count", "/ratio", "/tags/1", "/a~1b~0c"});
    CHECK(done.error().fields[0].detail == "is required");
}

TEST_CASE("null counts as absent") {
    const auto value = body(R"({"a":null,"b":null})");
    json::ObjectReader reader(value);
    CHECK_FALSE(reader.optionalString("a").has_value());
    reader.string("b");
    const auto done = reader.finish();
    REQUIRE_FALSE(done);
    CHECK(pointers(done.error()) == std::vector<std::string>{"/b"});
}

TEST_CASE("a body that is no object gives one error") {
    const auto value = body("[1]");
    json::ObjectReader reader(value);
    CHECK(reader.string("name").empty());
    CHECK(reader.object("x") == nullptr);
    const auto done = reader.finish();
    REQUIRE_FALSE(done);
    REQUIRE(done.error().fields.size() == 1);
    CHECK(done.error().fields[0].pointer.empty());
}

TEST_CASE("bounds of texts and lists are inclusive") {
    const auto value = body(R"({"two":"ab","list":["a","b"]})");
    json::ObjectReader fits(value);
    CHECK(fits.string("two", 2, 2) == "ab");
    CHECK(fits.optionalStrings("list", 2, 1)->size() == 2);
    CHECK(fits.finish().has_value());

    json::ObjectReader tight(value);
    tight.string("two", 3, 9);
    tight.optionalStrings("list", 1, 1);
    CHECK(pointers(tight.finish().error()) == std::vector<std::string>{"/two", "/list"});
}

TEST_CASE("a fraction is no whole number and a huge one does not wrap") {
    const auto value = body(R"({"a":1.5,"b":18446744073709551615})");
    json::ObjectReader reader(value);
    reader.integer("a", 0, 10);
    reader.integer("b", -5, 10);
    CHECK(pointers(reader.finish().error()) == std::vector<std::string>{"/a", "/b"});
}

TEST_CASE("the errors of a nested reader join those of the outer one with their pointers") {
    const auto value = body(R"({"inner":{"x":1,"y":2}})");
    json::ObjectReader outer(value);
    const json::Object* object = outer.object("inner");
    REQUIRE(object);
    const json::Value copy(*object);
    json::ObjectReader inner(copy, outer.pointer("inner"));
    inner.string("x");
    outer.merge(inner);
    CHECK(pointers(outer.finish().error()) == std::vector<std::string>{"/inner/x", "/inner/y"});
}

TEST_CASE(
    "a body with thousands of unknown members is answered with a bounded list of clipped names") {
    json::Object object;
    for (int i = 0; i < 5000; ++i) object[std::to_string(i) + std::string(500, 'n')] = i;
    const json::Value value(std::move(object));
    json::ObjectReader reader(value);
    const auto done = reader.finish();
    REQUIRE_FALSE(done);
    CHECK(done.error().fields.size() == 50);
    CHECK(done.error().fields[0].pointer.size() <= 101);
}

TEST_CASE("a refusal of the caller's own is told with the rest") {
    const auto value = body(R"({"a":"x"})");
    json::ObjectReader reader(value);
    reader.string("a");
    reader.refuse("a", "is taken");
    const auto done = reader.finish();
    REQUIRE_FALSE(done);
    CHECK(done.error().fields[0].detail == "is taken");
}

TEST_CASE("a name is text that can be seen, taken without the blanks around it") {
    const auto value =
        body(R"({"a": " \tPay ments ", "b": " \u00a0\u200b", "c": "", "d": "long"})");
    json::ObjectReader reader(value);
    CHECK(reader.name("a", 100) == "Pay ments");
    CHECK(reader.name("b", 100).empty());
    CHECK(reader.optionalName("c", 100) == std::nullopt);
    CHECK(reader.name("d", 3).empty());
    CHECK(reader.optionalName("e", 3) == std::nullopt);
    CHECK(reader.name("f", 3).empty());
    const auto fits = reader.finish();
    REQUIRE_FALSE(fits);
    CHECK(pointers(fits.error()) == std::vector<std::string>{"/b", "/c", "/d", "/f"});
}

TEST_CASE("what is no id is told what it should be the id of") {
    const auto value = body(R"({"a": "0199a1b2-0000-7000-8000-000000000002", "b": "platform"})");
    json::ObjectReader reader(value);
    CHECK(reader.id("a", "a team").size() == 36);
    CHECK(reader.optionalId("b", "a team") == std::nullopt);
    CHECK(reader.optionalId("c", "a team") == std::nullopt);
    const auto fits = reader.finish();
    REQUIRE_FALSE(fits);
    REQUIRE(fits.error().fields.size() == 1);
    CHECK(fits.error().fields[0].detail == "must be the id of a team");
}
