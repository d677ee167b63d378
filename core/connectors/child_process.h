// ChildProcess: runs a program of the host with nothing inherited, bounded in time, memory, files
// and output.
#pragma once

#include "base/log.h"
#include "sdk/result.h"
#include "sdk/time.h"

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace trusthub::connectors {

struct ChildLimits {
    Milliseconds timeout{60'000};            ///< wall clock; the whole process group is killed then
    std::size_t maxOutputBytes = 1 << 20;    ///< of stdout and of stderr each; the rest is dropped
    std::uint64_t memoryBytes = 1ULL << 30;  ///< address space of one process
    std::uint64_t fileBytes = 1ULL << 30;    ///< of one file; a longer write fails with EFBIG
    std::uint64_t openFiles = 256;
};

struct ChildSpec {
    std::vector<std::string> argv;  ///< an absolute path, or a name in /usr/local/bin:/usr/bin:/bin
    std::vector<std::string> environment;  ///< all of it, as NAME=value
    std::filesystem::path workingDirectory;
    bool network = false;
    /// What the sandbox shows beside the system's programs and certificates; absolute, existing.
    std::vector<std::filesystem::path> readable;
    std::vector<std::filesystem::path> writable;
    ChildLimits limits;
};

struct ChildOutcome {
    int exitCode = 0;  ///< 128 + n when signal n ended it
    std::string out;   ///< hostile input
    std::string err;
    bool cut = false;  ///< more came than `maxOutputBytes`
};

/// Children get stdin from /dev/null, closed descriptors, no_new_privs, default signals, a session
/// of their own and, where bubblewrap works, namespaces in which they see only what the spec names.
/// Without it only the network is taken away, where the kernel lets us. [thread-safe; `run` blocks]
class ChildProcess {
public:
    /// Finds out once whether `bubblewrap` works here; when not, the log says what is missing.
    explicit ChildProcess(base::Log& log, std::filesystem::path bubblewrap = "/usr/bin/bwrap");

    /// Errors: Timeout, Cancelled (by `stop`), NotFound (no such program), Overloaded (no process
    /// to be had). A program that ends with another code than 0 is no error here.
    Result<ChildOutcome> run(const ChildSpec& spec, const std::stop_token& stop) const;

    bool sandboxed() const { return sandboxed_; }

private:
    std::vector<std::string> sandboxArguments(const ChildSpec& spec,
                                              const std::string& program) const;
    bool probe() const;

    std::filesystem::path bubblewrap_;
    bool sandboxed_ = false;
};

}  // namespace trusthub::connectors
