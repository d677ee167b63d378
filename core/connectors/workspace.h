// RunWorkspace: the private folder of one run under DATA/work, with fetches and commands bounded to
// it.
#pragma once

#include "connectors/git_checkout.h"
#include "sdk/host.h"

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace trusthub::connectors {

/// [the run's thread] The folder goes with the object, and so do the trees that it gave out.
class RunWorkspace final : public sdk::Workspace {
public:
    RunWorkspace(GitTools tools, std::filesystem::path folder, std::stop_token stop)
        : tools_(std::move(tools)), folder_(std::move(folder)), stop_(std::move(stop)) {}
    ~RunWorkspace();
    RunWorkspace(const RunWorkspace&) = delete;
    RunWorkspace& operator=(const RunWorkspace&) = delete;

    Result<std::unique_ptr<sdk::SourceTree>> checkout(std::string_view repositoryUrl,
                                                      std::string_view ref,
                                                      std::string_view commit) override;
    /// The program sees an empty folder `files` as its own; TooLarge when it left more there than
    /// fits.
    Result<sdk::CommandResult> run(std::span<const std::string> argv,
                                   const sdk::CommandLimits& limits) override;

private:
    Result<std::filesystem::path> subfolder(const std::string& name);

    GitTools tools_;
    std::filesystem::path folder_;
    std::stop_token stop_;
    int checkouts_ = 0;
};

/// Makes workspaces; outlives them. [thread-safe]
class WorkspaceFactory {
public:
    struct Options {
        std::filesystem::path root;                     ///< DATA/work
        std::vector<std::filesystem::path> allowLocal;  ///< scans.allow_local
        ResolveForGit resolve;
        GitLimits git;
    };
    /// Removes what a crash left in `root`.
    WorkspaceFactory(Options options, const ChildProcess& children, base::Log& log);

    /// `name` is an id of ours: a folder of that name must not be in use. StoreBusy when the disk
    /// refuses.
    Result<std::shared_ptr<sdk::Workspace>> make(std::string_view name, std::stop_token stop) const;

private:
    Options options_;
    const ChildProcess& children_;
    base::Log& log_;
};

}  // namespace trusthub::connectors
