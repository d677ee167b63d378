#include "outbound/outcome.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using namespace trusthub::outbound;
using std::chrono::seconds;

namespace {

const TimePoint kNow = *parseTime("2025-01-15T10:00:00Z");
const base::BackoffSchedule kSchedule{{seconds{0}, seconds{5}, seconds{300}}, 0.0};

http::Exchange answered(int status, sdk::Headers headers = {}) {
    http::Exchange exchange;
    exchange.response = sdk::HttpResponse{status, std::move(headers), ""};
    return exchange;
}

http::Exchange failed(ErrorKind kind, std::string word, int status = 0) {
    http::Exchange exchange;
    Error error = fail(kind);
    error.providerStatus = status;
    exchange.response = error;
    exchange.info.failure = std::move(word);
    return exchange;
}

deliveries_repo::Claimed claimed(int attempts, int scheduleStart = 0,
                                 std::string trigger = "schedule") {
    deliveries_repo::Claimed delivery;
    delivery.attempts = attempts;
    delivery.scheduleStart = scheduleStart;
    delivery.trigger = std::move(trigger);
    return delivery;
}

}  // namespace

TEST_CASE("2xx delivers and every other status fails") {
    const int status = GENERATE(200, 201, 204, 299);
    CHECK(outcomeOf(answered(status), kNow).delivered());
    const auto [other, word] = GENERATE(table<int, std::string>({{301, "redirect"},
                                                                 {304, "redirect"},
                                                                 {400, "status"},
                                                                 {410, "gone"},
                                                                 {429, "status"},
                                                                 {500, "status"}}));
    const auto outcome = outcomeOf(answered(other), kNow);
    CHECK(outcome.failure == word);
    CHECK(outcome.answered);
    CHECK(outcome.gone == (other == 410));
}

TEST_CASE("an answer that is too long counts by its status") {
    CHECK(outcomeOf(failed(ErrorKind::TooLarge, "too_large", 200), kNow).delivered());
    CHECK(outcomeOf(failed(ErrorKind::TooLarge, "too_large", 500), kNow).failure == "too_large");
}

TEST_CASE("what never left the hub is no attempt") {
    base::SeededRandom random(1);
    const std::string word = GENERATE(as<std::string>(), "overloaded", "cancelled");
    const auto outcome = outcomeOf(failed(ErrorKind::Overloaded, word), kNow);
    const auto next = nextOf(outcome, claimed(0), kSchedule, kNow, random);
    CHECK_FALSE(next.attempted);
    CHECK(next.status == "pending");
    CHECK(next.due > kNow);
}

TEST_CASE("failures follow the schedule until it is used up") {
    base::SeededRandom random(1);
    const auto outcome = outcomeOf(failed(ErrorKind::Timeout, "timeout"), kNow);
    CHECK(nextOf(outcome, claimed(0), kSchedule, kNow, random).due == kNow + seconds{5});
    CHECK(nextOf(outcome, claimed(1), kSchedule, kNow, random).due == kNow + seconds{300});
    const auto last = nextOf(outcome, claimed(2), kSchedule, kNow, random);
    CHECK(last.status == "failed");
    CHECK_FALSE(last.due);
    CHECK(last.finishedAt == kNow);
}

TEST_CASE("after a manual retry the schedule counts anew") {
    base::SeededRandom random(1);
    const auto outcome = outcomeOf(answered(500), kNow);
    CHECK(nextOf(outcome, claimed(3, 3, "manual"), kSchedule, kNow, random).due ==
          kNow + seconds{5});
}

TEST_CASE("a test send and a 410 are not tried again") {
    base::SeededRandom random(1);
    CHECK(nextOf(outcomeOf(answered(500), kNow), claimed(0, 0, "test"), kSchedule, kNow, random)
              .status == "failed");
    CHECK(nextOf(outcomeOf(answered(410), kNow), claimed(0), kSchedule, kNow, random).status ==
          "failed");
}

TEST_CASE("Retry-After of a refusal delays the next attempt") {
    base::SeededRandom random(1);
    sdk::Headers headers;
    headers.add("Retry-After", "90");
    const auto outcome = outcomeOf(answered(503, headers), kNow);
    CHECK(nextOf(outcome, claimed(0), kSchedule, kNow, random).due == kNow + seconds{90});
}
