#include "connectors/git_checkout.h"

#include "base/text.h"
#include "store/durable_file.h"

#include <algorithm>
#include <system_error>

namespace trusthub::connectors {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFetchedRef = "refs/trusthub/scan";
/// How far behind a ref's tip a commit is looked for when the server gives out refs only.
constexpr std::string_view kSearchDepth = "--depth=500";
constexpr std::size_t kMaxPath = 4'096;

/// One private repository and git in it, with no configuration but ours.
class Git {
public:
    Git(const GitTools& tools, GitSource source, fs::path folder, std::stop_token stop)
        : tools_(tools),
          source_(std::move(source)),
          folder_(std::move(folder)),
          stop_(std::move(stop)) {}

    Result<void> init();
    /// `spec`: a ref or a commit. Answers git's own failure untranslated in `outcome`.
    Result<ChildOutcome> fetch(std::string_view spec, std::string_view depth) const;
    Result<ChildOutcome> run(std::vector<std::string> arguments, std::size_t maxOutput) const;

private:
    enum class Reach { Here, Remote };
    Result<ChildOutcome> start(Reach reach, std::vector<std::string> arguments,
                               std::size_t maxOutput) const;

    GitTools tools_;
    GitSource source_;
    fs::path folder_;
    std::stop_token stop_;
};

Result<ChildOutcome> Git::start(Reach reach, std::vector<std::string> arguments,
                                std::size_t maxOutput) const {
    ChildSpec spec;
    spec.argv = {"git", "--no-replace-objects", "--git-dir=" + (folder_ / "git").string()};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    const std::string transport = source_.local ? "file" : "https";
    spec.environment = {"PATH=/usr/local/bin:/usr/bin:/bin",
                        "HOME=/nonexistent",
                        "LC_ALL=C",
                        "GIT_CONFIG_NOSYSTEM=1",
                        "GIT_CONFIG_GLOBAL=" + (folder_ / "config").string(),
                        "GIT_ATTR_NOSYSTEM=1",
                        "GIT_TERMINAL_PROMPT=0",
                        "GIT_ASKPASS=true",
                        "GIT_NO_LAZY_FETCH=1",
                        "GIT_ALLOW_PROTOCOL=" + transport};
    spec.workingDirectory = folder_;
    spec.limits.timeout = tools_.limits.timeout;
    spec.limits.maxOutputBytes = maxOutput;
    spec.limits.memoryBytes = 4ULL << 30;
    spec.limits.fileBytes = tools_.limits.fetchBytes;
    if (reach == Reach::Remote) {
        spec.network = !source_.local;
        spec.writable = {folder_};
        // Until there is a repository to fetch into, nothing is fetched.
        if (source_.local && arguments.front() == "fetch") spec.readable = {*source_.local};
    } else {
        spec.readable = {folder_};
    }
    return tools_.children.run(spec, stop_);
}

Result<void> Git::init() {
    // The one file that git reads as the user's: -c options and the environment's are dropped on
    // the way to the sending side of a local fetch, a file is not.
    auto written = store::writeDurably(folder_ / "config", gitConfiguration(source_));
    if (!written) return written.error();
    const auto made = start(Reach::Remote, {"init", "--quiet", "--bare", "--template="}, 65'536);
    if (!made) return made.error();
    if (made->exitCode != 0) {
        tools_.log.error("git init failed").with("reason", base::clipUtf8(made->err, 500));
        return fail(ErrorKind::Internal, "The hub could not prepare a repository for the fetch.");
    }
    return {};
}

Result<ChildOutcome> Git::fetch(std::string_view spec, std::string_view depth) const {
    return start(
        Reach::Remote,
        {"fetch", "--quiet", "--no-progress", std::string(depth), "--no-tags", "--force",
         "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance",
         "--end-of-options", source_.url, std::string(spec) + ":" + std::string(kFetchedRef)},
        65'536);
}

Result<ChildOutcome> Git::run(std::vector<std::string> arguments, std::size_t maxOutput) const {
    return start(Reach::Here, std::move(arguments), maxOutput);
}

Error explained(const GitTools& tools, const ChildOutcome& outcome) {
    const Error error = explainGitFailure(outcome.err);
    tools.log.info("git could not fetch")
        .with("exit_code", outcome.exitCode)
        .with("error", error.codeText());
    return error;
}

/// The commit that was fetched: what `kFetchedRef` names, tags peeled.
Result<std::string> fetchedCommit(const Git& git) {
    const auto outcome = git.run(
        {"rev-parse", "--verify", "--quiet", std::string(kFetchedRef) + "^{commit}"}, 1'024);
    if (!outcome) return outcome.error();
    const std::string_view id = std::string_view(outcome->out).substr(0, outcome->out.find('\n'));
    if (outcome->exitCode != 0 || !isObjectId(id))
        return fail(ErrorKind::NotFound, "The ref names no commit.");
    return std::string(id);
}

Result<std::string> fetchRef(const GitTools& tools, const Git& git, std::string_view ref,
                             std::string_view depth) {
    const auto outcome = git.fetch(ref.empty() ? "HEAD" : ref, depth);
    if (!outcome) return outcome.error();
    if (outcome->exitCode != 0) return explained(tools, *outcome);
    return fetchedCommit(git);
}

/// By its id where the server allows that; else along the ref's history.
Result<std::string> fetchById(const GitTools& tools, const Git& git, const GitWant& want) {
    const auto direct = git.fetch(want.commit, "--depth=1");
    if (!direct) return direct.error();
    if (direct->exitCode == 0) return fetchedCommit(git);
    if (!lacksObject(direct->err)) return explained(tools, *direct);
    const auto tip = fetchRef(tools, git, want.ref, kSearchDepth);
    if (!tip) {
        if (tip.error().kind == ErrorKind::NotFound)
            return fail(ErrorKind::NotFound,
                        "The commit is no longer in the repository, and its ref is gone.");
        return tip.error();
    }
    const auto there = git.run({"cat-file", "-e", std::string(want.commit) + "^{commit}"}, 1'024);
    if (!there) return there.error();
    if (there->exitCode != 0)
        return fail(ErrorKind::NotFound,
                    "The commit is no longer in the repository; it may have been replaced by a "
                    "forced push.");
    return std::string(want.commit);
}

/// No absolute path, no empty, `.` or `..` part: what a reader may join to a folder of its own.
bool isCleanPath(std::string_view path) {
    if (path.empty() || path.size() > kMaxPath) return false;
    const auto parts = base::split(path, '/');
    return std::none_of(parts.begin(), parts.end(), [](std::string_view part) {
        return part.empty() || part == "." || part == "..";
    });
}

/// One record of `git ls-tree -l -z`: `<mode> <type> <id> <size>\t<path>`. Null for what is no
/// regular file.
Result<std::optional<sdk::TreeEntry>> readRecord(std::string_view record) {
    const auto broken = [] {
        return fail(ErrorKind::Internal, "git listed the commit in an unknown form.");
    };
    const auto tab = record.find('\t');
    if (tab == std::string_view::npos) return broken();
    const std::string_view path = record.substr(tab + 1);
    std::vector<std::string_view> fields;
    for (const auto field : base::split(record.substr(0, tab), ' '))
        if (!field.empty()) fields.push_back(field);
    if (fields.size() != 4) return broken();
    if (fields[0] != "100644" && fields[0] != "100755" && fields[0] != "100664")
        return std::optional<sdk::TreeEntry>{};  // links, submodules
    const auto size = base::parseInteger(fields[3]);
    if (!isObjectId(fields[2]) || !size || *size < 0) return broken();
    if (!isCleanPath(path))
        return fail(ErrorKind::ProviderRejected,
                    "The commit holds a path that no folder could hold.");
    return std::optional(sdk::TreeEntry{std::string(path), std::string(fields[2]),
                                        static_cast<std::uint64_t>(*size)});
}

Result<std::vector<sdk::TreeEntry>> listFiles(const Git& git, const std::string& commit,
                                              const GitLimits& limits) {
    const auto tooLarge = [] {
        return fail(ErrorKind::TooLarge, "The commit holds more files than a scan reads.");
    };
    const auto outcome =
        git.run({"ls-tree", "-r", "-z", "-l", "--full-tree", commit}, limits.maxListBytes);
    if (!outcome) return outcome.error();
    if (outcome->cut) return tooLarge();
    if (outcome->exitCode != 0)
        return fail(ErrorKind::ProviderRejected, "The files of the commit could not be listed.");
    std::vector<sdk::TreeEntry> files;
    std::string_view rest = outcome->out;
    for (std::size_t end = 0; (end = rest.find('\0')) != std::string_view::npos;
         rest.remove_prefix(end + 1)) {
        auto entry = readRecord(rest.substr(0, end));
        if (!entry) return entry.error();
        if (!*entry) continue;
        if (files.size() == limits.maxFiles) return tooLarge();
        files.push_back(**std::move(entry));
    }
    std::sort(files.begin(), files.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return files;
}

class FetchedTree final : public sdk::SourceTree {
public:
    FetchedTree(Git git, std::string commit, std::vector<sdk::TreeEntry> files)
        : git_(std::move(git)), commit_(std::move(commit)), files_(std::move(files)) {}

    const std::string& commit() const override { return commit_; }
    const std::vector<sdk::TreeEntry>& files() const override { return files_; }

    Result<std::string> read(const sdk::TreeEntry& file, std::size_t maxBytes) const override {
        if (!isObjectId(file.object))
            return fail(ErrorKind::NotFound, "The commit holds no such file.");
        const auto tooLarge = [] {
            return fail(ErrorKind::TooLarge, "The file is larger than is read.");
        };
        if (file.size > maxBytes) return tooLarge();
        auto outcome = git_.run({"cat-file", "blob", file.object}, maxBytes);
        if (!outcome) return outcome.error();
        if (outcome->cut) return tooLarge();
        if (outcome->exitCode != 0)
            return fail(ErrorKind::NotFound, "The commit holds no such file.");
        return std::move(outcome->out);
    }

private:
    Git git_;
    std::string commit_;
    std::vector<sdk::TreeEntry> files_;
};

}  // namespace

std::uint64_t diskUse(const fs::path& folder) {
    std::uint64_t sum = 0;
    std::error_code failed;
    auto entry = fs::recursive_directory_iterator(
        folder, fs::directory_options::skip_permission_denied, failed);
    for (; !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
        std::error_code gone;
        if (entry->symlink_status(gone).type() == fs::file_type::regular) {
            const auto size = entry->file_size(gone);
            if (!gone) sum += size;
        }
    }
    return sum;
}

Result<std::unique_ptr<sdk::SourceTree>> fetchCommit(const GitTools& tools, const GitWant& want,
                                                     const fs::path& folder,
                                                     const std::stop_token& stop) {
    if (!want.ref.empty() && !isRefName(want.ref))
        return fail(ErrorKind::InvalidInput, "The ref is not one that git takes.");
    if (!want.commit.empty() && !isObjectId(want.commit))
        return fail(ErrorKind::InvalidInput,
                    "The commit must be its full id of 40 or 64 hex digits.");
    auto source = locateRepository(want.url, tools.allowLocal, tools.resolve);
    if (!source) return source.error();
    Git git(tools, *std::move(source), folder, stop);
    if (auto ready = git.init(); !ready) return ready.error();
    auto commit = want.commit.empty() ? fetchRef(tools, git, want.ref, "--depth=1")
                                      : fetchById(tools, git, want);
    if (!commit) return commit.error();
    if (diskUse(folder) > tools.limits.fetchBytes)
        return fail(ErrorKind::TooLarge, "The commit is larger than a scan's work folder may be.");
    auto files = listFiles(git, *commit, tools.limits);
    if (!files) return files.error();
    return std::unique_ptr<sdk::SourceTree>(
        std::make_unique<FetchedTree>(std::move(git), *std::move(commit), *std::move(files)));
}

}  // namespace trusthub::connectors
