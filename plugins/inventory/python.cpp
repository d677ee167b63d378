#include "purl.h"
#include "readers.h"

#include <algorithm>
#include <string>
#include <utility>

namespace trusthub::inventory {
namespace {

constexpr std::string_view kBlank = " \t\r\f";

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

bool isNameChar(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

/// Cuts `# comment`, which must stand at the start or after a blank.
std::string_view withoutComment(std::string_view line) {
    for (std::size_t i = line.find('#'); i != std::string_view::npos; i = line.find('#', i + 1))
        if (i == 0 || kBlank.find(line[i - 1]) != std::string_view::npos) return line.substr(0, i);
    return line;
}

/// The next line with its continuations (a backslash at the end) put together.
std::string nextLogicalLine(std::string_view& text) {
    std::string line;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view part = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (part.ends_with('\r')) part.remove_suffix(1);
        const bool isComment = trimmed(part).starts_with('#');
        const bool goesOn = !isComment && part.ends_with('\\');
        if (goesOn) part.remove_suffix(1);
        // A comment between continued lines ends them, as pip has it, but is no part of the
        // requirement.
        line.append(" ").append(withoutComment(part));
        if (!goesOn) break;
    }
    return line;
}

std::vector<Hash> requirementHashes(std::string_view options) {
    constexpr std::string_view kOption = "--hash";
    std::vector<Hash> hashes;
    for (std::size_t at = options.find(kOption); at != std::string_view::npos;
         at = options.find(kOption, at)) {
        at += kOption.size();
        const std::size_t begin = options.find_first_not_of("= \t", at);
        if (begin == std::string_view::npos) break;
        const std::string_view value =
            options.substr(begin, options.find_first_of(kBlank, begin) - begin);
        if (auto hash = taggedHash(value)) hashes.push_back(*std::move(hash));
    }
    return hashes;
}

/// `==1.0` or `===1.0` -> `1.0`; empty when it is no exact version.
std::string_view pinnedVersion(std::string_view specifier) {
    specifier = trimmed(specifier);
    if (specifier.starts_with('(') && specifier.ends_with(')'))
        specifier = trimmed(specifier.substr(1, specifier.size() - 2));
    if (!specifier.starts_with("==")) return {};
    specifier.remove_prefix(specifier.starts_with("===") ? 3 : 2);
    specifier = trimmed(specifier);
    return specifier.find_first_of(",*<>=!~ \t") == std::string_view::npos ? specifier
                                                                           : std::string_view{};
}

/// Null for a requirement that names no exact version.
std::optional<Entry> requirementOf(std::string_view line) {
    const std::size_t nameEnd = static_cast<std::size_t>(
        std::find_if_not(line.begin(), line.end(), isNameChar) - line.begin());
    std::string_view rest = trimmed(line.substr(nameEnd));
    if (rest.starts_with('[')) {
        const std::size_t close = rest.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        rest = trimmed(rest.substr(close + 1));
    }
    const std::size_t options = rest.find(" --");
    const std::string_view specifier = rest.substr(0, std::min(options, rest.find(';')));
    const std::string_view version = pinnedVersion(specifier);
    if (nameEnd == 0 || version.empty()) return std::nullopt;
    Entry entry;
    entry.name = line.substr(0, nameEnd);
    entry.version = version;
    entry.purl = pypiPurl(entry.name, version);
    if (options != std::string_view::npos) entry.hashes = requirementHashes(rest.substr(options));
    return entry;
}

/// Members `default` and `develop` of Pipfile.lock. False: stop.
bool readPipfileGroup(sdk::JsonValue group, Scope scope, Inventory& out) {
    for (std::size_t i = 0; i < group.size(); ++i) {
        const sdk::JsonValue value = group.valueAt(i);
        if (value["path"] || value["file"]) continue;  // a part of the project itself
        Entry entry;
        entry.name = group.keyAt(i);
        entry.version = pinnedVersion(value["version"].string());
        entry.scope = scope;
        std::string qualifiers;
        if (value["git"].isString())
            qualifiers = vcsQualifier("git", value["git"].string(), value["ref"].string());
        entry.purl = pypiPurl(entry.name, entry.version, qualifiers);
        if (entry.version.empty() && qualifiers.empty()) entry.name.clear();
        const sdk::JsonValue hashes = value["hashes"];
        for (std::size_t h = 0; h < hashes.size(); ++h)
            if (auto hash = taggedHash(hashes.at(h).string()))
                entry.hashes.push_back(*std::move(hash));
        if (!out.add(std::move(entry))) return false;
    }
    return true;
}

}  // namespace

sdk::Result<void> readRequirements(std::string_view text, std::string_view path, Inventory& out) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (text.find('\0') != std::string_view::npos)
        return fail(ErrorKind::InvalidInput, "not a text file in UTF-8");
    std::size_t unpinned = 0;
    while (!text.empty()) {
        const std::string logical = nextLogicalLine(text);
        const std::string_view line = trimmed(logical);
        if (line.empty()) continue;
        if (line.starts_with('-')) {
            // -e and --editable bring a dependency without a version; the other options bring none.
            if (line.starts_with("-e") || line.starts_with("--editable")) ++unpinned;
            continue;
        }
        auto entry = requirementOf(line);
        if (!entry) {
            ++unpinned;
        } else if (!out.add(*std::move(entry))) {
            return {};
        }
    }
    if (unpinned != 0)
        out.note("unpinned", cleanUtf8(path) + ": " + std::to_string(unpinned) +
                                 " requirements without an exact version");
    return {};
}

sdk::Result<void> readPipfile(std::string_view text, const Tools& tools, Inventory& out) {
    const auto document = tools.json.parse(text);
    if (!document) return fail(ErrorKind::InvalidInput, "not readable JSON");
    const sdk::JsonValue root = document->root();
    if (!root["default"].isObject() || !root["_meta"].isObject())
        return fail(ErrorKind::InvalidInput, "not of Pipfile.lock's form");
    if (!readPipfileGroup(root["default"], Scope::Required, out)) return {};
    if (!out.omitsDevelopment()) readPipfileGroup(root["develop"], Scope::Optional, out);
    return {};
}

}  // namespace trusthub::inventory
