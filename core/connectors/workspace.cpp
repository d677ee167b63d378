#include "connectors/workspace.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <system_error>

namespace trusthub::connectors {
namespace {

namespace fs = std::filesystem;

/// Also folders whose owner took his own rights away; links are removed, never followed.
void removeTree(const fs::path& folder) {
    std::error_code failed;
    fs::remove_all(folder, failed);
    if (!failed) return;
    for (auto entry = fs::recursive_directory_iterator(folder, failed);
         !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
        std::error_code ignored;
        if (entry->symlink_status(ignored).type() == fs::file_type::directory)
            fs::permissions(entry->path(), fs::perms::owner_all, ignored);
    }
    fs::remove_all(folder, failed);
}

bool makePrivate(const fs::path& folder) {
    return ::mkdir(folder.c_str(), 0700) == 0;
}

bool isPlainName(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-';
    });
}

Error diskRefuses() {
    return fail(ErrorKind::StoreBusy, "The hub could not make a work folder.");
}

}  // namespace

RunWorkspace::~RunWorkspace() {
    removeTree(folder_);
}

Result<fs::path> RunWorkspace::subfolder(const std::string& name) {
    fs::path folder = folder_ / name;
    if (!makePrivate(folder)) return diskRefuses();
    return folder;
}

Result<std::unique_ptr<sdk::SourceTree>> RunWorkspace::checkout(std::string_view repositoryUrl,
                                                                std::string_view ref,
                                                                std::string_view commit) {
    const auto folder = subfolder("checkout-" + std::to_string(++checkouts_));
    if (!folder) return folder.error();
    GitTools tools = tools_;
    const std::uint64_t used = diskUse(folder_);
    tools.limits.fetchBytes -= std::min(tools.limits.fetchBytes, used);
    auto tree = fetchCommit(tools, {repositoryUrl, ref, commit}, *folder, stop_);
    if (!tree) removeTree(*folder);
    return tree;
}

Result<sdk::CommandResult> RunWorkspace::run(std::span<const std::string> argv,
                                             const sdk::CommandLimits& limits) {
    const fs::path files = folder_ / "files";
    std::error_code failed;
    if (!fs::is_directory(files, failed) && !makePrivate(files)) return diskRefuses();
    const std::uint64_t quota = tools_.limits.fetchBytes;
    ChildSpec spec;
    spec.argv.assign(argv.begin(), argv.end());
    spec.workingDirectory = files;
    spec.writable = {files};
    spec.limits.timeout = limits.timeout;
    spec.limits.maxOutputBytes = limits.maxOutputBytes;
    spec.limits.memoryBytes = limits.memoryBytes;
    spec.limits.fileBytes = quota - std::min(quota, diskUse(folder_));
    auto outcome = tools_.children.run(spec, stop_);
    if (!outcome) return outcome.error();
    if (diskUse(folder_) > quota)
        return fail(ErrorKind::TooLarge, "The program wrote more than a work folder may hold.");
    return sdk::CommandResult{outcome->exitCode, std::move(outcome->out), std::move(outcome->err)};
}

WorkspaceFactory::WorkspaceFactory(Options options, const ChildProcess& children, base::Log& log)
    : options_(std::move(options)), children_(children), log_(log) {
    std::error_code failed;
    options_.root = fs::absolute(options_.root, failed);
    fs::create_directories(options_.root, failed);
    fs::permissions(options_.root, fs::perms::owner_all, failed);
    std::size_t leftovers = 0;
    for (auto entry = fs::directory_iterator(options_.root, failed);
         !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
        removeTree(entry->path());
        ++leftovers;
    }
    if (leftovers > 0) log_.info("removed work folders of an earlier run").with("count", leftovers);
}

Result<std::shared_ptr<sdk::Workspace>> WorkspaceFactory::make(std::string_view name,
                                                               std::stop_token stop) const {
    if (!isPlainName(name))
        return fail(ErrorKind::Internal, "A work folder needs an id as its name.");
    const fs::path folder = options_.root / std::string(name);
    if (!makePrivate(folder)) return diskRefuses();
    return std::shared_ptr<sdk::Workspace>(std::make_shared<RunWorkspace>(
        GitTools{children_, log_, options_.allowLocal, options_.resolve, options_.git}, folder,
        std::move(stop)));
}

}  // namespace trusthub::connectors
