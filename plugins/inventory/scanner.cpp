#include "scanner.h"

#include "cyclonedx.h"
#include "readers.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace trusthub::inventory {
namespace {

struct LockFile {
    const sdk::TreeEntry* file;
    LockKind kind;
};

std::string_view baseName(std::string_view path) {
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

bool liesIn(std::string_view path, const std::vector<std::string>& folders) {
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
         slash = path.find('/')) {
        if (std::find(folders.begin(), folders.end(), path.substr(0, slash)) != folders.end())
            return true;
        path.remove_prefix(slash + 1);
    }
    return false;
}

/// The lock files to read, by path. What is passed over for a limit is noted.
std::vector<LockFile> choose(const sdk::SourceTree& tree, const std::vector<std::string>& excluded,
                             Inventory& inventory, std::size_t& unreadable) {
    std::vector<LockFile> chosen;
    std::size_t beyond = 0;
    for (const sdk::TreeEntry& file : tree.files()) {
        const auto kind = lockKindOf(baseName(file.path));
        if (!kind || liesIn(file.path, excluded)) continue;
        const auto folders = std::count(file.path.begin(), file.path.end(), '/');
        std::string reason;
        if (*kind == LockKind::Unsupported) {
            reason = "this kind of lock file is not read";
        } else if (static_cast<std::size_t>(folders) > kMaxFolders) {
            reason = "it lies more than 32 folders deep";
        } else if (file.size > kMaxFileBytes) {
            reason = "it is larger than 32 MiB";
        }
        if (!reason.empty()) {
            ++unreadable;
            inventory.note("unreadable", cleanUtf8(file.path) + ": " + reason);
        } else if (chosen.size() >= kMaxLockFiles) {
            ++beyond;
        } else {
            chosen.push_back({&file, *kind});
        }
    }
    if (beyond != 0) {
        unreadable += beyond;
        inventory.note("unreadable", std::to_string(beyond) + " lock files beyond the first 200");
    }
    return chosen;
}

/// The go.sum beside a go.mod; empty when there is none or it cannot be read, for it only adds
/// digests.
std::string sumsBeside(const sdk::SourceTree& tree, const sdk::TreeEntry& goMod) {
    const std::string path = goMod.path.substr(0, goMod.path.size() - 3) + "sum";
    const auto& files = tree.files();
    const auto found = std::lower_bound(
        files.begin(), files.end(), path,
        [](const sdk::TreeEntry& entry, const std::string& wanted) { return entry.path < wanted; });
    if (found == files.end() || found->path != path || found->size > kMaxFileBytes) return {};
    auto text = tree.read(*found, kMaxFileBytes);
    return text ? *std::move(text) : std::string{};
}

sdk::Result<void> readOne(const LockFile& lock, std::string_view text, const sdk::SourceTree& tree,
                          const Tools& tools, Inventory& inventory) {
    switch (lock.kind) {
        case LockKind::Npm:
            return readNpm(text, tools, inventory);
        case LockKind::Yarn:
            return readYarn(text, tools, inventory);
        case LockKind::Requirements:
            return readRequirements(text, lock.file->path, inventory);
        case LockKind::Pipfile:
            return readPipfile(text, tools, inventory);
        case LockKind::Poetry:
            return readPoetry(text, inventory);
        case LockKind::Uv:
            return readUv(text, inventory);
        case LockKind::Cargo:
            return readCargo(text, inventory);
        case LockKind::GoMod:
            return readGoMod(text, sumsBeside(tree, *lock.file), tools, inventory);
        case LockKind::Unsupported:
            break;
    }
    return fail(ErrorKind::InvalidInput, "this kind of lock file is not read");
}

std::string counted(std::size_t number, const std::string& one, const std::string& many) {
    return std::to_string(number) + " " + (number == 1 ? one : many);
}

std::string summaryOf(const Inventory& inventory, std::size_t read, std::size_t unreadable) {
    std::string text = counted(inventory.components().size(), "component", "components") + " in " +
                       counted(read, "lock file", "lock files");
    if (unreadable != 0)
        text += "; " + counted(unreadable, "lock file", "lock files") + " could not be read";
    if (inventory.cut()) text += "; the list was cut at 100,000";
    return text;
}

}  // namespace

LockFileScanner::LockFileScanner(sdk::Host& host)
    : host_(host), omitDevelopment_(host.settings().boolean("omit_dev")) {
    if (host.settings().has("exclude_folders")) {
        excludedFolders_ = host.settings().list("exclude_folders");
    } else {
        excludedFolders_ = {"node_modules"};
    }
}

sdk::Result<sdk::ScanReport> LockFileScanner::scan(const sdk::ScanRequest& request,
                                                   sdk::Workspace& workspace) {
    const auto progress = [&](std::size_t percent) {
        if (request.progress) request.progress(static_cast<int>(percent));
    };
    progress(0);
    auto checkout = workspace.checkout(request.repositoryUrl, request.ref, request.commit);
    if (!checkout) return std::move(checkout).error();
    const sdk::SourceTree& tree = **checkout;
    progress(20);

    Inventory inventory(request.stop, omitDevelopment_);
    const Tools tools{host_.crypto(), host_.json()};
    std::size_t unreadable = 0;
    std::size_t read = 0;
    const auto locks = choose(tree, excludedFolders_, inventory, unreadable);
    for (std::size_t i = 0; i < locks.size(); ++i) {
        if (inventory.cancelled()) return fail(ErrorKind::Cancelled);
        const std::string path = cleanUtf8(locks[i].file->path);
        inventory.startFile(path);
        const auto text = tree.read(*locks[i].file, kMaxFileBytes);
        if (!text && text.error().kind != ErrorKind::TooLarge) return text.error();
        const auto done = text ? readOne(locks[i], *text, tree, tools, inventory)
                               : sdk::Result<void>(fail(ErrorKind::TooLarge));
        inventory.endFile();
        if (done) {
            ++read;
        } else {
            ++unreadable;
            inventory.note("unreadable", path + ": " + cleanUtf8(done.error().text()));
        }
        progress(20 + 70 * (i + 1) / locks.size());
    }
    if (inventory.cancelled()) return fail(ErrorKind::Cancelled);
    if (inventory.cut())
        inventory.note("cut",
                       "the inventory ends at " + std::to_string(kMaxComponents) + " components");

    sdk::ScanReport report;
    report.commit = tree.commit();
    report.mediaType = kMediaType;
    report.body = writeCycloneDx(
        inventory,
        {request.scanId, request.projectName, tree.commit(), request.ref, host_.clock().now()},
        host_.crypto());
    report.summary = summaryOf(inventory, read, unreadable);
    progress(100);
    return report;
}

}  // namespace trusthub::inventory
