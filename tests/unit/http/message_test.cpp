#include "http/message.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using namespace trusthub::http;

TEST_CASE("a query is read once, strictly") {
    const auto members = parseQuery("a=1&b=x+y%26z&c&&d=");
    REQUIRE(members);
    CHECK(*members == std::map<std::string, std::string, std::less<>>{
                          {"a", "1"}, {"b", "x y&z"}, {"c", ""}, {"d", ""}});
    CHECK(parseQuery("")->empty());
    for (const char* broken : {"a=1&a=2", "a=%", "a=%4", "a=%zz", "%ff=1", "a=%00", "a=1&%61=2"}) {
        const auto refused = parseQuery(broken);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::BadRequest);
    }
}

TEST_CASE("an error becomes a problem document with its code and the request's id") {
    const Response response = problem(fail(ErrorKind::NotFound), "r-1");
    CHECK(response.status == 404);
    CHECK(response.headers.get("Content-Type") == "application/problem+json");
    CHECK(
        response.body ==
        R"({"type":"/docs/errors#not_found","title":"There is no such thing here; check the id.",)"
        R"("status":404,"code":"not_found","request_id":"r-1"})");
    CHECK(response.headers.find("WWW-Authenticate") == std::nullopt);
}

TEST_CASE("members that do not fit are named one by one") {
    Error error = invalid("/name", "is too long");
    error.fields.push_back({"/a~1b", "is unknown"});
    error.detail = "Two members.";
    CHECK(
        problem(error, "r")
            .body.ends_with(
                R"("detail":"Two members.","code":"invalid_input","request_id":"r",)"
                R"("errors":[{"pointer":"/name","detail":"is too long"},{"pointer":"/a~1b","detail":"is unknown"}]})"));
}

TEST_CASE("401 and insufficient scope carry a challenge") {
    const auto challenge = [](Error error) {
        return std::string(problem(error, "r").headers.get("WWW-Authenticate"));
    };
    CHECK(challenge(fail(ErrorKind::Unauthenticated)) == R"(Bearer realm="trusthub")");
    CHECK(challenge(fail(ErrorKind::Unauthenticated, "", "invalid_token")) ==
          R"(Bearer realm="trusthub", error="invalid_token")");
    CHECK(challenge(fail(ErrorKind::Forbidden, "", "insufficient_scope")) ==
          R"(Bearer realm="trusthub", error="insufficient_scope")");
    CHECK(challenge(fail(ErrorKind::Forbidden)).empty());
}

TEST_CASE("Retry-After is whole seconds, rounded up, at least one") {
    const auto retryAfter = [](ErrorKind kind, std::optional<Milliseconds> after) {
        Error error = fail(kind);
        error.retryAfter = after;
        return std::string(problem(error, "r").headers.get("Retry-After"));
    };
    CHECK(retryAfter(ErrorKind::RateLimited, Milliseconds{1'001}) == "2");
    CHECK(retryAfter(ErrorKind::RateLimited, Milliseconds{0}) == "1");
    CHECK(retryAfter(ErrorKind::Overloaded, std::nullopt) == "1");
    CHECK(retryAfter(ErrorKind::Conflict, Milliseconds{5'000}) == "5");
    CHECK(retryAfter(ErrorKind::Conflict, std::nullopt).empty());
}

TEST_CASE("a status has its own reason phrase") {
    CHECK(reasonPhrase(401) == "Unauthorized");
    CHECK(reasonPhrase(422) == "Unprocessable Content");
    CHECK(reasonPhrase(299) == "Unknown");
}
