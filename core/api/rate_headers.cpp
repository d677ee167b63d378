#include "api/rate_headers.h"

#include <array>
#include <charconv>
#include <cstring>

namespace trusthub::api {
namespace {

std::int64_t secondsUp(Milliseconds time) {
    return std::chrono::ceil<std::chrono::seconds>(time).count();
}

/// Header fields under construction, on the stack.
class Fields {
public:
    Fields& operator<<(std::string_view text) {
        if (text.size() <= room()) {
            std::memcpy(end_, text.data(), text.size());
            end_ += text.size();
        }
        return *this;
    }
    Fields& operator<<(std::int64_t number) {
        end_ = std::to_chars(end_, end_ + room(), number).ptr;
        return *this;
    }
    std::string_view view() const { return {bytes_.data(), bytes_.size() - room()}; }

private:
    std::size_t room() const {
        return static_cast<std::size_t>(bytes_.data() + bytes_.size() - end_);
    }

    std::array<char, 800> bytes_;  // five fields, three policies with the longest names and numbers
    char* end_ = bytes_.data();
};

void policyField(Fields& out, const access::LimitState& state) {
    std::string_view before = "RateLimit-Policy: ";
    for (const auto& row : state.all()) {
        out << before;
        if (row.item.empty())
            out << policyItem(row.policy, row.limit);
        else
            out << row.item;
        before = ", ";
    }
}

void stateField(Fields& out, const access::LimitState& state) {
    std::string_view before = "\r\nRateLimit: ";
    for (const auto& row : state.all()) {
        const auto& rate = row.rate;
        out << before << "\"" << text(row.policy) << "\";r=" << rate.remaining
            << ";t=" << secondsUp(rate.remaining > 0 ? rate.resetAfter : rate.retryAfter);
        before = ", ";
    }
}

}  // namespace

void addRateHeaders(http::Response& response, const access::LimitState& state, TimePoint now) {
    const auto& tightest = state.tightest();
    const auto full = (now + tightest.rate.resetAfter).time_since_epoch();
    Fields out;
    policyField(out, state);
    stateField(out, state);
    out << "\r\nX-RateLimit-Limit: " << tightest.limit.burst
        << "\r\nX-RateLimit-Remaining: " << tightest.rate.remaining
        << "\r\nX-RateLimit-Reset: " << secondsUp(full) << "\r\n";
    response.wireFields += out.view();
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
