// Probe: can this connection do its work right now? Every connector has it.
#pragma once

#include "sdk/result.h"

#include <stop_token>
#include <string>

namespace trusthub::sdk {

struct ProbeReport {
    std::string summary;  ///< one sentence for an administrator; no secrets
};

class Probe {
public:
    virtual ~Probe() = default;
    /// Makes the cheapest call that shows the credential works. [worker thread; may block] Errors:
    /// those of HttpClient, Unauthenticated, Forbidden.
    virtual Result<ProbeReport> probe(std::stop_token stop) = 0;
};

}  // namespace trusthub::sdk
