// Resolver: looks up names on a bounded pool of its own threads, so that a slow name server stalls
// nobody.
#pragma once

#include "base/clock.h"
#include "base/move_function.h"
#include "base/workers.h"
#include "http/egress_guard.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace trusthub::http {

using Addresses = std::vector<IpAddress>;
/// Blocks; called on several threads at once. Answers at least one address, in order of preference.
using Lookup = std::function<Result<Addresses>(const std::string& name)>;

/// getaddrinfo: /etc/hosts, DNS and whatever else the machine is set up for.
Result<Addresses> systemLookup(const std::string& name);

class Resolver {
public:
    using Done = base::MoveFunction<void(const Result<Addresses>&)>;

    /// `capacity` bounds the names that wait for a thread.
    Resolver(std::size_t threads, std::size_t capacity, Lookup lookup, const base::Clock& clock);
    /// Drops what waits; joins once the look-ups under way have come back.
    ~Resolver();

    /// `done` runs once on a thread of the pool, or never when `deadline` passes before the look-up
    /// begins. A name takes one thread at most: who asks while it is being looked up shares the
    /// answer. False when too many names wait. [thread-safe]
    bool resolve(const std::string& name, SteadyPoint deadline, Done done);

private:
    struct Pending {
        SteadyPoint latest;  ///< of the deadlines of all who wait
        std::vector<Done> waiting;
    };
    void run(const std::string& name);

    const Lookup lookup_;
    const base::Clock& clock_;
    std::mutex mutex_;
    bool closing_ = false;
    std::map<std::string, Pending> pending_;
    std::unique_ptr<base::WorkerPool> pool_;
};

}  // namespace trusthub::http
