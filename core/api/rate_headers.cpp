#include "api/rate_headers.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace trusthub::api {
namespace {

std::int64_t secondsUp(Milliseconds time) {
    return std::chrono::ceil<std::chrono::seconds>(time).count();
}

/// A field's value under construction, on the stack: five of them go with each answer to a key.
class Field {
public:
    Field& operator<<(std::string_view text) {
        const std::size_t n = std::min(text.size(), room());
        end_ = std::copy_n(text.data(), n, end_);
        return *this;
    }
    Field& operator<<(std::int64_t number) {
        end_ = std::to_chars(end_, end_ + room(), number).ptr;
        return *this;
    }
    std::string text() const { return {bytes_.data(), bytes_.size() - room()}; }

private:
    std::size_t room() const {
        return static_cast<std::size_t>(bytes_.data() + bytes_.size() - end_);
    }

    std::array<char, 400> bytes_;  // three policies with the longest names and numbers
    char* end_ = bytes_.data();
};

std::string policyField(const access::LimitState& state) {
    Field out;
    std::string_view separator;
    for (const auto& row : state.all()) {
        out << separator << "\"" << text(row.policy) << "\";q=" << row.limit.requests
            << ";w=" << row.limit.perSeconds << ";trusthub-burst=" << row.limit.burst;
        separator = ", ";
    }
    return out.text();
}

std::string stateField(const access::LimitState& state) {
    Field out;
    std::string_view separator;
    for (const auto& row : state.all()) {
        const auto& rate = row.rate;
        out << separator << "\"" << text(row.policy) << "\";r=" << rate.remaining
            << ";t=" << secondsUp(rate.remaining > 0 ? rate.resetAfter : rate.retryAfter);
        separator = ", ";
    }
    return out.text();
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
