#include "connectors/git_source.h"
#include "scans/scans.h"

namespace trusthub::scans {
namespace {

/// `12/merge` or `12/head` -> `12`; empty for all else.
std::string_view requestNumber(std::string_view rest) {
    const auto slash = rest.find('/');
    const std::string_view number = rest.substr(0, slash);
    if (slash == std::string_view::npos || number.empty() ||
        number.find_first_not_of("0123456789") != std::string_view::npos)
        return {};
    const std::string_view side = rest.substr(slash + 1);
    return side == "merge" || side == "head" ? number : std::string_view{};
}

}  // namespace

std::string shortRef(std::string_view gitRef) {
    for (const std::string_view prefix : {"refs/heads/", "refs/tags/"})
        if (gitRef.starts_with(prefix)) return std::string(gitRef.substr(prefix.size()));
    struct Kind {
        std::string_view prefix, shortForm;
    };
    for (const Kind& kind : {Kind{"refs/pull/", "pr-"}, Kind{"refs/merge-requests/", "mr-"}}) {
        if (!gitRef.starts_with(kind.prefix)) continue;
        const std::string_view number = requestNumber(gitRef.substr(kind.prefix.size()));
        if (!number.empty()) return std::string(kind.shortForm) + std::string(number);
    }
    return std::string(gitRef);
}

Result<std::string> gitRefOf(std::string_view ref) {
    if (ref.empty() || ref == "HEAD") return std::string{};
    std::string full =
        ref.starts_with("refs/") ? std::string(ref) : "refs/heads/" + std::string(ref);
    // The branch itself too: `-x` is fine inside refs/heads/, yet git gives no branch that name.
    if (!connectors::isRefName(ref) || !connectors::isRefName(full))
        return invalid("/ref", "must be a branch or a full ref name that git accepts");
    return full;
}

}  // namespace trusthub::scans
