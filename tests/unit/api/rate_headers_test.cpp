#include "api/rate_headers.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using namespace std::chrono_literals;

namespace {

access::LimitState::Row row(access::LimitPolicy policy, std::int64_t remaining, Milliseconds retry,
                            Milliseconds reset) {
    return {policy, {60, 30, 5}, {remaining > 0, remaining, retry, reset}};
}

access::LimitState refused() {
    access::LimitState state;
    state.rows[0] = row(access::LimitPolicy::Key, 0, 1'001ms, 2'500ms);
    state.rows[1] = row(access::LimitPolicy::Organization, 4, 0ms, 500ms);
    state.count = 2;
    state.allowed = false;
    return state;
}

}  // namespace

TEST_CASE("the limits of an answer are structured fields, whole seconds rounded up") {
    http::Response response;
    api::addRateHeaders(response, refused(), TimePoint{10'000ms});
    // Where nothing passes, t is the wait for one; elsewhere until the burst is whole.
    CHECK(response.wireFields ==
          "RateLimit-Policy: \"key\";q=60;w=30;trusthub-burst=5,"
          " \"organization\";q=60;w=30;trusthub-burst=5\r\n"
          "RateLimit: \"key\";r=0;t=2, \"organization\";r=4;t=1\r\n"
          "X-RateLimit-Limit: 5\r\n"
          "X-RateLimit-Remaining: 0\r\n"
          "X-RateLimit-Reset: 13\r\n");
}

TEST_CASE("a 429 names the policies that refused and says when to come again") {
    const auto state = refused();
    auto response = http::problem(api::rateLimited(state), "r1");
    api::addViolatedPolicies(response, state);
    CHECK(response.status == 429);
    CHECK(response.headers.get("Retry-After") == "2");
    CHECK(response.body.ends_with(R"("request_id":"r1","violated_policies":["key"]})"));
}
