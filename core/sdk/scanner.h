// Scanner: reads a commit of a repository and writes a report about it.
#pragma once

#include "sdk/host.h"
#include "sdk/result.h"

#include <functional>
#include <stop_token>
#include <string>

namespace trusthub::sdk {

struct ScanRequest {
    std::string scanId;
    std::string projectName;
    std::string repositoryUrl;          ///< the project's, never the payload's
    std::string ref;                    ///< as git names it, or empty for the default branch
    std::string commit;                 ///< empty: whatever `ref` is at the remote now
    std::stop_token stop;               ///< asked to stop: return Cancelled soon
    std::function<void(int)> progress;  ///< per cent, 0 to 100; cheap
};

struct ScanReport {
    std::string commit;     ///< what was read
    std::string mediaType;  ///< `application/vnd.cyclonedx+json`
    std::string body;
    std::string summary;  ///< one sentence: "42 components in 3 lock files"
};

class Scanner {
public:
    virtual ~Scanner() = default;
    /// [a scan runner's thread; may block] Errors: Cancelled, Timeout, NotFound (repository, ref or
    /// commit), ProviderUnavailable, TooLarge.
    virtual Result<ScanReport> scan(const ScanRequest& request, Workspace& workspace) = 0;
};

}  // namespace trusthub::sdk
