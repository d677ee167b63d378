#include "connectors/library.h"

#include "crypto/plugin_crypto.h"
#include "json/json.h"
#include "plugin_folder.h"

#include <catch2/catch.hpp>

#include <cstdlib>

using namespace trusthub;
using namespace trusthub::connectors;
using trusthub::test::PluginFolder;

namespace {

Descriptor sampleDescriptor() {
    auto read = parseDescriptor(test::kSampleYaml, "sample.yaml", "sample");
    REQUIRE(read.descriptor);
    return *read.descriptor;
}

std::string refusalOf(const std::filesystem::path& library,
                      const std::filesystem::path& trustFile = {}) {
    const auto loaded = Library::load(library, sampleDescriptor(), trustFile);
    return loaded ? "" : std::string(loaded.error().text());
}

sdk::testing::FakeHost host(const std::string& fault = "none") {
    return {crypto::pluginCrypto(), json::pluginParser(), sdk::Settings({{"fault", fault}})};
}

}  // namespace

TEST_CASE("a library that agrees with its descriptor is loaded and makes connectors") {
    PluginFolder folder;
    const auto loaded = Library::load(folder.add("good"), sampleDescriptor(), {});
    REQUIRE(loaded);
    auto fakeHost = host();
    auto connector = loaded->create(fakeHost);
    REQUIRE(connector);
    CHECK((*connector)->scanner() != nullptr);
    connector->reset();
    REQUIRE(fakeHost.log().lines().size() == 2);
    CHECK(fakeHost.log().lines()[1].second == "destroyed");
}

TEST_CASE("a library that does not agree is refused with file, found and needed") {
    struct Case {
        const char* built;
        const char* found;
        const char* needed;
    };
    const auto& c = GENERATE(
        Case{"old_abi", "found ABI version 99", "needed 2"},
        Case{"other_toolchain", "found toolchain `gcc99-cxx11abi0-cpp1L`", "needed `gcc"},
        Case{"other_id", "found id `stranger`", "needed `sample`"},
        Case{"other_version", "found version `9.9.9`", "needed `1.2.3`"},
        Case{"short_entry", "found an entry of 8 bytes", "needed at least"},
        Case{"no_create", "found an entry without create", "needed both"},
        Case{"no_entry", "found no symbol trusthub_plugin_v1", "needed the constant"},
        Case{"borrower", "found a symbol trusthub_plugin_v1 of another file", "needed its own"});
    PluginFolder folder;
    const auto library = folder.add(c.built);
    const auto refusal = refusalOf(library);
    CHECK_THAT(refusal, Catch::StartsWith(library.string() + ": "));
    CHECK_THAT(refusal, Catch::Contains(c.found));
    CHECK_THAT(refusal, Catch::Contains(c.needed));
}

TEST_CASE("what is no library is refused") {
    PluginFolder folder;
    const auto library = folder.add("good");
    test::writeText(library, "not ELF");
    folder.record("sample");
    CHECK_THAT(refusalOf(library), Catch::Contains("found a file that does not load"));
    CHECK_THAT(refusalOf(folder / "absent.so"), Catch::Contains("found no such file"));
}

TEST_CASE("a create that throws or gives nothing becomes a typed error") {
    PluginFolder folder;
    const auto good = Library::load(folder.add("good"), sampleDescriptor(), {});
    REQUIRE(good);
    auto failing = host("create");
    const auto thrown = good->create(failing);
    REQUIRE_FALSE(thrown);
    CHECK(thrown.error().kind == ErrorKind::PluginFault);
    CHECK_THAT(std::string(thrown.error().text()), Catch::Contains("found that create() gives"));

    PluginFolder other;
    const auto empty = Library::load(other.add("gives_nothing"), sampleDescriptor(), {});
    REQUIRE(empty);
    auto plain = host();
    const auto nothing = empty->create(plain);
    REQUIRE_FALSE(nothing);
    CHECK_THAT(std::string(nothing.error().text()), Catch::Contains("gives nothing"));
}

TEST_CASE("a library whose digest is not recorded is refused before any of its code runs") {
    PluginFolder folder;
    const auto library = folder.add("good");
    const auto marker = folder / "marker";
    REQUIRE(::setenv("TRUSTHUB_SAMPLE_MARKER", marker.c_str(), 1) == 0);

    test::writeText(folder / "sample.sha256", std::string(64, '0') + "  sample.so\n");
    CHECK_THAT(refusalOf(library), Catch::Contains("needed the recorded 0000"));
    std::filesystem::remove(folder / "sample.sha256");
    CHECK_THAT(refusalOf(library), Catch::Contains("needed one that is recorded"));
    CHECK_FALSE(std::filesystem::exists(marker));

    folder.record("sample");
    CHECK(refusalOf(library) == "");
    CHECK(std::filesystem::exists(marker));
    ::unsetenv("TRUSTHUB_SAMPLE_MARKER");
}

TEST_CASE("a library or folder that others may write is refused") {
    PluginFolder folder;
    const auto library = folder.add("good");
    const auto wrong = GENERATE(0775, 0757);
    ::chmod(library.c_str(), static_cast<mode_t>(wrong));
    CHECK_THAT(refusalOf(library), Catch::Contains("needed one without write for group"));
    ::chmod(library.c_str(), 0755);
    ::chmod(folder.path().c_str(), static_cast<mode_t>(wrong));
    CHECK_THAT(refusalOf(library), Catch::Contains("needed one without write for group"));
    ::chmod(folder.path().c_str(), 0755);
    CHECK(refusalOf(library) == "");
}

TEST_CASE("the record of a digest that others may write counts for nothing") {
    PluginFolder folder;
    const auto library = folder.add("good");
    ::chmod((folder / "sample.sha256").c_str(), 0666);
    CHECK_THAT(refusalOf(library), Catch::Contains("sample.sha256: found mode 0666"));
}

TEST_CASE("a library of another user is refused") {
    if (::geteuid() != 0) return;  // only root can make one
    PluginFolder folder;
    const auto library = folder.add("good");
    REQUIRE(::chown(library.c_str(), 12345, 12345) == 0);
    CHECK_THAT(refusalOf(library), Catch::Contains("found owner 12345"));
}

TEST_CASE("the operator's trust lets a library in until it changes") {
    PluginFolder folder;
    test::TempFolder data;
    const auto trustFile = data / std::string(kTrustFileName);
    const auto library = folder.add("good");
    std::filesystem::remove(folder / "sample.sha256");
    test::writeText(trustFile, std::string(64, 'a') + "  other\n");
    CHECK_THAT(refusalOf(library, trustFile), Catch::Contains("trusthub connectors trust sample"));

    const auto digest = trust("sample", library, trustFile);
    REQUIRE(digest);
    CHECK(refusalOf(library, trustFile) == "");
    CHECK_THAT(test::readText(trustFile), Catch::Contains("  other\n"));
    REQUIRE(trust("sample", library, trustFile));
    CHECK(test::readText(trustFile) == std::string(64, 'a') + "  other\n" + *digest + "  sample\n");

    std::ofstream(library, std::ios::app) << "x";
    CHECK_THAT(refusalOf(library, trustFile), Catch::Contains("needed the recorded " + *digest));
}
