#include "api/preconditions.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

using namespace trusthub;

namespace {

constexpr const char* kTag = "\"aaaa\"";

Result<api::Preconditions> read(std::initializer_list<std::pair<const char*, const char*>> fields) {
    sdk::Headers headers;
    for (const auto& [name, value] : fields) headers.add(name, value);
    return api::Preconditions::of(headers);
}

api::Preconditions match(const char* value) {
    return *read({{"If-Match", value}});
}
api::Preconditions noneMatch(const char* value) {
    return *read({{"If-None-Match", value}});
}

std::string tagOf(const char* text, const std::vector<std::string_view>& telemetry = {}) {
    const auto value = json::parse(text);
    return api::entityTag(value->as_object(), text, telemetry);
}

}  // namespace

TEST_CASE("If-Match lets a change pass only while one of its tags is current") {
    CHECK(match(kTag).allow(kTag));
    CHECK(match("\"bbbb\", \"aaaa\"").allow(kTag));
    CHECK(match(" ,\"bbbb\" ,, \"aaaa\" ,").allow(kTag));
    CHECK(match("*").allow(kTag));
    CHECK(read({})->allow(kTag));
    CHECK(read({{"If-Match", "\"bbbb\""}, {"if-match", kTag}})->allow(kTag));
    for (const char* other : {"\"bbbb\"", "\"aaa\"", "\"AAAA\"", "\"\"", "W/\"aaaa\""}) {
        INFO(other);
        const auto refused = match(other).allow(kTag);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::PreconditionFailed);
    }
}

TEST_CASE("If-None-Match answers a read with 304 while one of its tags is current, weak ones too") {
    CHECK(noneMatch(kTag).notModified(kTag));
    CHECK(noneMatch("W/\"aaaa\"").notModified(kTag));
    CHECK(noneMatch("*").notModified(kTag));
    CHECK(noneMatch("\"x,y\", \"aaaa\"").notModified(kTag));
    CHECK_FALSE(noneMatch("\"bbbb\"").notModified(kTag));
    CHECK_FALSE(read({})->notModified(kTag));
    CHECK_FALSE(noneMatch("*").allow(kTag));
}

TEST_CASE("what is no list of entity tags is a bad request") {
    std::string many;
    for (int i = 0; i < 51; ++i) many += "\"a\",";
    for (const char* value :
         {"", " ", ",", "aaaa", "\"aaaa", "aaaa\"", "\"a\" \"b\"", "w/\"a\"", "W/", "W/ \"a\"",
          "*,\"a\"", "\"a\",*", "**", "\"a b\"", "\"a\tb\"", "'a'", many.c_str()}) {
        INFO(value);
        for (const char* field : {"If-Match", "If-None-Match"}) {
            const auto conditions = read({{field, value}});
            REQUIRE_FALSE(conditions);
            CHECK(conditions.error().kind == ErrorKind::BadRequest);
        }
    }
    CHECK_FALSE(read({{"If-Match", "*"}, {"If-Match", "\"a\""}}));
}

TEST_CASE("another body has another tag; telemetry alone does not stop a change") {
    const std::vector<std::string_view> telemetry{"last_used_at", "last_used_ip"};
    const auto first = tagOf(R"({"name":"a","last_used_at":null,"last_used_ip":null})", telemetry);
    const auto used = tagOf(R"({"name":"a","last_used_at":"now","last_used_ip":null})", telemetry);
    const auto renamed =
        tagOf(R"({"name":"b","last_used_at":null,"last_used_ip":null})", telemetry);
    CHECK(first == tagOf(R"({"name":"a","last_used_at":null,"last_used_ip":null})", telemetry));
    CHECK(first != used);
    CHECK(match(first.c_str()).allow(used));
    CHECK_FALSE(match(first.c_str()).allow(renamed));
    CHECK_FALSE(noneMatch(first.c_str()).notModified(used));
    CHECK(tagOf(R"({"name":"a"})").size() == 24);
    CHECK(tagOf(R"({"name":"a"})") != tagOf(R"({"name":"b"})"));
}
