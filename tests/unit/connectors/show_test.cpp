#include "connectors/show.h"

#include "connectors/lint.h"
#include "json/json.h"
#include "plugin_folder.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using namespace trusthub::connectors;

namespace {

std::vector<Found> sampleFound() {
    auto read = parseDescriptor(test::kSampleYaml, "sample.yaml", "sample");
    REQUIRE(read.descriptor);
    return {{"dir/broken.yaml", "dir/broken.so", std::nullopt, "dir/broken.yaml:3: bad"},
            {"dir/sample.yaml", "dir/sample.so", *read.descriptor, ""}};
}

}  // namespace

TEST_CASE("the list has a line for each connector, refused ones with their reason") {
    const auto text = listText(sampleFound());
    CHECK_THAT(text, Catch::Contains("sample"));
    CHECK_THAT(text, Catch::Contains("1.2.3"));
    CHECK_THAT(text, Catch::Contains("inbound, scanner"));
    CHECK_THAT(text, Catch::Contains("REFUSED dir/broken.yaml:3: bad"));
    CHECK(listText({}) == "no connectors\n");
}

TEST_CASE("the list as JSON is JSON and says the same") {
    const auto parsed = json::parse(listJson(sampleFound()));
    REQUIRE(parsed);
    const auto& items = parsed->at("items").as_array();
    REQUIRE(items.size() == 2);
    CHECK(items[0].at("loaded") == false);
    CHECK(items[0].at("id") == "broken");
    CHECK(items[1].at("loaded") == true);
    CHECK(items[1].at("settings").as_array()[0].at("default") == "none");
    CHECK(items[1].at("limits").at("max_body_bytes") == 1000);
}

TEST_CASE("show tells all of one connector") {
    const auto found = sampleFound();
    const auto* one = findConnector(found, "sample");
    REQUIRE(one);
    CHECK_THAT(showText(*one), Catch::Contains("fault (string, default none)"));
    CHECK_THAT(showText(*one), Catch::Contains("none: it makes no calls"));
    CHECK(json::parse(showJson(*one)));
    CHECK_THAT(showText(found[0]), Catch::Contains("no: dir/broken.yaml:3: bad"));
    CHECK(findConnector(found, "nobody") == nullptr);
}

TEST_CASE("the reference page is Markdown whose cells cannot break the table") {
    auto found = sampleFound();
    found[1].descriptor->settings.fields[0].description = "a | b\nc";
    const auto page = docMarkdown(*found[1].descriptor);
    CHECK_THAT(page, Catch::StartsWith("# Sample\n"));
    CHECK_THAT(page, Catch::Contains("| `fault` | string, default none | a \\| b c |"));
}

TEST_CASE("lint names the line of each problem in a descriptor") {
    test::TempFolder folder;
    const auto yaml = folder / "sample.yaml";
    test::writeText(yaml, test::kSampleYaml);
    CHECK(lint(yaml).clean());
    test::writeText(yaml, test::replaced(test::kSampleYaml, "sdk: 1", "sdk: 7\nsdkk: 1"));
    const auto result = lint(yaml);
    CHECK_FALSE(result.clean());
    CHECK_THAT(lintText(result), Catch::Contains(yaml.string() + ":5: `sdk` must be 1"));
    CHECK_THAT(lintText(result), Catch::Contains(yaml.string() + ":6: unknown key `sdkk`"));
    const auto parsed = json::parse(lintJson(result));
    REQUIRE(parsed);
    CHECK(parsed->at("ok") == false);
    CHECK(parsed->at("problems").as_array()[0].at("line") == 5);
}

TEST_CASE("lint of a connector's folder wants the files that every connector has") {
    test::TempFolder folder;
    test::writeText(folder / "sample/plugin.yaml", test::kSampleYaml);
    const auto text = lintText(lint(folder / "sample/"));
    CHECK_THAT(text, Catch::Contains("has no README.md"));
    for (const char* name : {"CMakeLists.txt", "README.md", "connector.cpp"})
        test::writeText(folder / "sample" / name, "x");
    CHECK(lint(folder / "sample").clean());
    CHECK_FALSE(lint(folder / "nothing").clean());
}

TEST_CASE("lint of a library loads it as the hub would") {
    test::PluginFolder good, bad, lonely;
    CHECK(lint(good.add("good")).clean());
    CHECK_THAT(lintText(lint(bad.add("old_abi"))), Catch::Contains("found ABI version 99"));
    const auto library = lonely.add("good");
    std::filesystem::remove(lonely.yaml());
    CHECK_THAT(lintText(lint(library)), Catch::Contains("has no sample.yaml beside it"));
}
