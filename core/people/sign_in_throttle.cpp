#include "people/sign_in_throttle.h"

#include "crypto/hash.h"

#include <algorithm>

namespace trusthub::people {
namespace {

constexpr std::array<int, 3> kFree{SignInThrottle::kFreePair, SignInThrottle::kFreeAccount,
                                   SignInThrottle::kFreeBlock};
constexpr Milliseconds kLongestWait{15 * 60'000};
constexpr std::chrono::hours kForgotten{1};

/// Of one size, however long an address somebody sends.
std::string keyOf(std::string_view kind, std::string_view a, std::string_view b) {
    std::string text(kind);
    text.append("\n").append(a).append("\n").append(b);
    return crypto::sha256(text).substr(0, 16);
}

Milliseconds waitAfter(int beyondFree) {
    if (beyondFree >= 20) return kLongestWait;
    return std::min(kLongestWait, SignInThrottle::kFirstWait * (std::int64_t{1} << beyondFree));
}

}  // namespace

Result<SignInThrottle::Ticket> SignInThrottle::attempt(std::string_view account,
                                                       std::string_view addressBlock) {
    Ticket ticket{{keyOf("pair", account, addressBlock), keyOf("account", account, ""),
                   keyOf("block", addressBlock, "")}};
    const SteadyPoint now = clock_.steadyNow();
    const std::lock_guard lock(mutex_);
    SteadyPoint until = now;
    for (const auto& key : ticket.keys) {
        const auto found = byKey_.find(key);
        if (found != byKey_.end()) until = std::max(until, found->second->blockedUntil);
    }
    if (until > now) {
        Error error =
            fail(ErrorKind::RateLimited, "Too many sign-ins have failed; wait as Retry-After says.",
                 "too_many_attempts");
        error.retryAfter = std::chrono::ceil<Milliseconds>(until - now);
        return error;
    }
    for (std::size_t i = 0; i < ticket.keys.size(); ++i) {
        Counter& counter = counterOf(ticket.keys[i], now);
        counter.lastAt = now;
        if (++counter.failures >= kFree[i])
            counter.blockedUntil = now + waitAfter(counter.failures - kFree[i]);
    }
    return ticket;
}

void SignInThrottle::giveBack(const Ticket& ticket) {
    const SteadyPoint now = clock_.steadyNow();
    const std::lock_guard lock(mutex_);
    for (const auto& key : ticket.keys) takeBack(key, now);
}

void SignInThrottle::succeeded(const Ticket& ticket) {
    const SteadyPoint now = clock_.steadyNow();
    const std::lock_guard lock(mutex_);
    // Only this way in is cleared: failures from elsewhere or against others still count.
    forget(ticket.keys[0]);
    takeBack(ticket.keys[1], now);
    takeBack(ticket.keys[2], now);
}

std::size_t SignInThrottle::size() const {
    const std::lock_guard lock(mutex_);
    return counters_.size();
}

SignInThrottle::Counter& SignInThrottle::counterOf(const std::string& key, SteadyPoint now) {
    if (const auto found = byKey_.find(key); found != byKey_.end()) {
        counters_.splice(counters_.end(), counters_, found->second);
        Counter& counter = *found->second;
        if (now - counter.lastAt >= kForgotten) counter.failures = 0;
        return counter;
    }
    if (counters_.size() >= kept_) forget(std::string(counters_.front().key));
    counters_.push_back({key, 0, now, now});
    byKey_[key] = std::prev(counters_.end());
    return counters_.back();
}

void SignInThrottle::takeBack(const std::string& key, SteadyPoint now) {
    const auto found = byKey_.find(key);
    if (found == byKey_.end()) return;
    Counter& counter = *found->second;
    if (--counter.failures <= 0) return forget(key);
    // Whoever was let in had no wait before this attempt.
    counter.blockedUntil = now;
}

void SignInThrottle::forget(const std::string& key) {
    const auto found = byKey_.find(key);
    if (found == byKey_.end()) return;
    counters_.erase(found->second);
    byKey_.erase(found);
}

}  // namespace trusthub::people
