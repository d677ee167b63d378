// GitSource: which repositories may be fetched, from where exactly, and in which words git's
// failures are told.
#pragma once

#include "sdk/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::connectors {

/// Answers the one vetted address to connect to, as text; EgressDenied or ProviderUnavailable
/// otherwise.
using ResolveForGit =
    std::function<Result<std::string>(const std::string& host, std::uint16_t port)>;

/// A repository as it will be fetched.
struct GitSource {
    std::string url;  ///< what git is given
    std::optional<std::filesystem::path>
        local;           ///< canonical folder, for repositories of this machine
    std::string pinned;  ///< `host:port:address`, for all others
};

/// `https://…` whose host `resolve` allows, or an absolute path or `file://` URL below one of
/// `allowLocal` (no link leads out of it). Forbidden, InvalidInput or NotFound say why not; no text
/// holds the URL.
Result<GitSource> locateRepository(std::string_view url,
                                   const std::vector<std::filesystem::path>& allowLocal,
                                   const ResolveForGit& resolve);

/// For a path or `file://` URL that no folder of `allowLocal` opens: Forbidden
/// `local_repository_refused`, whether or not there is something. InvalidInput for a broken one.
/// What is opened need not exist yet; other URLs are not looked at.
Result<void> checkLocalPath(std::string_view url,
                            const std::vector<std::filesystem::path>& allowLocal);

/// git-check-ref-format(1), and nothing that git would take as an option or a refspec; at most 255
/// bytes.
bool isRefName(std::string_view ref) noexcept;
/// A full object id: 40 or 64 lower-case hex digits.
bool isObjectId(std::string_view id) noexcept;

/// The typed form of what `git fetch` said on stderr (hostile input, locale C).
Error explainGitFailure(std::string_view stderrText);
/// True when the server only lacks the very object, so that fetching the ref may still find it.
bool lacksObject(std::string_view stderrText);

/// The configuration file that takes the place of the user's and the system's.
std::string gitConfiguration(const GitSource& source);

}  // namespace trusthub::connectors
