#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
// toml++ 3.3 asserts where input like `[[[[` is merely wrong, and goes on to report it where
// asserts are off.
#define TOML_ASSERT(expr) static_cast<void>(0)
#include "purl.h"
#include "readers.h"

#include <toml++/toml.h>

#include <string>
#include <utility>

namespace trusthub::inventory {
namespace {

std::string_view textOf(const toml::node_view<const toml::node>& node) {
    const auto* text = node.as_string();
    return text ? std::string_view{text->get()} : std::string_view{};
}

void addHash(std::string_view tagged, std::vector<Hash>& hashes) {
    if (auto hash = taggedHash(tagged)) hashes.push_back(*std::move(hash));
}

/// Members `hash` of an array of tables; null is fine.
void addHashes(const toml::array* files, std::vector<Hash>& hashes) {
    if (!files) return;
    for (const toml::node& file : *files)
        if (const auto* table = file.as_table()) addHash(textOf((*table)["hash"]), hashes);
}

constexpr int kMaxDots = 8;

/// toml++ bounds the nesting of values but not of dotted keys, and takes deep tables down
/// recursively. The tools write short keys and no text over several lines, so that dots outside of
/// quotes can be counted by line.
bool isShallow(std::string_view text) {
    if (text.find("\"\"\"") != std::string_view::npos || text.find("'''") != std::string_view::npos)
        return false;
    int dots = 0;
    char quote = 0;
    bool comment = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\n') {
            dots = 0;
            quote = 0;
            comment = false;
        } else if (comment) {
            continue;
        } else if (quote != 0) {
            if (c == '\\' && quote == '"') ++i;
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '#') {
            comment = true;
        } else if (c == '.' && ++dots > kMaxDots) {
            return false;
        }
    }
    return true;
}

/// Calls `visit(table)` for each [[package]] until it answers false.
template <class Visit>
sdk::Result<void> eachPackage(std::string_view text, const Visit& visit) {
    if (!isShallow(text))
        return fail(ErrorKind::InvalidInput, "keys nested too deep or long texts");
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed)
        return fail(
            ErrorKind::InvalidInput,
            "not readable TOML, line " + std::to_string(parsed.error().source().begin.line));
    const toml::table& root = parsed.table();
    const toml::array* packages = root["package"].as_array();
    if (!packages) return {};  // a project without dependencies
    for (const toml::node& node : *packages) {
        const toml::table* table = node.as_table();
        if (table && !visit(root, *table)) break;
    }
    return {};
}

bool contains(const toml::array* items, std::string_view wanted) {
    if (!items) return false;
    for (const toml::node& item : *items) {
        const auto* text = item.as_string();
        if (text && text->get() == wanted) return true;
    }
    return false;
}

/// Poetry before 1.2 has a category, since 2.0 groups, and in between neither.
Scope poetryScope(const toml::table& package) {
    if (package["optional"].value_or(false)) return Scope::Optional;
    if (const auto* groups = package["groups"].as_array())
        return contains(groups, "main") ? Scope::Required : Scope::Optional;
    const std::string_view category = textOf(package["category"]);
    if (category.empty()) return Scope::Unknown;
    return category == "main" ? Scope::Required : Scope::Optional;
}

bool poetryDevelopment(const toml::table& package) {
    if (const auto* groups = package["groups"].as_array()) return !contains(groups, "main");
    return textOf(package["category"]) == "dev";
}

Entry named(const toml::table& package) {
    Entry entry;
    entry.name = textOf(package["name"]);
    entry.version = textOf(package["version"]);
    return entry;
}

}  // namespace

sdk::Result<void> readPoetry(std::string_view text, Inventory& out) {
    return eachPackage(text, [&](const toml::table& root, const toml::table& package) {
        const std::string_view source = textOf(package["source"]["type"]);
        if (source == "directory" || source == "file") return true;  // part of the project itself
        if (out.omitsDevelopment() && poetryDevelopment(package)) return true;
        Entry entry = named(package);
        std::string qualifiers;
        if (source == "git")
            qualifiers = vcsQualifier("git", textOf(package["source"]["url"]),
                                      textOf(package["source"]["resolved_reference"]));
        entry.purl = pypiPurl(entry.name, entry.version, qualifiers);
        entry.scope = poetryScope(package);
        addHashes(package["files"].as_array(), entry.hashes);
        addHashes(root["metadata"]["files"][entry.name].as_array(), entry.hashes);  // before 1.3
        if (entry.version.empty()) entry.name.clear();
        return out.add(std::move(entry));
    });
}

sdk::Result<void> readUv(std::string_view text, Inventory& out) {
    return eachPackage(text, [&](const toml::table&, const toml::table& package) {
        const auto source = package["source"];
        if (source["editable"] || source["virtual"] || source["directory"] || source["path"])
            return true;  // part of the project itself
        Entry entry = named(package);
        std::string qualifiers;
        if (const std::string_view git = textOf(source["git"]); !git.empty()) {
            const std::size_t hash = git.find('#');
            qualifiers = vcsQualifier(
                "git", git,
                hash == std::string_view::npos ? std::string_view{} : git.substr(hash + 1));
        }
        entry.purl = pypiPurl(entry.name, entry.version, qualifiers);
        addHash(textOf(package["sdist"]["hash"]), entry.hashes);
        addHashes(package["wheels"].as_array(), entry.hashes);
        if (entry.version.empty() && qualifiers.empty()) entry.name.clear();
        return out.add(std::move(entry));
    });
}

sdk::Result<void> readCargo(std::string_view text, Inventory& out) {
    return eachPackage(text, [&](const toml::table&, const toml::table& package) {
        const std::string_view source = textOf(package["source"]);
        if (source.empty()) return true;  // a crate of the project's own workspace
        Entry entry = named(package);
        std::string qualifiers;
        if (source.starts_with("git+")) {
            const std::size_t hash = source.find('#');
            qualifiers = vcsQualifier(
                "git", source,
                hash == std::string_view::npos ? std::string_view{} : source.substr(hash + 1));
        }
        entry.purl = cargoPurl(entry.name, entry.version, qualifiers);
        const std::string_view checksum = textOf(package["checksum"]);
        if (!checksum.empty()) addHash("sha256:" + std::string(checksum), entry.hashes);
        if (entry.version.empty()) entry.name.clear();
        return out.add(std::move(entry));
    });
}

}  // namespace trusthub::inventory
