#include "purl.h"
#include "readers.h"

#include <string>
#include <unordered_map>
#include <utility>

namespace trusthub::inventory {
namespace {

constexpr std::size_t kMaxTokens = 8;  // `old v1 => new v2` has five

/// The words of one line without its `//` comment; quotes around a word are taken off.
std::vector<std::string_view> wordsOf(std::string_view line) {
    std::vector<std::string_view> words;
    while (words.size() < kMaxTokens) {
        const std::size_t begin = line.find_first_not_of(" \t\r");
        if (begin == std::string_view::npos) break;
        line.remove_prefix(begin);
        if (line.starts_with("//")) break;
        std::size_t end = line.find_first_of(" \t\r");
        if (line.front() == '"' || line.front() == '`') {
            const std::size_t close = line.find(line.front(), 1);
            if (close == std::string_view::npos) break;
            words.push_back(line.substr(1, close - 1));
            end = close + 1;
        } else {
            words.push_back(line.substr(0, end));
        }
        line = end >= line.size() ? std::string_view{} : line.substr(end);
    }
    return words;
}

std::string_view nextLine(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    return line;
}

struct Module {
    std::string path;
    std::string version;
};

struct GoMod {
    bool named = false;
    std::vector<Module> required;
    /// By `path` or `path version`. A replacement without a version is a folder of the project's
    /// own.
    std::unordered_map<std::string, Module> replaced;
};

void readDirective(std::string_view verb, std::span<const std::string_view> words, GoMod& mod) {
    if (verb == "module") mod.named = true;
    if (verb == "require" && words.size() >= 2)
        mod.required.push_back({std::string(words[0]), std::string(words[1])});
    if (verb == "replace" && words.size() >= 3) {
        const std::size_t arrow = words[1] == "=>" ? 1 : 2;
        if (words[arrow] != "=>" || words.size() <= arrow + 1) return;
        std::string from(words[0]);
        if (arrow == 2) from.append(" ").append(words[1]);
        mod.replaced[from] = {std::string(words[arrow + 1]),
                              words.size() > arrow + 2 ? std::string(words[arrow + 2]) : ""};
    }
}

GoMod parse(std::string_view text) {
    GoMod mod;
    std::string block;  // the verb of the block that is open
    while (!text.empty()) {
        const std::vector<std::string_view> words = wordsOf(nextLine(text));
        if (words.empty()) continue;
        const std::span<const std::string_view> all(words);
        if (!block.empty()) {
            if (words.front() == ")") {
                block.clear();
            } else {
                readDirective(block, all, mod);
            }
        } else if (words.size() == 2 && words[1] == "(") {
            block = words.front();
        } else {
            readDirective(words.front(), all.subspan(1), mod);
        }
    }
    return mod;
}

/// `module version` -> the base64 of its `h1:` line. (Lines of the go.mod alone end in `/go.mod`
/// and match nothing.)
std::unordered_map<std::string, std::string> parseSums(std::string_view text) {
    std::unordered_map<std::string, std::string> sums;
    while (!text.empty()) {
        const std::vector<std::string_view> words = wordsOf(nextLine(text));
        if (words.size() != 3 || !words[2].starts_with("h1:")) continue;
        std::string key(words[0]);
        key.append(" ").append(words[1]);
        sums.emplace(std::move(key), words[2].substr(3));
    }
    return sums;
}

}  // namespace

sdk::Result<void> readGoMod(std::string_view text, std::string_view sums, const Tools& tools,
                            Inventory& out) {
    const GoMod mod = parse(text);
    if (!mod.named) return fail(ErrorKind::InvalidInput, "it names no module");
    const auto digests = parseSums(sums);
    for (const Module& required : mod.required) {
        Module module = required;
        auto replaced = mod.replaced.find(module.path + " " + module.version);
        if (replaced == mod.replaced.end()) replaced = mod.replaced.find(module.path);
        if (replaced != mod.replaced.end()) module = replaced->second;
        if (module.version.empty()) continue;
        Entry entry;
        entry.name = module.path;
        entry.version = module.version;
        entry.purl = golangPurl(module.path, module.version);
        const auto digest = digests.find(module.path + " " + module.version);
        if (digest != digests.end())
            if (auto hash = integrityHash("sha256-" + digest->second, tools.crypto))
                entry.hashes.push_back(*std::move(hash));
        if (!out.add(std::move(entry))) break;
    }
    return {};
}

}  // namespace trusthub::inventory
