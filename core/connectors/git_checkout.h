// git_checkout: fetches one commit into a bare repository and reads its files without a check-out.
#pragma once

#include "base/log.h"
#include "connectors/child_process.h"
#include "connectors/git_source.h"
#include "sdk/host.h"

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::connectors {

struct GitLimits {
    Milliseconds timeout{300'000};          ///< of one git command
    std::uint64_t fetchBytes = 2ULL << 30;  ///< of the repository on disk
    std::size_t maxFiles = 200'000;
    std::size_t maxListBytes = 64UL << 20;  ///< of all paths of the commit
};

struct GitWant {
    std::string_view url;
    std::string_view ref;     ///< empty: the remote's HEAD
    std::string_view commit;  ///< empty: what `ref` is at the remote now
};

/// What the fetch works with; all of it outlives the tree.
struct GitTools {
    const ChildProcess& children;
    base::Log& log;
    const std::vector<std::filesystem::path>& allowLocal;
    const ResolveForGit& resolve;
    GitLimits limits;
};

/// Fetches into `folder`, which must be empty and private, and lists the commit's regular files.
/// The tree reads from `folder`, which must live as long. [blocks] Errors: InvalidInput, Forbidden,
/// EgressDenied, NotFound (repository, ref or commit), ProviderUnavailable, ProviderRejected,
/// TooLarge, Timeout, Cancelled.
Result<std::unique_ptr<sdk::SourceTree>> fetchCommit(const GitTools& tools, const GitWant& want,
                                                     const std::filesystem::path& folder,
                                                     const std::stop_token& stop);

/// Bytes below a folder, links not followed.
std::uint64_t diskUse(const std::filesystem::path& folder);

}  // namespace trusthub::connectors
