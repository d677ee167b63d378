// A plugins folder that a test fills with copies of the sample connectors.
#pragma once

#include "connectors/trust.h"
#include "sdk/testing.h"
#include "support/temp_folder.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <string>

namespace trusthub::test {

inline const std::string kSampleYaml = R"(id: sample
name: Sample
summary: A connector for tests.
version: 1.2.3
sdk: 1
status: draft
security: trusted_provider
provider:
  docs_url: https://example.com/docs
capabilities: [inbound, scanner]
settings:
  fault:
    type: string
    description: Where it fails.
    default: none
auth:
  kinds: [none]
limits:
  max_body_bytes: 1000
)";

inline std::string replaced(std::string text, const std::string& what, const std::string& by) {
    const std::size_t at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
}

class PluginFolder {
public:
    /// Puts a copy of a built sample in place as `<id>.so`, with descriptor and digest.
    std::filesystem::path add(const std::string& built, const std::string& id = "sample",
                              const std::string& fault = "none") {
        const auto library = folder_ / (id + ".so");
        std::filesystem::copy_file(std::filesystem::path(TRUSTHUB_TEST_PLUGINS) / (built + ".so"),
                                   library);
        writeText(yaml(id), replaced(replaced(kSampleYaml, "id: sample", "id: " + id),
                                     "default: none", "default: " + fault));
        record(id);
        return library;
    }
    void record(const std::string& id) {
        const auto digest = connectors::fileDigest(folder_ / (id + ".so"));
        REQUIRE(digest);
        writeText(folder_ / (id + ".sha256"), *digest + "  " + id + ".so\n");
    }
    std::filesystem::path yaml(const std::string& id = "sample") const {
        return folder_ / (id + ".yaml");
    }
    const std::filesystem::path& path() const { return folder_.path; }
    std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

private:
    TempFolder folder_;
};

}  // namespace trusthub::test
