#include "connectors/git_source.h"

#include "base/text.h"
#include "http/egress_guard.h"

#include <algorithm>
#include <system_error>

namespace trusthub::connectors {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOutside =
    "A repository on this machine is read only below a folder of scans.allow_local.";

bool isWithin(const fs::path& path, const fs::path& folder) {
    const auto ends = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    return ends.first == folder.end();
}

bool isAllowed(const fs::path& path, const std::vector<fs::path>& allowLocal) {
    return std::any_of(allowLocal.begin(), allowLocal.end(), [&](const fs::path& folder) {
        std::error_code failed;
        const fs::path base = fs::weakly_canonical(folder, failed);
        return !failed && isWithin(path, base);
    });
}

/// The folder that holds `objects/`, with nothing in it that would lead git out of the allowed
/// folders.
Result<fs::path> gitFolder(const fs::path& repository, const std::vector<fs::path>& allowLocal) {
    std::error_code failed;
    fs::path folder = repository;
    const fs::path inner = repository / ".git";
    const auto kind = fs::symlink_status(inner, failed).type();
    if (kind == fs::file_type::regular)
        return fail(ErrorKind::Forbidden,
                    "A linked work tree or submodule is not read; name its repository.");
    if (kind == fs::file_type::directory || kind == fs::file_type::symlink) {
        folder = fs::canonical(inner, failed);
        if (failed || !isAllowed(folder, allowLocal))
            return fail(ErrorKind::Forbidden, std::string(kOutside));
    }
    const fs::path objects = fs::canonical(folder / "objects", failed);
    if (failed) return fail(ErrorKind::NotFound, "There is no git repository in that folder.");
    if (!isWithin(objects, folder) || fs::exists(folder / "objects/info/alternates", failed) ||
        fs::exists(folder / "commondir", failed))
        return fail(ErrorKind::Forbidden,
                    "A repository that borrows objects from another is not read.");
    return folder;
}

/// The path behind a path or file URL; null for other URLs.
std::optional<Result<std::string>> localPathOf(std::string_view url) {
    if (url.starts_with('/')) return std::string(url);
    if (base::toLower(url.substr(0, 7)) != "file://") return std::nullopt;
    auto path = base::percentDecode(url.substr(7));
    if (path) return *std::move(path);
    return fail(ErrorKind::InvalidInput, "The repository's URL holds a broken escape.");
}

/// Canonical, below an allowed folder.
Result<fs::path> openedPath(std::string_view text, const std::vector<fs::path>& allowLocal) {
    const fs::path wanted{std::string(text)};
    if (!wanted.is_absolute() || text.find('\0') != std::string_view::npos)
        return fail(ErrorKind::InvalidInput,
                    "A repository on this machine is named by its absolute path.");
    // Links are followed before `..` is: what stands outside must not show in where that leads.
    std::error_code failed;
    if (wanted.lexically_normal() != wanted)
        return fail(ErrorKind::Forbidden, std::string(kOutside), "local_repository_refused");
    // Weakly: what does not exist outside must not look different from what does.
    const fs::path path = fs::weakly_canonical(wanted, failed);
    if (failed || !isAllowed(path, allowLocal))
        return fail(ErrorKind::Forbidden, std::string(kOutside), "local_repository_refused");
    return path;
}

Result<GitSource> locateLocal(std::string_view text, const std::vector<fs::path>& allowLocal) {
    const auto path = openedPath(text, allowLocal);
    if (!path) return path.error();
    std::error_code failed;
    if (!fs::is_directory(*path, failed))
        return fail(ErrorKind::NotFound, "There is no git repository in that folder.");
    auto folder = gitFolder(*path, allowLocal);
    if (!folder) return folder.error();
    GitSource source;
    source.url = "file://" + folder->string();
    source.local = *std::move(folder);
    return source;
}

std::string gitQuoted(std::string_view value) {
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    return out + '"';
}

/// Members are looked for in this order: the first that fits explains.
struct Reason {
    std::string_view needle;
    ErrorKind kind;
    std::string_view detail;
};
constexpr Reason kReasons[] = {
    {"couldn't find remote ref", ErrorKind::NotFound,
     "The repository has no such ref, or it has no commit yet."},
    {"not our ref", ErrorKind::NotFound, "The commit is no longer in the repository."},
    {"unadvertised object", ErrorKind::NotFound, "The commit is no longer in the repository."},
    {"File too large", ErrorKind::TooLarge,
     "The commit is larger than a scan's work folder may be."},
    {"No space left on device", ErrorKind::StoreBusy, "The disk of the hub is full."},
    {"not allowed", ErrorKind::Forbidden,
     "The repository wants a transport that the hub does not use."},
    {"fsck error", ErrorKind::ProviderRejected,
     "The repository holds objects that git's own checks refuse."},
    {"in fsck", ErrorKind::ProviderRejected,
     "The repository holds objects that git's own checks refuse."},
    {"from redirection", ErrorKind::ProviderRejected,
     "The repository has moved; correct the URL of the project."},
    {"returned error: 30", ErrorKind::ProviderRejected,
     "The repository has moved; correct the URL of the project."},
    {"certificate", ErrorKind::ProviderRejected, "The git server's certificate is not trusted."},
    {"could not read Username", ErrorKind::NotFound,
     "The git server knows no such repository, or shows it only to those who sign in."},
    {"Authentication failed", ErrorKind::NotFound,
     "The git server knows no such repository, or shows it only to those who sign in."},
    {"returned error: 401", ErrorKind::NotFound,
     "The git server knows no such repository, or shows it only to those who sign in."},
    {"returned error: 403", ErrorKind::NotFound,
     "The git server knows no such repository, or shows it only to those who sign in."},
    {"returned error: 404", ErrorKind::NotFound,
     "The git server knows no such repository, or shows it only to those who sign in."},
    {"not found", ErrorKind::NotFound,
     "The git server knows no such repository, or shows it only to those who sign in."},
    {"does not appear to be a git repository", ErrorKind::NotFound,
     "There is no git repository there."},
    {"bwrap: ", ErrorKind::Forbidden, "The repository cannot be read by the hub's user."},
    {"dubious ownership", ErrorKind::Forbidden,
     "The repository belongs to another user of this machine."},
};

}  // namespace

Result<GitSource> locateRepository(std::string_view url, const std::vector<fs::path>& allowLocal,
                                   const ResolveForGit& resolve) {
    if (const auto path = localPathOf(url))
        return *path ? locateLocal(**path, allowLocal) : path->error();
    if (base::toLower(url.substr(0, 8)) != "https://")
        return fail(ErrorKind::Forbidden,
                    "Only https repositories, and folders below scans.allow_local, can be fetched.",
                    "transport_refused");
    const auto parsed = http::Url::parse(url, "/repository/url");
    if (!parsed) return parsed.error();
    const auto address = resolve(parsed->host, parsed->port);
    if (!address) return address.error();
    const auto bracketed = [](const std::string& text) {
        return text.find(':') == std::string::npos ? text : '[' + text + ']';
    };
    GitSource source;
    source.url = "https://" + parsed->authority() + parsed->target;
    source.pinned =
        bracketed(parsed->host) + ':' + std::to_string(parsed->port) + ':' + bracketed(*address);
    return source;
}

Result<void> checkLocalPath(std::string_view url, const std::vector<fs::path>& allowLocal) {
    const auto path = localPathOf(url);
    if (!path) return {};
    if (!*path) return path->error();
    const auto opened = openedPath(**path, allowLocal);
    if (!opened) return opened.error();
    return {};
}

bool isRefName(std::string_view ref) noexcept {
    if (ref.empty() || ref.size() > 255 || ref == "@" || ref.front() == '-' || ref.front() == '+' ||
        ref.back() == '.' || ref.find("..") != std::string_view::npos ||
        ref.find("@{") != std::string_view::npos)
        return false;
    const bool clean = std::all_of(ref.begin(), ref.end(), [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && c != 0x7F &&
               std::string_view("~^:?*[\\").find(c) == std::string_view::npos;
    });
    if (!clean) return false;
    while (true) {
        const auto slash = ref.find('/');
        const std::string_view part = ref.substr(0, slash);
        if (part.empty() || part.front() == '.' || part.ends_with(".lock")) return false;
        if (slash == std::string_view::npos) return true;
        ref.remove_prefix(slash + 1);
    }
}

bool isObjectId(std::string_view id) noexcept {
    return (id.size() == 40 || id.size() == 64) && std::all_of(id.begin(), id.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

bool lacksObject(std::string_view stderrText) {
    return stderrText.find("not our ref") != std::string_view::npos ||
           stderrText.find("unadvertised object") != std::string_view::npos;
}

Error explainGitFailure(std::string_view stderrText) {
    for (const Reason& reason : kReasons)
        if (stderrText.find(reason.needle) != std::string_view::npos)
            return fail(reason.kind, std::string(reason.detail));
    return fail(ErrorKind::ProviderUnavailable, "The repository could not be fetched; try later.");
}

std::string gitConfiguration(const GitSource& source) {
    std::string text =
        "[core]\n hooksPath = /dev/null\n fsmonitor = false\n packedGitWindowSize = 32m\n"
        " packedGitLimit = 256m\n bigFileThreshold = 16m\n deltaBaseCacheLimit = 32m\n"
        "[credential]\n helper =\n"
        "[protocol]\n version = 2\n allow = never\n"
        "[gc]\n auto = 0\n"
        "[maintenance]\n auto = false\n"
        "[pack]\n threads = 1\n windowMemory = 64m\n"
        "[submodule]\n recurse = false\n"
        "[transfer]\n fsckObjects = true\n"
        // One pack file, so that the limit on a file is the limit on the fetch.
        "[fetch]\n fsckObjects = true\n recurseSubmodules = false\n unpackLimit = 1\n "
        "writeCommitGraph = false\n"
        // Faults that old tools left in honest repositories, and that harm no reader of trees.
        "[fetch \"fsck\"]\n zeroPaddedFilemode = warn\n missingSpaceBeforeDate = warn\n "
        "badTimezone = warn\n"
        "[http]\n followRedirects = false\n proxy =\n sslVerify = true\n lowSpeedLimit = 1000\n"
        " lowSpeedTime = 30\n";
    if (source.local) {
        text +=
            "[protocol \"file\"]\n allow = always\n[uploadpack]\n allowAnySHA1InWant = "
            "true\n[safe]\n";
        // git looks for either name, depending on how it came into the folder.
        text += " directory = " + gitQuoted(source.local->string()) + "\n";
        text += " directory = " + gitQuoted(source.local->parent_path().string()) + "\n";
    } else {
        text += "[protocol \"https\"]\n allow = always\n[http]\n curloptResolve = " +
                gitQuoted(source.pinned) + "\n";
    }
    return text;
}

}  // namespace trusthub::connectors
