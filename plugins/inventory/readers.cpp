#include "readers.h"

#include <algorithm>
#include <array>
#include <utility>

namespace trusthub::inventory {

std::optional<LockKind> lockKindOf(std::string_view fileName) {
    static constexpr std::array<std::pair<std::string_view, LockKind>, 20> kNames{{
        {"package-lock.json", LockKind::Npm},
        {"npm-shrinkwrap.json", LockKind::Npm},
        {"yarn.lock", LockKind::Yarn},
        {"Pipfile.lock", LockKind::Pipfile},
        {"poetry.lock", LockKind::Poetry},
        {"uv.lock", LockKind::Uv},
        {"Cargo.lock", LockKind::Cargo},
        {"go.mod", LockKind::GoMod},
        {"pnpm-lock.yaml", LockKind::Unsupported},
        {"bun.lock", LockKind::Unsupported},
        {"bun.lockb", LockKind::Unsupported},
        {"pdm.lock", LockKind::Unsupported},
        {"pylock.toml", LockKind::Unsupported},
        {"Gemfile.lock", LockKind::Unsupported},
        {"composer.lock", LockKind::Unsupported},
        {"packages.lock.json", LockKind::Unsupported},
        {"gradle.lockfile", LockKind::Unsupported},
        {"mix.lock", LockKind::Unsupported},
        {"pubspec.lock", LockKind::Unsupported},
        {"Podfile.lock", LockKind::Unsupported},
    }};
    const auto found = std::find_if(kNames.begin(), kNames.end(),
                                    [&](const auto& row) { return row.first == fileName; });
    if (found != kNames.end()) return found->second;
    if (fileName.starts_with("requirements") && fileName.ends_with(".txt"))
        return LockKind::Requirements;
    return std::nullopt;
}

}  // namespace trusthub::inventory
