#include "http/router.h"

#include <catch2/catch.hpp>

using namespace trusthub::http;

namespace {

Router sample() {
    Router router;
    router.add("GET", "/");                        // 0
    router.add("GET", "/v1/projects");             // 1
    router.add("POST", "/v1/projects");            // 2
    router.add("GET", "/v1/projects/{id}");        // 3
    router.add("GET", "/v1/projects/{id}/scans");  // 4
    router.add("DELETE", "/v1/projects/{id}");     // 5
    router.add("GET", "/v1/projects/mine");        // 6
    router.add("POST", "/v1/events:batch");        // 7
    router.add("GET", "/v1/{kind}/{id}/raw");      // 8
    return router;
}

std::size_t indexOf(std::string_view method, std::string_view path) {
    const auto found = sample().find(method, path);
    REQUIRE(std::holds_alternative<RouteMatch>(found));
    return std::get<RouteMatch>(found).index;
}

}  // namespace

TEST_CASE("a path finds its row") {
    CHECK(indexOf("GET", "/") == 0);
    CHECK(indexOf("GET", "/v1/projects") == 1);
    CHECK(indexOf("POST", "/v1/projects") == 2);
    CHECK(indexOf("GET", "/v1/projects/p1/scans") == 4);
    CHECK(indexOf("POST", "/v1/events:batch") == 7);
    CHECK(indexOf("GET", "/v1/%70rojects") == 1);
}

TEST_CASE("a literal wins over a parameter where it knows the method") {
    CHECK(indexOf("GET", "/v1/projects/mine") == 6);
    CHECK(indexOf("DELETE", "/v1/projects/mine") == 5);
    CHECK(indexOf("GET", "/v1/projects/p1/raw") == 8);
}

TEST_CASE("parameters are decoded once, after the split") {
    const auto found = sample().find("GET", "/v1/projects/a%20b%2541/scans");
    CHECK(std::get<RouteMatch>(found).params == PathParams{{"id", "a b%41"}});
}

TEST_CASE("segments that could mean another path match nothing") {
    const Router router = sample();
    for (const char* path :
         {"/v1/projects/", "/v1//projects", "//", "/v1/projects/.", "/v1/projects/..",
          "/v1/projects/%2e%2e", "/v1/projects/%2E", "/v1/projects/a%2Fb", "/v1/projects/a%2fb",
          "/v1/projects/a%00", "/v1/projects/a%", "/v1/projects/a%4", "/v1/projects/a%zz",
          "/v1/projects/%ff", "", "v1/projects", "*", "/v1/nothing", "/V1/projects"}) {
        INFO(path);
        CHECK(std::holds_alternative<NoRoute>(router.find("GET", path)));
    }
}

TEST_CASE("HEAD finds the GET row") {
    CHECK(indexOf("HEAD", "/v1/projects") == 1);
}

TEST_CASE("another method is told which ones there are") {
    const auto found = sample().find("PATCH", "/v1/projects/mine");
    REQUIRE(std::holds_alternative<OtherMethods>(found));
    CHECK(std::get<OtherMethods>(found).allow == "DELETE, GET, HEAD");
    CHECK(std::get<OtherMethods>(sample().find("get", "/v1/events:batch")).allow == "POST");
}
