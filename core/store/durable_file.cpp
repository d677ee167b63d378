#include "store/durable_file.h"

#include "sdk/time.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

namespace trusthub::store {
namespace {

Error diskError(const char* step) {
    Error error = fail(ErrorKind::StoreBusy, std::string("The disk refused to ") + step + ": " +
                                                 std::strerror(errno) + ".");
    error.retryAfter = Milliseconds{5'000};
    return error;
}

/// Makes the missing folders of a path and fsyncs each parent that got a new entry.
bool makeFolders(const std::filesystem::path& folder) {
    if (folder.empty() || std::filesystem::exists(folder)) return true;
    if (!makeFolders(folder.parent_path())) return false;
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return false;
    const base::Fd parent(::open(folder.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return !parent || ::fsync(parent.get()) == 0;
}

bool writeAll(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0) {
            if (errno == EINTR) continue;
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace

Result<void> writeDurably(const std::filesystem::path& file, std::string_view bytes) {
    static std::atomic<unsigned> counter{0};
    if (!makeFolders(file.parent_path())) return diskError("make a folder");
    auto temporary = file;
    temporary +=
        "." + std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1)) + ".part";
    {
        const base::Fd out(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!out) return diskError("create a file");
        if (!writeAll(out.get(), bytes) || ::fsync(out.get()) != 0) {
            const Error error = diskError("write a file");
            ::unlink(temporary.c_str());
            return error;
        }
    }
    if (::rename(temporary.c_str(), file.c_str()) != 0) {
        const Error error = diskError("rename a file");
        ::unlink(temporary.c_str());
        return error;
    }
    const base::Fd folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::fsync(folder.get()) != 0) return diskError("sync a folder");
    return {};
}

Result<FolderLock> FolderLock::acquire(const std::filesystem::path& folder) {
    if (!makeFolders(std::filesystem::absolute(folder))) return diskError("make the data folder");
    base::Fd fd(::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd) return diskError("open the lock file of the data folder");
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
        return fail(ErrorKind::Conflict,
                    "Another trusthub serves this data folder; stop it, or use another folder.");
    return FolderLock(std::move(fd));
}

}  // namespace trusthub::store
