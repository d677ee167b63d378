#include "crypto/master_key.h"

#include "base/fd.h"
#include "base/text.h"
#include "crypto/aead.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace trusthub::crypto {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 64 * 1024;

Error systemError(ErrorKind kind, const fs::path& file, std::string_view what) {
    return fail(kind, file.string() + ": " + std::string(what) + ": " +
                          std::generic_category().message(errno));
}

Error badFile(const fs::path& file, std::size_t line, std::string_view why) {
    return fail(ErrorKind::InvalidInput,
                file.string() + ":" + std::to_string(line) + ": " + std::string(why));
}

bool writeAll(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

/// The whole file, after its mode was checked on the very descriptor that is read.
Result<SecretString> readPrivate(const fs::path& file) {
    const base::Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd)
        return systemError(errno == ENOENT ? ErrorKind::NotFound : ErrorKind::Forbidden, file,
                           "cannot be opened");
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0)
        return systemError(ErrorKind::Internal, file, "cannot be examined");
    if (!S_ISREG(status.st_mode)) return fail(ErrorKind::Forbidden, file.string() + ": is no file");
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(ErrorKind::Forbidden,
                    file.string() + ": others than its owner may use it; run chmod 600");
    std::string text(kMaxFileBytes + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t n = ::read(fd.get(), text.data() + size, text.size() - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return systemError(ErrorKind::Internal, file, "cannot be read");
        if (n == 0) break;
        size += static_cast<std::size_t>(n);
    }
    SecretString content(text.substr(0, size));
    OPENSSL_cleanse(text.data(), text.size());
    if (size > kMaxFileBytes) return badFile(file, 1, "the file is too long");
    return content;
}

}  // namespace

Result<MasterKey> MasterKey::load(const fs::path& file) {
    auto content = readPrivate(file);
    if (!content) return std::move(content).error();
    MasterKey loaded;
    std::size_t number = 0;
    for (std::string_view line : base::split(content->reveal(), '\n')) {
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        line = base::trim(line);
        if (line.empty() || line.starts_with('#')) continue;
        const std::size_t colon = line.find(':');
        const auto version = base::parseInteger(line.substr(0, colon));
        if (colon == line.npos || !version || *version < 1 || *version > UINT32_MAX)
            return badFile(file, number, "must be VERSION:BASE64");
        auto key = base::fromBase64(line.substr(colon + 1));
        SecretString secret(key ? std::move(*key) : std::string());
        if (secret.size() != kAeadKeyBytes)
            return badFile(file, number, "the key must be 32 bytes in base64");
        if (!loaded.keys_.emplace(static_cast<std::uint32_t>(*version), std::move(secret)).second)
            return badFile(file, number, "this version stands twice");
    }
    if (loaded.keys_.empty()) return badFile(file, number, "holds no key");
    return loaded;
}

Result<MasterKey> MasterKey::create(const fs::path& file, base::Random& random) {
    MasterKey made;
    made.keys_.emplace(1, SecretString(random.bytes(kAeadKeyBytes)));
    if (auto written = made.write(file, false); !written) return std::move(written).error();
    return made;
}

Result<MasterKey> MasterKey::rotate(const fs::path& file, base::Random& random) {
    auto loaded = load(file);
    if (!loaded) return loaded;
    const std::uint32_t current = loaded->currentVersion();
    if (current == UINT32_MAX) return fail(ErrorKind::Conflict, "no version is left");
    loaded->keys_.emplace(current + 1, SecretString(random.bytes(kAeadKeyBytes)));
    if (auto written = loaded->write(file, true); !written) return std::move(written).error();
    return loaded;
}

Result<void> MasterKey::write(const fs::path& file, bool replace) const {
    std::string text;
    for (const auto& [version, key] : keys_) {
        std::string encoded = base::toBase64(key.reveal());
        text += std::to_string(version) + ":" + encoded + "\n";
        OPENSSL_cleanse(encoded.data(), encoded.size());
    }
    const SecretString content(std::move(text));

    // Whole or not at all: a file of another name is completed first and then takes the name.
    fs::path folder = file.parent_path();
    if (folder.empty()) folder = ".";
    std::string temporary = (folder / ("." + file.filename().string() + ".XXXXXX")).string();
    base::Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
    if (!fd) return systemError(ErrorKind::Internal, file, "cannot be made");
    const bool complete = writeAll(fd.get(), content.reveal()) && ::fsync(fd.get()) == 0;
    const unsigned flags = replace ? 0 : RENAME_NOREPLACE;
    if (!complete || ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, file.c_str(), flags) != 0) {
        const bool exists = complete && errno == EEXIST;
        Error error = systemError(exists ? ErrorKind::Conflict : ErrorKind::Internal, file,
                                  "cannot be written");
        ::unlink(temporary.c_str());
        return error;
    }
    const base::Fd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0)
        return systemError(ErrorKind::Internal, folder, "cannot be made durable");
    return {};
}

std::string MasterKey::wrap(const SecretString& key, std::string_view associatedData,
                            base::Random& random) const {
    return seal(keys_.rbegin()->second, key.reveal(), associatedData, random);
}

Result<SecretString> MasterKey::unwrap(std::uint32_t version, std::string_view wrapped,
                                       std::string_view associatedData) const {
    const auto found = keys_.find(version);
    if (found == keys_.end())
        return fail(ErrorKind::Internal,
                    "the master key file has no version " + std::to_string(version));
    auto plain = open(found->second, wrapped, associatedData);
    if (!plain) return std::move(plain).error();
    return SecretString(*std::move(plain));
}

}  // namespace trusthub::crypto
