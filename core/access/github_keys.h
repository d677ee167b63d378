// GithubKeys: the public keys that GitHub's secret scanning signs its reports with.
#pragma once

#include "sdk/result.h"

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace trusthub::access {

/// Reads the file in the form in which GitHub publishes it: `{"public_keys":[{"key_identifier",
/// "key"}]}`. GitHub changes its keys now and then: a file that changed is read again.
/// [thread-safe; may wait for the disk]
class GithubKeys {
public:
    explicit GithubKeys(std::filesystem::path file) : file_(std::move(file)) {}

    /// Whether the key of that identifier signed these bytes; `signature` is base64 of DER. False
    /// without a file, too.
    bool verifies(std::string_view keyIdentifier, std::string_view body,
                  std::string_view signature);
    /// What is wrong with the file, for the start of the hub; ok when there is none.
    Result<void> check() const;

private:
    using Keys = std::map<std::string, std::string, std::less<>>;  ///< identifier -> PEM
    Result<Keys> load() const;
    std::string keyOf(std::string_view identifier);

    const std::filesystem::path file_;
    std::mutex mutex_;
    Keys keys_;
    std::filesystem::file_time_type read_{};
};

}  // namespace trusthub::access
