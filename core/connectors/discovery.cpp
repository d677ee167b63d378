#include "connectors/discovery.h"

#include "base/text.h"
#include "connectors/trust.h"

#include <algorithm>
#include <set>

namespace trusthub::connectors {
namespace {

namespace fs = std::filesystem;

}  // namespace

Candidate examine(const fs::path& yaml, const fs::path& trustFile) {
    Candidate candidate;
    Found& found = candidate.found;
    found.yaml = yaml;
    found.library = yaml.parent_path() / (idOfPath(yaml) + ".so");
    // The descriptor says which hosts the connector may call, so it is guarded like the library.
    if (auto owned = checkOwnership(yaml); !owned) {
        found.refusal = std::string(owned.error().text());
        return candidate;
    }
    DescriptorResult read = readDescriptor(yaml);
    if (!read.descriptor) {
        std::vector<std::string> texts;
        for (const auto& problem : read.problems) texts.push_back(problem.text());
        found.refusal = base::join(texts, "; ");
        return candidate;
    }
    found.descriptor = std::move(read.descriptor);
    found.library = yaml.parent_path() / found.descriptor->library;
    auto library = Library::load(found.library, *found.descriptor, trustFile);
    if (library)
        candidate.library = *std::move(library);
    else
        found.refusal = std::string(library.error().text());
    return candidate;
}

std::vector<Candidate> discover(const fs::path& folder, const fs::path& trustFile) {
    std::set<fs::path> yamls, libraries;
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
        const fs::path file = it->path();
        if (file.extension() == ".yaml") yamls.insert(file);
        if (file.extension() == ".so") libraries.insert(file);
    }
    std::vector<Candidate> out;
    for (const fs::path& yaml : yamls) {
        out.push_back(examine(yaml, trustFile));
        libraries.erase(out.back().found.library);
    }
    for (const fs::path& library : libraries) {
        Candidate orphan;
        orphan.found.library = library;
        orphan.found.yaml = fs::path(library).replace_extension(".yaml");
        orphan.found.refusal = library.string() + ": found no descriptor that names it, needed " +
                               orphan.found.yaml.filename().string() + " beside it";
        out.push_back(std::move(orphan));
    }
    std::stable_sort(out.begin(), out.end(), [](const Candidate& a, const Candidate& b) {
        return a.found.yaml.stem() < b.found.yaml.stem();
    });
    return out;
}

}  // namespace trusthub::connectors
