// SignInThrottle: how often somebody may be wrong about a password before they have to wait.
#pragma once

#include "base/clock.h"
#include "sdk/result.h"

#include <array>
#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace trusthub::people {

/// Counts failures of an account from one address block, of the account from anywhere, and of the
/// block against any account. Past what is free each failure doubles the wait, from 15 seconds to
/// 15 minutes; an hour without an attempt forgets. Accounts are counted whether they exist or not.
/// What is kept is bounded: the longest untouched goes first. [thread-safe]
class SignInThrottle {
public:
    static constexpr int kFreePair = 10;     ///< of one account from one block
    static constexpr int kFreeAccount = 50;  ///< of one account from anywhere
    static constexpr int kFreeBlock = 100;   ///< of one block
    static constexpr Milliseconds kFirstWait{15'000};
    static constexpr std::size_t kKept = 50'000;

    explicit SignInThrottle(const base::Clock& clock, std::size_t kept = kKept)
        : clock_(clock), kept_(kept) {}

    /// An attempt under way; it counts as failed until it is known better, so that many at once
    /// gain nothing.
    struct Ticket {
        std::array<std::string, 3> keys;  ///< pair, account, block
    };
    /// RateLimited `too_many_attempts`, with the time after which the next one is let in; such an
    /// attempt does not count.
    Result<Ticket> attempt(std::string_view account, std::string_view addressBlock);
    /// The attempt says nothing about a password: it was not looked at, or is not over.
    void giveBack(const Ticket& ticket);
    /// The person has shown who they are.
    void succeeded(const Ticket& ticket);

    std::size_t size() const;

private:
    struct Counter {
        std::string key;
        int failures = 0;
        SteadyPoint lastAt, blockedUntil;
    };
    using Counters = std::list<Counter>;  ///< longest untouched first

    Counter& counterOf(const std::string& key, SteadyPoint now);
    void takeBack(const std::string& key, SteadyPoint now);
    void forget(const std::string& key);

    const base::Clock& clock_;
    const std::size_t kept_;
    mutable std::mutex mutex_;
    Counters counters_;
    std::unordered_map<std::string, Counters::iterator> byKey_;
};

}  // namespace trusthub::people
