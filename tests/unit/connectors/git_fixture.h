// Real repositories made by the git of this machine, and the means to fetch from them.
#pragma once

#include "base/clock.h"
#include "base/fd.h"
#include "connectors/git_checkout.h"
#include "support/temp_folder.h"

#include <catch2/catch.hpp>
#include <fcntl.h>

#include <string>
#include <vector>

namespace trusthub::test {

/// `allowed/` is the one folder of scans.allow_local; `allowed/repo` a repository with one commit.
class GitFixture {
public:
    GitFixture() {
        std::filesystem::create_directories(allowed());
        std::filesystem::create_directory(folder / "home");
        git({"init", "--quiet", "--initial-branch=main", repo().string()}, folder.path);
        commit("README.md", "hello\n", "first");
    }

    std::filesystem::path allowed() const { return folder / "allowed"; }
    std::filesystem::path repo() const { return allowed() / "repo"; }

    std::string git(std::vector<std::string> arguments, const std::filesystem::path& where = {}) {
        connectors::ChildSpec spec;
        spec.argv = {"git",
                     "-c",
                     "user.name=T",
                     "-c",
                     "user.email=t@example.com",
                     "-c",
                     "protocol.file.allow=always"};
        spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
        spec.environment = {"PATH=/usr/bin:/bin", "HOME=" + (folder / "home").string(),
                            "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C"};
        spec.workingDirectory = where.empty() ? repo() : where;
        auto outcome = plain.run(spec, {});
        if (!outcome) FAIL(outcome.error().text());
        if (outcome->exitCode != 0) FAIL(outcome->err);
        while (outcome->out.ends_with('\n')) outcome->out.pop_back();
        return outcome->out;
    }
    std::string head() { return git({"rev-parse", "HEAD"}); }
    std::string commit(const std::string& file, const std::string& text,
                       const std::string& message) {
        writeText(repo() / file, text);
        git({"add", "--all"});
        git({"commit", "--quiet", "--allow-empty", "-m", message});
        return head();
    }

    Result<std::unique_ptr<sdk::SourceTree>> fetch(
        const std::string& url, const std::string& ref = {}, const std::string& commit = {},
        const connectors::ChildProcess* child = nullptr) {
        const auto into = folder / ("work-" + std::to_string(++fetches_));
        std::filesystem::create_directory(into);
        return connectors::fetchCommit({child ? *child : boxed, log, allowLocal, resolve, limits},
                                       {url, ref, commit}, into, stop.get_token());
    }

    TempFolder folder;
    base::ManualClock clock;
    base::Fd logFile{::open((folder / "log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)};
    base::Log log{clock, logFile.get(), sdk::LogLevel::Debug};
    connectors::ChildProcess plain{log, "/nonexistent/bwrap"};
    connectors::ChildProcess boxed{log};
    std::vector<std::filesystem::path> allowLocal{folder / "allowed"};
    std::vector<std::string> resolved;
    connectors::ResolveForGit resolve = [this](const std::string& host, std::uint16_t port) {
        resolved.push_back(host + ':' + std::to_string(port));
        return Result<std::string>(fail(ErrorKind::EgressDenied));
    };
    connectors::GitLimits limits;
    std::stop_source stop;

private:
    int fetches_ = 0;
};

inline std::vector<std::string> pathsOf(const sdk::SourceTree& tree) {
    std::vector<std::string> paths;
    for (const auto& file : tree.files()) paths.push_back(file.path);
    return paths;
}

inline std::unique_ptr<sdk::SourceTree> fetched(Result<std::unique_ptr<sdk::SourceTree>> result) {
    if (!result) FAIL(result.error().text());
    return *std::move(result);
}

template <class T>
ErrorKind kindOf(const Result<T>& result) {
    REQUIRE_FALSE(result);
    return result.error().kind;
}

}  // namespace trusthub::test
