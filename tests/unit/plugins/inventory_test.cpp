#include "inventory/purl.h"
#include "inventory/readers.h"
#include "inventory/scanner.h"
#include "unit/plugins/fixtures.h"

#include <catch2/catch.hpp>

#include <cstdlib>

using namespace trusthub;
using namespace trusthub::inventory;
using sdk::testing::FakeFiles;

namespace {

constexpr const char* kCommit = "a94d5be7c1320f6e8d7b4c59a0e1f2d3b6c7a812";

struct Scan {
    explicit Scan(sdk::Settings settings = {})
        : host(crypto, json::pluginParser(), std::move(settings)) {}

    sdk::Result<sdk::ScanReport> run(FakeFiles files) {
        sdk::testing::FakeWorkspace workspace(kCommit, std::move(files));
        return LockFileScanner(host).scan(request, workspace);
    }
    /// The produced document, parsed; a scan that fails fails the test.
    sdk::JsonDocument document(FakeFiles files) {
        auto result = run(std::move(files));
        REQUIRE(result);
        report = *std::move(result);
        auto parsed = json::pluginParser().parse(report.body);
        REQUIRE(parsed);
        return *std::move(parsed);
    }

    test::CountingCrypto crypto;
    sdk::testing::FakeHost host;
    sdk::ScanRequest request{"018f2f6e-0000-7000-8000-000000000001",
                             "Shop",
                             "https://git.example.com/shop.git",
                             "refs/heads/main",
                             "",
                             {},
                             {}};
    sdk::ScanReport report;
};

std::vector<std::string> purls(const sdk::JsonDocument& document) {
    std::vector<std::string> found;
    const auto components = document.root()["components"];
    for (std::size_t i = 0; i < components.size(); ++i)
        found.emplace_back(components.at(i)["purl"].string());
    return found;
}

std::vector<std::string> notes(const sdk::JsonDocument& document, std::string_view name) {
    std::vector<std::string> found;
    const auto properties = document.root()["metadata"]["properties"];
    for (std::size_t i = 0; i < properties.size(); ++i)
        if (properties.at(i)["name"].string() == name)
            found.emplace_back(properties.at(i)["value"].string());
    return found;
}

FakeFiles treeFixture() {
    const std::filesystem::path root = std::filesystem::path(TRUSTHUB_FIXTURES) / "inventory/tree";
    FakeFiles files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (!entry.is_regular_file()) continue;
        const std::string path = std::filesystem::relative(entry.path(), root).generic_string();
        files[path] = test::fixture("inventory/tree/" + path);
    }
    return files;
}

}  // namespace

TEST_CASE("package URLs are written as the purl specification has them", "[inventory]") {
    CHECK(npmPurl("@angular/animation", "12.3.1") == "pkg:npm/%40angular/animation@12.3.1");
    CHECK(npmPurl("foobar", "12.3.1") == "pkg:npm/foobar@12.3.1");
    CHECK(npmPurl("LoDash", "4.17.21") == "pkg:npm/lodash@4.17.21");
    CHECK(pypiPurl("My.PyPI_.--._Package", "1.11.1.dev1") ==
          "pkg:pypi/my-pypi-package@1.11.1.dev1");
    CHECK(pypiPurl("Django", "1!2.0+local.1") == "pkg:pypi/django@1%212.0%2Blocal.1");
    CHECK(golangPurl("github.com/gorilla/context", "234fd47e07d1004f0aed9c") ==
          "pkg:golang/github.com/gorilla/context@234fd47e07d1004f0aed9c");
    CHECK(golangPurl("GitHub.com/Gorilla/context", "v24.0.7+incompatible") ==
          "pkg:golang/github.com/gorilla/context@v24.0.7%2Bincompatible");
    CHECK(npmPurl("mypackage", "12.4.5",
                  vcsQualifier("git", "git://host.com/path/to/repo.git", "4345abcd34343")) ==
          "pkg:npm/mypackage@12.4.5?vcs_url=git://host.com/path/to/repo.git%404345abcd34343");
}

TEST_CASE("addresses in package URLs carry no user, token or query", "[inventory]") {
    CHECK(vcsQualifier("git", "https://token:x@git.example.com/a.git?auth=y", "1f") ==
          "vcs_url=git%2Bhttps://git.example.com/a.git%401f");
    CHECK(vcsQualifier("git", "git+https://token@git.example.com/a@b.git", "") ==
          "vcs_url=git%2Bhttps://git.example.com/a%40b.git");
    CHECK(vcsQualifier("git", "git+ssh://git@git.example.com/a.git", "") ==
          "vcs_url=git%2Bssh://git%40git.example.com/a.git");
}

TEST_CASE("the inventory of a tree with every kind of lock file is the golden one", "[inventory]") {
    Scan scan;
    scan.document(treeFixture());
    const std::string golden = "inventory/expected.cdx.json";
    // To renew it after a wanted change: TRUSTHUB_GOLDEN=write, then read the difference.
    if (const char* mode = std::getenv("TRUSTHUB_GOLDEN"); mode && std::string(mode) == "write")
        std::ofstream(std::filesystem::path(TRUSTHUB_FIXTURES) / golden)
            << scan.report.body << '\n';
    CHECK(scan.report.body + "\n" == test::fixture(golden));
    CHECK(scan.report.mediaType == "application/vnd.cyclonedx+json");
    CHECK(scan.report.commit == kCommit);
    CHECK(scan.report.summary == "16 components in 9 lock files; 2 lock files could not be read");
}

TEST_CASE("the same scan gives the same bytes and another scan another serial number",
          "[inventory]") {
    Scan one;
    Scan two;
    const auto first = one.document(treeFixture());
    two.document(treeFixture());
    CHECK(one.report.body == two.report.body);
    two.request.scanId = "018f2f6e-0000-7000-8000-000000000002";
    const auto other = two.document(treeFixture());
    CHECK(first.root()["serialNumber"].string() != other.root()["serialNumber"].string());
}

TEST_CASE("an inventory names commit, scan and time", "[inventory]") {
    Scan scan;
    const auto document = scan.document({});
    const auto root = document.root();
    CHECK(root["bomFormat"].string() == "CycloneDX");
    CHECK(root["specVersion"].string() == "1.5");
    CHECK(root["metadata"]["timestamp"].string() == "2025-01-15T10:00:00Z");
    CHECK(root["metadata"]["component"]["name"].string() == "Shop");
    CHECK(root["metadata"]["component"]["version"].string() == kCommit);
    CHECK(notes(document, "trusthub:ref") == std::vector<std::string>{"refs/heads/main"});
    CHECK(scan.report.summary == "0 components in 0 lock files");
}

TEST_CASE("package-lock versions 1 and 3 of one project give the same packages", "[inventory]") {
    Scan scan;
    const auto three = scan.document(
        {{"package-lock.json", test::fixture("inventory/tree/web/package-lock.json")}});
    const auto one = scan.document(
        {{"package-lock.json", test::fixture("inventory/tree/old/npm-shrinkwrap.json")}});
    CHECK(purls(three) == purls(one));
    CHECK(purls(three) == std::vector<std::string>{"pkg:npm/%40types/ms@2.1.0",
                                                   "pkg:npm/debug@4.3.4", "pkg:npm/fsevents@2.3.3",
                                                   "pkg:npm/ms@2.0.0", "pkg:npm/ms@2.1.2",
                                                   "pkg:npm/ms@2.1.3"});
    const auto scoped = three.root()["components"].at(0);
    CHECK(scoped["group"].string() == "@types");
    CHECK(scoped["name"].string() == "ms");
    CHECK(scoped["bom-ref"].string() == "pkg:npm/%40types/ms@2.1.0");
    CHECK(scoped["scope"].string() == "required");
    CHECK(scoped["hashes"].at(0)["alg"].string() == "SHA-512");
    CHECK(scoped["hashes"].at(0)["content"].string().substr(0, 16) == "1ac0822190c4fe9d");
    CHECK(three.root()["components"].at(1)["scope"].string() == "optional");
    CHECK(three.root()["components"].at(2)["scope"].string() == "optional");
}

TEST_CASE("workspaces, links and local packages of npm are not dependencies", "[inventory]") {
    Scan scan;
    const auto document = scan.document({{"package-lock.json", R"({"lockfileVersion":2,"packages":{
        "":{"name":"root","version":"1.0.0"},
        "packages/a":{"name":"a","version":"1.0.0"},
        "node_modules/a":{"resolved":"packages/a","link":true},
        "node_modules/b":{"version":"1.0.0","resolved":"file:../b.tgz"},
        "packages/a/node_modules/c":{"version":"2.0.0"},
        "node_modules/d":{"version":"0.1.0","resolved":"git+ssh://git@github.com/x/d.git#0a1b"}
        },"dependencies":{"ignored":{"version":"9.9.9"}}})"}});
    CHECK(purls(document) ==
          std::vector<std::string>{
              "pkg:npm/c@2.0.0",
              "pkg:npm/d@0.1.0?vcs_url=git%2Bssh://git%40github.com/x/d.git%400a1b"});
}

TEST_CASE("what one lock file requires and another has for development is required",
          "[inventory]") {
    Scan scan;
    const auto lock = [](const char* flags) {
        return std::string(
                   R"({"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0")") +
               flags + "}}}";
    };
    const auto document = scan.document(
        {{"x/package-lock.json", lock(R"(,"dev":true)")}, {"y/package-lock.json", lock("")}});
    const auto component = document.root()["components"].at(0);
    CHECK(document.root()["components"].size() == 1);
    CHECK(component["scope"].string() == "required");
    CHECK(component["properties"].size() == 2);
    CHECK(component["properties"].at(0)["value"].string() == "x/package-lock.json");
    const auto reversed = scan.document(
        {{"x/package-lock.json", lock("")}, {"y/package-lock.json", lock(R"(,"dev":true)")}});
    CHECK(reversed.root()["components"].at(0)["scope"].string() == "required");
}

TEST_CASE("development packages are left out when the connection says so", "[inventory]") {
    std::map<std::string, sdk::Settings::Value, std::less<>> values;
    values["omit_dev"] = true;
    Scan scan{sdk::Settings(values)};
    const auto document = scan.document(treeFixture());
    const auto found = purls(document);
    CHECK(std::find(found.begin(), found.end(), "pkg:npm/debug@4.3.4") == found.end());
    CHECK(std::find(found.begin(), found.end(), "pkg:pypi/pytest@7.4.2") == found.end());
    CHECK(std::find(found.begin(), found.end(), "pkg:npm/fsevents@2.3.3") != found.end());
}

TEST_CASE("pinned requirements are read with their hashes and the rest is counted", "[inventory]") {
    Scan scan;
    const auto document = scan.document(
        {{"requirements-dev.txt", test::fixture("inventory/tree/service/requirements.txt")}});
    CHECK(purls(document) ==
          std::vector<std::string>{"pkg:pypi/flask@2.3.3", "pkg:pypi/zope-interface@6.0"});
    CHECK(document.root()["components"].at(0)["hashes"].size() == 2);
    CHECK(
        notes(document, "trusthub:unpinned") ==
        std::vector<std::string>{"requirements-dev.txt: 3 requirements without an exact version"});
}

TEST_CASE("odd requirement lines are neither misread nor fatal", "[inventory]") {
    Scan scan;
    const auto document = scan.document({{"requirements.txt",
                                          "a==1.0\r\nb === 2.0 # why\n"
                                          "c [x, y] (==3.0)\n"
                                          "d==4.0,<5\ne @ https://x.example/e.whl\n==6.0\n[7\n"
                                          "f==8.0;python_version=='3' --hash=sha256:zz\n"
                                          "g==9.0\\"}});
    CHECK(purls(document) == std::vector<std::string>{"pkg:pypi/a@1.0", "pkg:pypi/b@2.0",
                                                      "pkg:pypi/c@3.0", "pkg:pypi/f@8.0",
                                                      "pkg:pypi/g@9.0"});
    CHECK(notes(document, "trusthub:unpinned").front() ==
          "requirements.txt: 4 requirements without an exact version");
}

TEST_CASE("go.mod follows replacements and takes digests from go.sum", "[inventory]") {
    Scan scan;
    const auto document =
        scan.document({{"a/go.mod", test::fixture("inventory/tree/tools/rates/go.mod")},
                       {"a/go.sum", test::fixture("inventory/tree/tools/rates/go.sum")}});
    CHECK(purls(document) ==
          std::vector<std::string>{"pkg:golang/github.com/burntsushi/toml@v1.3.2",
                                   "pkg:golang/github.com/docker/docker@v24.0.7%2Bincompatible",
                                   "pkg:golang/golang.org/x/text@v0.14.0"});
    const auto toml = document.root()["components"].at(0);
    CHECK(toml["name"].string() == "github.com/BurntSushi/toml");
    CHECK(toml["hashes"].at(0)["alg"].string() == "SHA-256");
    CHECK(toml["hashes"].at(0)["content"].string().substr(0, 8) == "a3b2212e");
    CHECK(document.root()["components"].at(1)["hashes"].size() == 0);
}

TEST_CASE("a broken lock file is noted, counted and does not end the scan", "[inventory]") {
    Scan scan;
    const auto document = scan.document({
        {"a/package-lock.json", "{"},
        {"b/package-lock.json", R"({"lockfileVersion":4})"},
        {"c/poetry.lock", "[[package]\n"},
        {"d/yarn.lock", "__metadata:\n  version: 8\n"},
        {"e/go.mod", "not a module\n"},
        {"f/Pipfile.lock", "{}"},
        {"g/pnpm-lock.yaml", "lockfileVersion: '9.0'\n"},
        {"h/requirements.txt", "good==1.0\n"},
        {"i/requirements.txt", std::string("a==1\0", 5)},
    });
    CHECK(purls(document) == std::vector<std::string>{"pkg:pypi/good@1.0"});
    CHECK(notes(document, "trusthub:unreadable").size() == 8);
    CHECK(notes(document, "trusthub:unreadable")[2].starts_with("b/package-lock.json: "));
    CHECK(scan.report.summary == "1 component in 1 lock file; 8 lock files could not be read");
}

TEST_CASE("hostile paths, names and versions do not reach the inventory as they are",
          "[inventory]") {
    Scan scan;
    const auto document = scan.document({
        {"\xFF/requirements.txt", "a==1.0\n"},
        {"x/package-lock.json",
         R"({"lockfileVersion":3,"packages":{"node_modules/b\u0007":{"version":"1"},
            "node_modules/c":{"version":"1 2"},"node_modules/d":{"version":5},"node_modules/":{},
            "node_modules/e":"text",
            "node_modules/ok":{"version":"1.0.0","integrity":"sha512-AAAA"}}})"},
    });
    CHECK(purls(document) == std::vector<std::string>{"pkg:npm/ok@1.0.0", "pkg:pypi/a@1.0"});
    CHECK(document.root()["components"].at(0)["hashes"].size() == 0);
    CHECK(document.root()["components"].at(1)["properties"].at(0)["value"].string() ==
          "\xEF\xBF\xBD/requirements.txt");
    CHECK(notes(document, "trusthub:left_out") ==
          std::vector<std::string>{
              "x/package-lock.json: 5 entries without a usable name or version"});
}

TEST_CASE("TOML that nests without end is refused before it is read", "[inventory]") {
    std::string keys = "a";
    for (int i = 0; i < 300'000; ++i) keys += ".a";
    Scan scan;
    const auto document = scan.document({
        {"a/uv.lock", "[" + keys + "]\n"},
        {"b/uv.lock", keys + " = 1\n"},
        {"c/uv.lock", "x = [\"\"\"\n\"\"\"\"\", {" + keys + " = 1}]\n"},
        {"d/uv.lock", "x = " + std::string(100'000, '[')},
        {"e/uv.lock", "# " + keys + "\n[[package]]\nname = \"a\"\nversion = \"1.0\"\n"},
    });
    CHECK(notes(document, "trusthub:unreadable").size() == 4);
    CHECK(purls(document) == std::vector<std::string>{"pkg:pypi/a@1.0"});
}

TEST_CASE("lock files inside node_modules, too deep or beyond 200 are not read", "[inventory]") {
    FakeFiles files;
    files["node_modules/x/requirements.txt"] = "hidden==1.0\n";
    files["web/node_modules/x/requirements.txt"] = "hidden==1.0\n";
    std::string deep;
    for (int i = 0; i < 33; ++i) deep += "a/";
    files[deep + "requirements.txt"] = "deep==1.0\n";
    for (int i = 0; i < 203; ++i)
        files["p" + std::to_string(1000 + i) + "/requirements.txt"] =
            "a==" + std::to_string(i) + "\n";
    Scan scan;
    const auto document = scan.document(files);
    CHECK(purls(document).size() == 200);
    CHECK(notes(document, "trusthub:unreadable").back() == "3 lock files beyond the first 200");
    CHECK(scan.report.summary ==
          "200 components in 200 lock files; 4 lock files could not be read");
}

TEST_CASE("an inventory ends at 100,000 components and says so", "[inventory]") {
    std::string text;
    for (int i = 0; i < 100'001; ++i) text += "p" + std::to_string(i) + "==1\n";
    Scan scan;
    const auto document = scan.document({{"requirements.txt", text}});
    CHECK(document.root()["components"].size() == 100'000);
    CHECK(notes(document, "trusthub:cut").size() == 1);
    CHECK(scan.report.summary.find("cut at 100,000") != std::string::npos);
}

TEST_CASE("a scan that is asked to stop ends as cancelled", "[inventory]") {
    std::stop_source stop;
    Scan scan;
    scan.request.stop = stop.get_token();
    int calls = 0;
    scan.request.progress = [&](int percent) {
        if (++calls == 3) stop.request_stop();
        CHECK(percent < 100);
    };
    const auto result =
        scan.run({{"a/requirements.txt", "a==1\n"}, {"b/requirements.txt", "b==1\n"}});
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::Cancelled);
    CHECK(calls == 3);
}

TEST_CASE("progress rises to 100 per cent", "[inventory]") {
    Scan scan;
    std::vector<int> seen;
    scan.request.progress = [&](int percent) { seen.push_back(percent); };
    REQUIRE(scan.run(treeFixture()));
    CHECK(std::is_sorted(seen.begin(), seen.end()));
    CHECK(seen.front() == 0);
    CHECK(seen.back() == 100);
}

TEST_CASE("what the checkout answers as an error is the scan's error", "[inventory]") {
    Scan scan;
    sdk::testing::FakeWorkspace workspace(kCommit, {});
    workspace.refuse(fail(ErrorKind::NotFound, "There is no such commit."));
    const auto result = LockFileScanner(scan.host).scan(scan.request, workspace);
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::NotFound);
}
