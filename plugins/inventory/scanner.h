// The inventory scan: finds the lock files of a commit, reads them, writes CycloneDX.
#pragma once

#include "sdk/host.h"
#include "sdk/scanner.h"

#include <string>
#include <vector>

namespace trusthub::inventory {

inline constexpr std::size_t kMaxFileBytes = 32UL << 20;
inline constexpr std::size_t kMaxLockFiles = 200;
inline constexpr std::size_t kMaxFolders = 32;  ///< how deep a lock file may lie

/// `host` must outlive the scanner. [a scan runner's thread, several at once]
class LockFileScanner final : public sdk::Scanner {
public:
    explicit LockFileScanner(sdk::Host& host);

    /// A lock file that cannot be read is noted in the inventory and counted in the summary; the
    /// scan goes on.
    sdk::Result<sdk::ScanReport> scan(const sdk::ScanRequest& request,
                                      sdk::Workspace& workspace) override;

private:
    sdk::Host& host_;
    bool omitDevelopment_;
    std::vector<std::string> excludedFolders_;
};

}  // namespace trusthub::inventory
