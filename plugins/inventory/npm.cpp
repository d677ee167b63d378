#include "purl.h"
#include "readers.h"

#include <string>
#include <utility>

namespace trusthub::inventory {
namespace {

std::vector<Hash> hashesOf(std::string_view integrity, const sdk::Crypto& crypto) {
    std::vector<Hash> hashes;
    while (!integrity.empty()) {
        const std::size_t end = integrity.find(' ');
        if (auto hash = integrityHash(integrity.substr(0, end), crypto))
            hashes.push_back(*std::move(hash));
        integrity = end == std::string_view::npos ? std::string_view{} : integrity.substr(end + 1);
    }
    return hashes;
}

bool isGit(std::string_view source) {
    return source.starts_with("git+") || source.starts_with("git:") || source.starts_with("git@") ||
           source.starts_with("github:");
}

/// Local folders and archives are part of the project itself.
bool isLocal(std::string_view source) {
    return source.starts_with("file:") || source.starts_with("link:") ||
           source.starts_with("portal:") || source.starts_with("workspace:");
}

struct Package {
    std::string_view name;  ///< with its scope
    std::string_view version;
    std::string_view source;  ///< where it was fetched from, or empty
    std::string_view integrity;
    Scope scope = Scope::Unknown;
};

Entry entryOf(const Package& package, const sdk::Crypto& crypto) {
    Entry entry;
    const std::size_t slash =
        package.name.starts_with('@') ? package.name.find('/') : std::string_view::npos;
    if (slash != std::string_view::npos) entry.group = package.name.substr(0, slash);
    entry.name = slash == std::string_view::npos ? package.name : package.name.substr(slash + 1);
    entry.version = package.version;
    std::string qualifiers;
    if (isGit(package.source)) {
        std::string address(package.source.substr(0, package.source.find('#')));
        if (address.starts_with("github:"))
            address = "https://github.com/" + address.substr(sizeof("github:") - 1) + ".git";
        const std::size_t hash = package.source.find('#');
        qualifiers = vcsQualifier(
            "git", address,
            hash == std::string_view::npos ? std::string_view{} : package.source.substr(hash + 1));
    } else if (package.version.empty() && !package.source.empty()) {
        qualifiers =
            "download_url=" +
            percentEncode(package.source.substr(0, package.source.find_first_of("?#")), true);
    }
    if (entry.version.empty() && qualifiers.empty())
        entry.name.clear();  // nothing to identify it by
    entry.purl = npmPurl(package.name, package.version, qualifiers);
    entry.hashes = hashesOf(package.integrity, crypto);
    entry.scope = package.scope;
    return entry;
}

/// lockfileVersion 2 and 3: a flat map from the folder in which a package lands.
void readPackages(sdk::JsonValue packages, const Tools& tools, Inventory& out) {
    static constexpr std::string_view kFolder = "node_modules/";
    for (std::size_t i = 0; i < packages.size(); ++i) {
        const std::string_view path = packages.keyAt(i);
        const sdk::JsonValue value = packages.valueAt(i);
        const std::size_t folder = path.rfind(kFolder);
        // Without the folder it is the project or one of its workspaces; a link points to such.
        if (folder == std::string_view::npos || value["link"].boolean()) continue;
        Package package;
        package.name = value["name"].string(path.substr(folder + kFolder.size()));
        package.version = value["version"].string();
        package.source = value["resolved"].string();
        package.integrity = value["integrity"].string();
        const bool dev = value["dev"].boolean();
        const bool optional = dev || value["optional"].boolean() || value["devOptional"].boolean();
        package.scope = optional ? Scope::Optional : Scope::Required;
        if (isLocal(package.source) || (dev && out.omitsDevelopment())) continue;
        if (!out.add(entryOf(package, tools.crypto))) return;
    }
}

/// lockfileVersion 1: a tree. The JSON parser bounds its depth. False: stop.
bool readTree(sdk::JsonValue dependencies, const Tools& tools, Inventory& out) {
    for (std::size_t i = 0; i < dependencies.size(); ++i) {
        const sdk::JsonValue value = dependencies.valueAt(i);
        const std::string_view version = value["version"].string();
        Package package;
        package.name = dependencies.keyAt(i);
        package.version = version;
        package.source = value["resolved"].string();
        package.integrity = value["integrity"].string();
        const bool dev = value["dev"].boolean();
        package.scope = dev || value["optional"].boolean() ? Scope::Optional : Scope::Required;
        if (version.starts_with("npm:")) {
            const std::string_view alias = version.substr(4);
            const std::size_t at = alias.rfind('@');
            package.name = alias.substr(0, at);
            package.version =
                at == std::string_view::npos ? std::string_view{} : alias.substr(at + 1);
        } else if (version.find(':') != std::string_view::npos) {
            package.source = version;
            package.version = {};
        }
        const bool skip = isLocal(version) || (dev && out.omitsDevelopment());
        if (!skip && !out.add(entryOf(package, tools.crypto))) return false;
        if (!readTree(value["dependencies"], tools, out)) return false;
    }
    return true;
}

std::string_view unquoted(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        return text.substr(1, text.size() - 2);
    return text;
}

/// `@babel/core@^7.0.0` -> `@babel/core`; of an alias the package that it stands for. Empty when
/// local.
std::string_view nameOfPattern(std::string_view pattern) {
    if (pattern.starts_with('"')) pattern.remove_prefix(1);
    const std::size_t at = pattern.find('@', 1);
    const std::string_view range =
        at == std::string_view::npos ? std::string_view{} : pattern.substr(at + 1);
    if (isLocal(range)) return {};
    if (range.starts_with("npm:")) {
        const std::string_view target = range.substr(4);
        return target.substr(0, target.find('@', 1));
    }
    return pattern.substr(0, at);
}

}  // namespace

sdk::Result<void> readNpm(std::string_view text, const Tools& tools, Inventory& out) {
    const auto document = tools.json.parse(text);
    if (!document) return fail(ErrorKind::InvalidInput, "not readable JSON");
    const sdk::JsonValue root = document->root();
    const auto version = root["lockfileVersion"].integer();
    if (!version || *version < 1 || *version > 3)
        return fail(ErrorKind::InvalidInput, "lockfileVersion is not 1, 2 or 3");
    if (root["packages"].isObject()) {
        readPackages(root["packages"], tools, out);
    } else {
        readTree(root["dependencies"], tools, out);
    }
    return {};
}

sdk::Result<void> readYarn(std::string_view text, const Tools& tools, Inventory& out) {
    if (text.find("# yarn lockfile v1") == std::string_view::npos)
        return fail(ErrorKind::InvalidInput, "only the yarn.lock of Yarn 1 is read");
    Package package;
    bool local = false;
    const auto flush = [&] {
        const bool more = package.name.empty() || local || out.add(entryOf(package, tools.crypto));
        package = {};
        return more;
    };
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() || line.front() == '#') continue;
        if (line.front() != ' ') {
            if (!flush()) return {};
            if (line.back() != ':')
                return fail(ErrorKind::InvalidInput, "a line is not of Yarn 1's form");
            // One entry may serve several ranges; they share the name.
            std::string_view first = line.substr(0, line.size() - 1);
            first = unquoted(first.substr(0, first.find(", ")));
            package.name = nameOfPattern(first);
            local = package.name.empty();
        } else if (line.starts_with("  version ")) {
            package.version = unquoted(line.substr(10));
        } else if (line.starts_with("  resolved ")) {
            package.source = unquoted(line.substr(11));
        } else if (line.starts_with("  integrity ")) {
            package.integrity = unquoted(line.substr(12));
        }
    }
    flush();
    return {};
}

}  // namespace trusthub::inventory
