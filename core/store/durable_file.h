// Files that survive a power cut once the call has returned, and the lock of a data folder.
#pragma once

#include "base/fd.h"
#include "sdk/result.h"

#include <filesystem>
#include <string_view>

namespace trusthub::store {

/// Writes beside the target, fsyncs, renames, fsyncs the folder; folders are made with mode 0700,
/// the file has mode 0600. StoreBusy when the disk refuses; then the target is as it was.
Result<void> writeDurably(const std::filesystem::path& file, std::string_view bytes);

/// Held for as long as the object lives; the kernel frees it when the process ends in any way.
class FolderLock {
public:
    /// Conflict when another process holds it.
    static Result<FolderLock> acquire(const std::filesystem::path& folder);

private:
    explicit FolderLock(base::Fd fd) : fd_(std::move(fd)) {}
    base::Fd fd_;
};

}  // namespace trusthub::store
