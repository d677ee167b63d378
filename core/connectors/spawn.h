// spawn: fork and exec with everything of the parent left behind. The half of ChildProcess that
// runs in the child.
#pragma once

#include "base/fd.h"
#include "connectors/child_process.h"
#include "sdk/result.h"

#include <sys/types.h>

#include <string>
#include <vector>

namespace trusthub::connectors {

struct SpawnRequest {
    std::vector<std::string> argv;  ///< argv[0] is an absolute path
    std::vector<std::string> environment;
    std::string workingDirectory;
    bool dropNetwork = false;  ///< best effort, for children outside a sandbox
    ChildLimits limits;
};

struct Spawned {
    pid_t pid = -1;     ///< also the id of its process group
    base::Fd process;   ///< pidfd: readable once it has ended
    base::Fd out, err;  ///< non-blocking
};

/// NotFound when the program cannot be run, Overloaded when the kernel gives no process or
/// descriptor. The caller reaps `pid`.
Result<Spawned> spawn(const SpawnRequest& request);

/// True when a child of ours may leave the network by itself.
bool canDropNetwork();

}  // namespace trusthub::connectors
