#include "connectors/trust.h"

#include "base/fd.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "store/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

namespace trusthub::connectors {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLibraryBytes = 256UL << 20;
constexpr std::size_t kMaxRecordBytes = 1UL << 20;

Error unreadable(const fs::path& file, int code) {
    return fail(ErrorKind::NotFound, file.string() + ": cannot be read: " + std::strerror(code));
}

Result<std::string> readFile(const fs::path& file, std::size_t maxBytes) {
    const base::Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return unreadable(file, errno);
    struct stat facts {};
    if (::fstat(fd.get(), &facts) != 0) return unreadable(file, errno);
    if (!S_ISREG(facts.st_mode))
        return fail(ErrorKind::InvalidInput, file.string() + ": found no regular file");
    std::string bytes;
    std::array<char, 65536> part;
    for (;;) {
        const ssize_t got = ::read(fd.get(), part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable(file, errno);
        if (got == 0) return bytes;
        bytes.append(part.data(), static_cast<std::size_t>(got));
        if (bytes.size() > maxBytes)
            return fail(ErrorKind::TooLarge,
                        file.string() + ": is larger than " + std::to_string(maxBytes) + " bytes");
    }
}

Result<void> checkOne(const fs::path& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return unreadable(path, errno);
    if (facts.st_uid != 0 && facts.st_uid != ::geteuid())
        return fail(ErrorKind::Forbidden, path.string() + ": found owner " +
                                              std::to_string(facts.st_uid) +
                                              ", needed root or the user of the hub (" +
                                              std::to_string(::geteuid()) + ")");
    if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        char mode[8];
        std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(facts.st_mode & 07777));
        return fail(ErrorKind::Forbidden, path.string() + ": found mode " + mode +
                                              ", needed one without write for group and others " +
                                              "(chmod go-w)");
    }
    return {};
}

/// The digest that a line of `<sha256>  <name>` records for one of the names.
std::optional<std::string> recordedIn(std::string_view lines, std::string_view name) {
    for (std::string_view line : base::split(lines, '\n')) {
        if (line.size() < 67 || line.substr(64, 2) != "  " || line.substr(66) != name) continue;
        return base::toLower(line.substr(0, 64));
    }
    return std::nullopt;
}

/// Null when there is no such file or no line for `name` in it.
Result<std::optional<std::string>> recorded(const fs::path& file, std::string_view name) {
    std::error_code ignored;
    if (file.empty() || !fs::exists(file, ignored)) return std::optional<std::string>{};
    if (auto owned = checkOwnership(file); !owned) return std::move(owned).error();
    auto lines = readFile(file, kMaxRecordBytes);
    if (!lines) return std::move(lines).error();
    return recordedIn(*lines, name);
}

}  // namespace

Result<std::string> fileDigest(const fs::path& file) {
    auto bytes = readFile(file, kMaxLibraryBytes);
    if (!bytes) return std::move(bytes).error();
    return base::toHex(crypto::sha256(*bytes));
}

Result<void> checkOwnership(const fs::path& file) {
    std::error_code code;
    const fs::path real = fs::canonical(file, code);
    if (code) return unreadable(file, code.value());
    if (auto own = checkOne(real); !own) return own;
    return checkOne(real.parent_path());
}

Result<void> checkDigest(std::string_view id, const fs::path& library, const fs::path& trustFile) {
    auto digest = fileDigest(library);
    if (!digest) return std::move(digest).error();
    auto byBuild = recorded(library.parent_path() / (std::string(id) + ".sha256"),
                            library.filename().string());
    if (!byBuild) return std::move(byBuild).error();
    auto byOperator = recorded(trustFile, id);
    if (!byOperator) return std::move(byOperator).error();
    if (*byBuild == *digest || *byOperator == *digest) return {};

    const auto& known = *byOperator ? *byOperator : *byBuild;
    return fail(ErrorKind::Forbidden,
                library.string() + ": found SHA-256 " + *digest + ", needed " +
                    (known ? "the recorded " + *known : std::string("one that is recorded")) +
                    " (trusthub connectors trust " + std::string(id) + ")");
}

Result<std::string> trust(std::string_view id, const fs::path& library, const fs::path& trustFile) {
    if (auto owned = checkOwnership(library); !owned) return std::move(owned).error();
    auto digest = fileDigest(library);
    if (!digest) return std::move(digest).error();
    std::string lines;
    std::error_code ignored;
    if (fs::exists(trustFile, ignored)) {
        auto old = readFile(trustFile, kMaxRecordBytes);
        if (!old) return std::move(old).error();
        for (const std::string_view line : base::split(*old, '\n'))
            if (line.size() > 66 && line.substr(66) != id) lines.append(line).append("\n");
    }
    lines.append(*digest).append("  ").append(id).append("\n");
    if (auto written = store::writeDurably(trustFile, lines); !written)
        return std::move(written).error();
    return digest;
}

}  // namespace trusthub::connectors
