// MasterKey: wraps the data keys; comes from a file that only the hub's user may read.
#pragma once

#include "base/random.h"
#include "sdk/result.h"
#include "sdk/secret.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace trusthub::crypto {

/// Versions of the master key; the newest wraps, all unwrap. Immutable after load. [thread-safe]
class MasterKey {
public:
    /// Reads `version:base64` lines; empty lines and `#` comments are skipped. NotFound when there
    /// is no file, Forbidden when group or others may do anything with it, InvalidInput when it is
    /// not such a file.
    static Result<MasterKey> load(const std::filesystem::path& file);
    /// Makes the file (mode 0600, fsynced, folder fsynced) with one new version. Conflict when it
    /// is there.
    static Result<MasterKey> create(const std::filesystem::path& file, base::Random& random);
    /// Adds a version to the file, which becomes the current one; the file is replaced as a whole.
    static Result<MasterKey> rotate(const std::filesystem::path& file, base::Random& random);

    std::uint32_t currentVersion() const { return keys_.rbegin()->first; }
    std::string wrap(const SecretString& key, std::string_view associatedData,
                     base::Random& random) const;
    Result<SecretString> unwrap(std::uint32_t version, std::string_view wrapped,
                                std::string_view associatedData) const;

private:
    MasterKey() = default;
    Result<void> write(const std::filesystem::path& file, bool replace) const;

    std::map<std::uint32_t, SecretString> keys_;
};

}  // namespace trusthub::crypto
