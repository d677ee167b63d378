#include "scans/scans.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using scans::gitRefOf;
using scans::shortRef;

TEST_CASE("a ref's short name is what people call it") {
    CHECK(shortRef("refs/heads/main") == "main");
    CHECK(shortRef("refs/heads/feature/x") == "feature/x");
    CHECK(shortRef("refs/tags/v1.0") == "v1.0");
    CHECK(shortRef("refs/pull/12/merge") == "pr-12");
    CHECK(shortRef("refs/pull/12/head") == "pr-12");
    CHECK(shortRef("refs/merge-requests/7/head") == "mr-7");
    CHECK(shortRef("refs/merge-requests/7/merge") == "mr-7");
}

TEST_CASE("a ref of no known kind keeps its name") {
    for (const char* ref : {"", "main", "refs/pull/x/head", "refs/pull/12", "refs/pull/12/other",
                            "refs/pull//head", "refs/notes/commits"})
        CHECK(shortRef(ref) == ref);
}

TEST_CASE("the API takes a branch or a full ref") {
    CHECK(gitRefOf("main").value() == "refs/heads/main");
    CHECK(gitRefOf("feature/x").value() == "refs/heads/feature/x");
    CHECK(gitRefOf("refs/tags/v1").value() == "refs/tags/v1");
    CHECK(gitRefOf("refs/pull/12/head").value() == "refs/pull/12/head");
    CHECK(gitRefOf("").value().empty());
    CHECK(gitRefOf("HEAD").value().empty());
}

TEST_CASE("a ref that git would not take is refused at /ref") {
    for (const char* ref :
         {"-x",     "--all",    "a..b", "a b",   "a~1",   "a^",   "a:b",  "+a", "a?",
          "a*",     "a[",       "a\\b", "/a",    "a/",    "a//b", "a.",   ".a", "a/.b",
          "a.lock", "a.lock/b", "@",    "a@{0}", "a\x7f", "a\nb", "refs/"}) {
        const auto refused = gitRefOf(ref);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::InvalidInput);
        CHECK(refused.error().fields.at(0).pointer == "/ref");
    }
    CHECK_FALSE(gitRefOf(std::string(300, 'a')));
}
