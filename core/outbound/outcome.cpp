#include "outbound/outcome.h"

#include "outbound/retry.h"

namespace trusthub::outbound {
namespace {

constexpr Milliseconds kUntriedWait{1'000};

Outcome ofStatus(int status) {
    Outcome outcome;
    outcome.answered = true;
    outcome.statusCode = status;
    outcome.gone = status == 410;
    if (status / 100 == 2) return outcome;
    outcome.failure = outcome.gone ? "gone" : status / 100 == 3 ? "redirect" : "status";
    outcome.detail = "the receiver answered " + std::to_string(status);
    return outcome;
}

}  // namespace

Outcome outcomeOf(const http::Exchange& exchange, TimePoint now) {
    if (exchange.response) {
        Outcome outcome = ofStatus(exchange.response->status);
        if (const auto field = exchange.response->headers.find("retry-after");
            field && !outcome.delivered())
            outcome.retryAfter = retryAfter(*field, now);
        return outcome;
    }
    const Error& error = exchange.response.error();
    // An answer that is too long has said with its status what counts.
    if (error.kind == ErrorKind::TooLarge && error.providerStatus / 100 == 2)
        return ofStatus(error.providerStatus);
    Outcome outcome;
    outcome.tried = exchange.info.failure != "overloaded" && exchange.info.failure != "cancelled";
    outcome.answered = error.providerStatus != 0;
    outcome.statusCode = error.providerStatus;
    outcome.failure = exchange.info.failure.empty() ? "internal" : exchange.info.failure;
    outcome.detail = error.text();
    return outcome;
}

deliveries_repo::Next nextOf(const Outcome& outcome, const deliveries_repo::Claimed& delivery,
                             const base::BackoffSchedule& schedule, TimePoint now,
                             base::Random& random) {
    if (!outcome.tried) return {"pending", false, now + kUntriedWait, std::nullopt};
    if (outcome.delivered()) return {"delivered", true, std::nullopt, now};
    std::optional<TimePoint> due;
    if (!outcome.gone && delivery.trigger != "test") {
        const int made = delivery.attempts + 1 - delivery.scheduleStart;
        due =
            dueTime(schedule, static_cast<std::size_t>(made) + 1, now, outcome.retryAfter, random);
    }
    if (due) return {"pending", true, due, std::nullopt};
    return {"failed", true, std::nullopt, now};
}

}  // namespace trusthub::outbound
