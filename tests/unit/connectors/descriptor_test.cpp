#include "connectors/descriptor.h"

#include "plugin_folder.h"

#include <catch2/catch.hpp>

using namespace trusthub;
using namespace trusthub::connectors;
using trusthub::test::kSampleYaml;
using trusthub::test::replaced;

namespace {

std::string problemsOf(const std::string& yaml, const std::string& id = "sample") {
    std::string out;
    for (const auto& problem : parseDescriptor(yaml, "x.yaml", id).problems)
        out += problem.text() + "\n";
    return out;
}

}  // namespace

TEST_CASE("a descriptor that fits is read with all its members") {
    const auto yaml = kSampleYaml +
                      "hosts:\n  eu: [api.eu.example.com, \"*.example.net\", local:8443]\n"
                      "events:\n  - type: repository.push\n    summary: A push.\n";
    const auto read = parseDescriptor(yaml, "x.yaml", "sample");
    INFO(problemsOf(yaml));
    REQUIRE(read.descriptor);
    const Descriptor& d = *read.descriptor;
    CHECK(d.id == "sample");
    CHECK(d.version == "1.2.3");
    CHECK(d.library == "sample.so");
    CHECK(d.status == Status::Draft);
    CHECK(d.security == Security::TrustedProvider);
    CHECK(d.has(Capability::Inbound));
    CHECK(d.has(Capability::Scanner));
    CHECK_FALSE(d.has(Capability::Evidence));
    CHECK(d.limit("max_body_bytes", 1) == 1000);
    CHECK(d.limit("max_rows", 7) == 7);
    CHECK(d.hosts.at("eu").size() == 3);
    CHECK(d.settings.find("fault") != nullptr);
    CHECK(d.authKinds == std::vector<std::string>{"none"});
    CHECK(d.events.at(0).type == "repository.push");
}

TEST_CASE("a descriptor is refused with file, line and reason") {
    struct Case {
        const char* what;
        const char* by;
        const char* expected;
    };
    const auto& c = GENERATE(
        Case{"name: Sample", "nmae: Sample", "x.yaml:2: unknown key `nmae`; did you mean `name`?"},
        Case{"name: Sample", "name: [a]", "x.yaml:2: `name`"},
        Case{"name: Sample\n", "", "`name` is missing"},
        Case{"name: Sample", "name: Sample\nname: Twice", "x.yaml:3:"},
        Case{"version: 1.2.3", "version: 1.2", "x.yaml:4: `version` must be MAJOR.MINOR.PATCH"},
        Case{"sdk: 1", "sdk: 2", "x.yaml:5: `sdk` must be 1"},
        Case{"sdk: 1", "sdk: \"1\"", "x.yaml:5: `sdk` must be 1"},
        Case{"status: draft", "status: shiny", "x.yaml:6: `status` must be one of"},
        Case{"trusted_provider", "none", "x.yaml:7: `security` must be one of"},
        Case{"https://example.com", "http://example.com", "`provider.docs_url` must begin with"},
        Case{"docs_url", "doc_url", "unknown key `doc_url`; did you mean `docs_url`?"},
        Case{"[inbound, scanner]", "[inbound, telepathy]", "x.yaml:10: `capabilities` must hold"},
        Case{"[inbound, scanner]", "[inbound, inbound]", "names `inbound` twice"},
        Case{"[inbound, scanner]", "inbound", "`capabilities` must be a list"},
        Case{"type: string", "type: strnig", "x.yaml:13"},
        Case{"max_body_bytes: 1000", "max_body_bytes: -1", "x.yaml:19: `limits.max_body_bytes`"},
        Case{"max_body_bytes: 1000", "max_boddy_bytes: 1", "`limits.max_body_bytes` is missing"},
        Case{"max_body_bytes: 1000", "body: 1000", "must be a name that begins with max_"},
        Case{"kinds: [none]", "kind: [none]", "unknown key `kind`; did you mean `kinds`?"},
        Case{"limits:", "library: ../evil.so\nlimits:", "`library` must be the name of a .so"},
        Case{"limits:", "hosts: {eu: [\"http://x\"]}\nlimits:", "`hosts.eu` must hold host names"},
        Case{"limits:", "hosts: {eu: [\"*.com:0\"]}\nlimits:", "`hosts.eu` must hold host names"},
        Case{"limits:", "hosts: {eu: [\"*.com\"]}\nlimits:", "`hosts.eu` must hold host names"},
        Case{"limits:", "hosts: {eu: [\"{no_setting}\"]}\nlimits:",
             "`hosts.eu` must hold host names"},
        Case{"limits:", "hosts: [a.example]\nlimits:", "`hosts` must be a map"},
        Case{"limits:", "events: [{type: push, summary: x}]\nlimits:", "must be like"},
        Case{"limits:", "events: [3]\nlimits:", "`events` must be a map"},
        Case{"id: sample", "id: Sample", "x.yaml:1: `id` must be 2 to 32"},
        Case{"id: sample", "id: simple", "x.yaml:1: `id` is `simple`, but the name of the file"});
    CAPTURE(c.what, c.by);
    const auto problems = problemsOf(replaced(kSampleYaml, c.what, c.by));
    CHECK_THAT(problems, Catch::Contains(c.expected));
}

TEST_CASE("what is no map is refused as a descriptor") {
    CHECK_THAT(problemsOf("- a\n"), Catch::Contains("x.yaml:1: a descriptor is a map"));
    CHECK_THAT(problemsOf(""), Catch::Contains("a descriptor is a map"));
    CHECK_THAT(problemsOf("id: [\n"), Catch::Contains("x.yaml:"));
}

TEST_CASE("a descriptor's file is named after its connector, in a source folder the folder is") {
    CHECK(idOfPath("plugins/github.yaml") == "github");
    CHECK(idOfPath("/somewhere/plugins/github/plugin.yaml") == "github");
}

TEST_CASE("the descriptors in plugins/ are in order") {
    for (const char* id : {"github", "gitlab", "inventory"}) {
        const auto read = readDescriptor(std::string("plugins/") + id + "/plugin.yaml");
        std::string problems;
        for (const auto& problem : read.problems) problems += problem.text() + "\n";
        CHECK(problems == "");
    }
}
