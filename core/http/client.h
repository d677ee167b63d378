// Client: everything outbound, on libcurl's multi interface, behind the egress guard.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/move_function.h"
#include "http/egress_guard.h"
#include "http/resolver.h"
#include "sdk/http.h"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace trusthub::http {

/// Facts about an exchange beside the answer, for the attempt log.
struct ExchangeInfo {
    std::string resolvedAddress;  ///< the vetted address that was connected to; empty when none was
    Milliseconds took{0};
    /// Stable word for what failed: "", "dns", "egress_denied", "connect", "tls", "timeout",
    /// "reset", "too_large", "protocol", "cancelled"; "invalid" and "overloaded" when nothing was
    /// tried.
    std::string failure;
};

struct Exchange {
    Result<sdk::HttpResponse> response = fail(ErrorKind::Internal);
    ExchangeInfo info;
};

struct ClientConfig {
    std::size_t maxInFlight = 2'000;  ///< more wait in a queue of the same size; then Overloaded
    std::size_t resolverThreads = 4;
    std::string proxy;             ///< operator's proxy URL, or empty; the guard does not judge it
    std::string caFile;            ///< empty: the system's
    std::string userAgent;         ///< "TrustHub/0.1.0"
    Lookup lookup = systemLookup;  ///< how names become addresses
};

class Client {
public:
    /// `guard` is asked again for each exchange; swap it on reload by setGuard().
    Client(ClientConfig config, std::shared_ptr<const EgressGuard> guard, const base::Clock& clock,
           base::Log& log, base::Metrics& metrics);
    ~Client();  ///< cancels what is under way, answers it Cancelled, joins

    /// Starts an exchange and returns. `done` runs once, on the driver thread, and must not block.
    /// Redirects are not followed: a 3xx is an answer like any other. [thread-safe]
    void start(sdk::HttpRequest request, std::string_view purpose,
               base::MoveFunction<void(Exchange)> done);
    /// Blocks until done. [any thread but the driver]
    Exchange exchange(sdk::HttpRequest request, std::string_view purpose,
                      std::stop_token stop = {});

    void setGuard(std::shared_ptr<const EgressGuard> guard);
    std::shared_ptr<const EgressGuard> guard() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace trusthub::http
