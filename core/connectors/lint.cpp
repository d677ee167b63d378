#include "connectors/lint.h"

#include "connectors/descriptor.h"
#include "connectors/discovery.h"
#include "sdk/json.h"

#include <array>

namespace trusthub::connectors {
namespace {

namespace fs = std::filesystem;

/// What every connector's folder holds, so that all look alike.
constexpr std::array<std::string_view, 4> kFolderFiles{"CMakeLists.txt", "README.md",
                                                       "connector.cpp", "plugin.yaml"};

std::optional<Descriptor> lintDescriptor(const fs::path& file, LintResult& result) {
    DescriptorResult read = readDescriptor(file);
    result.checked.push_back(file.string());
    result.problems.insert(result.problems.end(), read.problems.begin(), read.problems.end());
    return std::move(read.descriptor);
}

void lintFolder(const fs::path& folder, LintResult& result) {
    std::error_code code;
    for (const std::string_view name : kFolderFiles)
        if (!fs::exists(folder / name, code))
            result.problems.push_back({folder.string(), 0, "has no " + std::string(name)});
    const fs::path yaml = folder / "plugin.yaml";
    if (fs::exists(yaml, code)) lintDescriptor(yaml, result);
}

void lintLibrary(const fs::path& library, const fs::path& trustFile, LintResult& result) {
    const fs::path yaml = fs::path(library).replace_extension(".yaml");
    std::error_code code;
    if (!fs::exists(yaml, code)) {
        result.problems.push_back(
            {library.string(), 0, "has no " + yaml.filename().string() + " beside it"});
        return;
    }
    if (!lintDescriptor(yaml, result)) return;
    const Candidate candidate = examine(yaml, trustFile);
    result.checked.push_back(candidate.found.library.string());
    if (!candidate.found.refusal.empty())
        result.problems.push_back({"", 0, candidate.found.refusal});
}

/// Refusals begin with their file; a problem of a whole file has no line.
std::string lineOf(const config::Problem& problem) {
    if (problem.file.empty()) return problem.reason;
    if (problem.line == 0) return problem.file + ": " + problem.reason;
    return problem.text();
}

}  // namespace

LintResult lint(const fs::path& path, const fs::path& trustFile) {
    LintResult result;
    std::error_code code;
    if (!fs::exists(path, code))
        result.problems.push_back({path.string(), 0, "no such file or folder"});
    else if (fs::is_directory(path, code))
        lintFolder(path.has_filename() ? path : path.parent_path(), result);
    else if (path.extension() == ".so")
        lintLibrary(path, trustFile, result);
    else
        lintDescriptor(path, result);
    return result;
}

std::string lintText(const LintResult& result) {
    std::string out;
    for (const auto& problem : result.problems) out += lineOf(problem) + "\n";
    if (result.clean())
        for (const auto& file : result.checked) out += file + ": nothing to object to\n";
    return out;
}

std::string lintJson(const LintResult& result) {
    sdk::JsonWriter json;
    json.beginObject().member("ok", result.clean()).key("problems").beginArray();
    for (const auto& problem : result.problems) {
        json.beginObject().member("file", problem.file);
        if (problem.line > 0) json.member("line", problem.line);
        json.member("reason", problem.reason).endObject();
    }
    json.endArray().key("checked").beginArray();
    for (const auto& file : result.checked) json.value(file);
    json.endArray().endObject();
    return std::move(json).text() + "\n";
}

}  // namespace trusthub::connectors
