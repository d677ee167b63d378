#include "json/json.h"
#include "sdk/json.h"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <string>

using namespace trusthub;

namespace {

std::string written(std::string_view text) {
    sdk::JsonWriter out(4);
    out.value(text);
    return std::move(out).text();
}

std::string readBack(std::string_view json) {
    const auto value = json::parse(json);
    return value && value->is_string() ? std::string(value->as_string()) : "(not a string)";
}

}  // namespace

TEST_CASE("whatever stands at whatever place of a text, the text is read back as it was") {
    for (std::size_t size = 0; size <= 40; ++size)
        for (std::size_t at = 0; at < size; ++at)
            for (const char c : {'"', '\\', '\n', '\x01', '\x1f', ' ', '!', '\x7f'}) {
                std::string text(size, 'x');
                text[at] = c;
                INFO(size << " bytes, " << static_cast<int>(c) << " at " << at);
                REQUIRE(readBack(written(text)) == text);
            }
}

TEST_CASE("texts of many special bytes are read back as they were") {
    REQUIRE(rc::check([] {
        // Without NUL, which the hub's parser takes from nobody.
        const auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
        RC_ASSERT(readBack(written(text)) == text);
    }));
    CHECK(readBack(written("ä € 𝄞")) == "ä € 𝄞");
}

TEST_CASE("members and elements are divided by commas, however they nest") {
    sdk::JsonWriter out(1);
    const std::string runtime = "with \" quote";
    out.beginObject()
        .member("a", 1)
        .member("b", "x")
        .key("c")
        .beginArray()
        .value(true)
        .beginArray()
        .endArray()
        .beginObject()
        .endObject()
        .raw("{}")
        .null()
        .endArray()
        .member(runtime, std::int64_t{-2})
        .key("d")
        .beginObject()
        .endObject()
        .member("e", "")
        .endObject();
    CHECK(std::move(out).text() ==
          R"({"a":1,"b":"x","c":[true,[],{},{},null],"with \" quote":-2,"d":{},"e":""})");
}
