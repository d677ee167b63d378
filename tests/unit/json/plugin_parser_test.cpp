#include "json/json.h"

#include <catch2/catch.hpp>

using namespace trusthub;

TEST_CASE("a plugin reads a document by paths, and what is absent is absent") {
    auto parsed = json::pluginParser().parse(
        R"({"repository":{"clone_url":"https://x","size":7},"commits":[{"id":"a"},{"id":"b"}],"f":true,"r":1.5})");
    REQUIRE(parsed);
    const sdk::JsonDocument document = *std::move(parsed);
    const sdk::JsonValue root = document.root();
    CHECK(root["repository"]["clone_url"].string() == "https://x");
    CHECK(root["repository"]["size"].integer() == 7);
    CHECK(root["commits"].size() == 2);
    CHECK(root["commits"].at(1)["id"].string() == "b");
    CHECK_FALSE(root["commits"].at(2));
    CHECK_FALSE(root["nowhere"]["deeper"].at(3));
    CHECK(root["nowhere"].string("fallback") == "fallback");
    CHECK(root["f"].boolean());
    CHECK(root["r"].number() == 1.5);
    CHECK_FALSE(root["r"].integer().has_value());
    CHECK(root.keyAt(0) == "repository");
    CHECK(root.valueAt(2).kind() == sdk::JsonKind::Bool);
    CHECK_FALSE(root.valueAt(9));
    CHECK(root.keyAt(9).empty());
}

TEST_CASE("a document outlives the text that it was read from") {
    sdk::JsonDocument document;
    {
        const std::string text = R"(["a long enough text to live on the heap, twenty times over"])";
        document = *json::pluginParser().parse(text);
    }
    CHECK(document.root().at(0).string().starts_with("a long enough"));
}

TEST_CASE("a plugin's parser is as strict as the hub's") {
    CHECK_FALSE(json::pluginParser().parse(R"({"a":1,"a":2})").has_value());
    CHECK_FALSE(
        json::pluginParser().parse(std::string(65, '[') + std::string(65, ']')).has_value());
}
