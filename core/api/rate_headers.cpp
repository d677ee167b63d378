#include "api/rate_headers.h"

#include <charconv>

namespace trusthub::api {
namespace {

constexpr std::size_t kRoom = 200;  // three policies with the longest numbers

void append(std::string& out, std::int64_t number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

std::int64_t secondsUp(Milliseconds time) {
    return std::chrono::ceil<std::chrono::seconds>(time).count();
}

void beginItem(std::string& out, const access::LimitState::Row& row) {
    if (!out.empty()) out += ", ";
    out += '"';
    out += text(row.policy);
    out += '"';
}

std::string policyField(const access::LimitState& state) {
    std::string out;
    out.reserve(kRoom);
    for (const auto& row : state.all()) {
        beginItem(out, row);
        out += ";q=";
        append(out, row.limit.requests);
        out += ";w=";
        append(out, row.limit.perSeconds);
        out += ";trusthub-burst=";
        append(out, row.limit.burst);
    }
    return out;
}

std::string stateField(const access::LimitState& state) {
    std::string out;
    out.reserve(kRoom);
    for (const auto& row : state.all()) {
        const auto& rate = row.rate;
        beginItem(out, row);
        out += ";r=";
        append(out, rate.remaining);
        out += ";t=";
        append(out, secondsUp(rate.remaining > 0 ? rate.resetAfter : rate.retryAfter));
    }
    return out;
}

}  // namespace

void addRateHeaders(http::Response& response, const access::LimitState& state, TimePoint now) {
    const auto& tightest = state.tightest();
    response.headers.add("RateLimit-Policy", policyField(state));
    response.headers.add("RateLimit", stateField(state));
    response.headers.add("X-RateLimit-Limit", std::to_string(tightest.limit.burst));
    response.headers.add("X-RateLimit-Remaining", std::to_string(tightest.rate.remaining));
    const auto full = (now + tightest.rate.resetAfter).time_since_epoch();
    response.headers.add("X-RateLimit-Reset", std::to_string(secondsUp(full)));
}

void addViolatedPolicies(http::Response& problem, const access::LimitState& state) {
    if (!problem.body.ends_with('}')) return;
    problem.body.pop_back();
    problem.body += R"(,"violated_policies":[)";
    bool first = true;
    for (const auto& row : state.all()) {
        if (row.rate.allowed) continue;
        if (!first) problem.body += ',';
        first = false;
        problem.body += '"';
        problem.body += text(row.policy);
        problem.body += '"';
    }
    problem.body += "]}";
}

Error rateLimited(const access::LimitState& state) {
    Error error = fail(ErrorKind::RateLimited);
    error.retryAfter = state.retryAfter();
    return error;
}

}  // namespace trusthub::api
