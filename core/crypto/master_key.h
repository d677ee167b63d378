// MasterKey: wraps the data keys; comes from a file that only the hub's user may read.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/random.h"
#include "sdk/result.h"
#include "sdk/secret.h"

namespace trusthub::crypto {

/// Versions of the master key; the newest wraps, all unwrap. Immutable after load. [thread-safe]
class MasterKey {
public:
    /// Reads `version:base64` lines. Forbidden when the file is readable by group or others.
    static Result<MasterKey> load(const std::filesystem::path& file);
    /// Makes the file (mode 0600, fsynced, folder fsynced) with one new version.
    static Result<MasterKey> create(const std::filesystem::path& file, base::Random& random);

    std::uint32_t currentVersion() const { return keys_.rbegin()->first; }
    std::string wrap(const SecretString& key, std::string_view associatedData,
                     base::Random& random) const;
    Result<SecretString> unwrap(std::uint32_t version, std::string_view wrapped,
                                std::string_view associatedData) const;

private:
    std::map<std::uint32_t, SecretString> keys_;
};

}  // namespace trusthub::crypto
