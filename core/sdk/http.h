// Outbound HTTP as plugins and services see it: one call, values in and out.
#pragma once

#include "sdk/headers.h"
#include "sdk/result.h"
#include "sdk/time.h"

#include <string>

namespace trusthub::sdk {

struct HttpRequest {
    std::string method = "GET";
    std::string url;  ///< absolute, http or https
    Headers headers;
    std::string body;
    Milliseconds timeout{30'000};            ///< for the whole exchange: DNS to last byte
    std::size_t maxResponseBytes = 1 << 20;  ///< the answer is cut off as an error beyond it
};

struct HttpResponse {
    int status = 0;
    Headers headers;
    std::string body;
};

/// Sends through the host's guard, pool and pacing. [any thread; blocks until the deadline]
class HttpClient {
public:
    /// An answer of any status is a value; errors: EgressDenied, Timeout, ProviderUnavailable,
    /// TooLarge, Cancelled.
    virtual Result<HttpResponse> send(const HttpRequest& request) = 0;

protected:
    ~HttpClient() = default;
};

}  // namespace trusthub::sdk
