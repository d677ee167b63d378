#include "subject.h"

using namespace trusthub;
using connectors::Capability;
using sdk::testing::FakeFiles;
using sdk::testing::FakeWorkspace;
using test::candidatesWith;
using test::Subject;

namespace {

constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";
constexpr const char* kNames[] = {"package-lock.json",
                                  "npm-shrinkwrap.json",
                                  "yarn.lock",
                                  "pnpm-lock.yaml",
                                  "poetry.lock",
                                  "Pipfile.lock",
                                  "uv.lock",
                                  "requirements.txt",
                                  "Cargo.lock",
                                  "go.mod",
                                  "go.sum",
                                  "Gemfile.lock",
                                  "composer.lock",
                                  "pom.xml",
                                  "gradle.lockfile",
                                  "packages.lock.json"};

sdk::ScanRequest request(std::stop_token stop = {}) {
    sdk::ScanRequest out;
    out.scanId = "0190a6c0-0000-7000-8000-000000000001";
    out.projectName = "Project \"quoted\" \xC3\xA9";
    out.repositoryUrl = "https://example.com/shop/ledger.git";
    out.ref = "refs/heads/main";
    out.stop = std::move(stop);
    out.progress = [](int) {};
    return out;
}

void checkReport(const Result<sdk::ScanReport>& report) {
    if (!report) {
        INFO(report.error().text());
        const bool typed = report.error().kind != ErrorKind::Internal &&
                           report.error().kind != ErrorKind::PluginFault;
        CHECK(typed);
        return;
    }
    CHECK(report->commit == kCommit);
    CHECK_FALSE(report->mediaType.empty());
    CHECK_FALSE(report->summary.empty());
    if (report->mediaType.find("json") != std::string::npos) CHECK(json::parse(report->body));
}

}  // namespace

TEST_CASE("every scanner reports on an empty tree") {
    for (const auto* candidate : candidatesWith(Capability::Scanner)) {
        CAPTURE(candidate->found.descriptor->id);
        const Subject subject(*candidate);
        FakeWorkspace workspace(kCommit, {});
        const auto report = subject.connector().scanner()->scan(request(), workspace);
        REQUIRE(report);
        checkReport(report);
    }
}

TEST_CASE("every scanner that is cancelled before it starts says so") {
    for (const auto* candidate : candidatesWith(Capability::Scanner)) {
        CAPTURE(candidate->found.descriptor->id);
        const Subject subject(*candidate);
        FakeWorkspace workspace(kCommit, {{"package-lock.json", "{}"}});
        std::stop_source stop;
        stop.request_stop();
        const auto report =
            subject.connector().scanner()->scan(request(stop.get_token()), workspace);
        REQUIRE_FALSE(report);
        CHECK(report.error().kind == ErrorKind::Cancelled);
    }
}

TEST_CASE("every scanner hands on why a commit could not be had") {
    for (const auto* candidate : candidatesWith(Capability::Scanner)) {
        CAPTURE(candidate->found.descriptor->id);
        const Subject subject(*candidate);
        for (const ErrorKind kind : {ErrorKind::NotFound, ErrorKind::Timeout,
                                     ErrorKind::ProviderUnavailable, ErrorKind::TooLarge}) {
            FakeWorkspace workspace(kCommit, {});
            workspace.refuse(fail(kind, "no commit"));
            const auto report = subject.connector().scanner()->scan(request(), workspace);
            REQUIRE_FALSE(report);
            CHECK(report.error().kind == kind);
        }
    }
}

TEST_CASE("files with hostile names do every scanner no harm") {
    FakeFiles files;
    for (const char* name : kNames)
        for (const std::string& folder :
             {std::string("a\nb/"), std::string("-rf/"), std::string("\xff\xfe/"),
              std::string("a\"b<c>&'/"), std::string("..."), std::string("$(id)/"),
              std::string(3000, 'x') + "/", std::string(200, '/')})
            files[folder + name] = "{}";
    for (const auto* candidate : candidatesWith(Capability::Scanner)) {
        CAPTURE(candidate->found.descriptor->id);
        const Subject subject(*candidate);
        FakeWorkspace workspace(kCommit, files);
        const auto report = subject.connector().scanner()->scan(request(), workspace);
        REQUIRE(report);
        checkReport(report);
    }
}

TEST_CASE("files with hostile content do every scanner no harm") {
    const std::string deep(50'000, '[');
    const std::string contents[] = {"",
                                    "{",
                                    "null",
                                    "[[[[",
                                    deep,
                                    std::string(50'000, '{'),
                                    "\xff\xfe\x01",
                                    std::string(1000, '\0'),
                                    std::string(4 << 20, 'a'),
                                    std::string(200'000, '\n'),
                                    "{\"packages\":{\"\":[1]},\"dependencies\":7}",
                                    "lockfileVersion: 9\npackages: &a [*a]\n",
                                    "[[package]]\nname = 1\nversion = []\n",
                                    "a: b\n- c\n\t: }"};
    for (const auto* candidate : candidatesWith(Capability::Scanner)) {
        const Subject subject(*candidate);
        for (const std::string& content : contents) {
            CAPTURE(candidate->found.descriptor->id, content.substr(0, 20));
            FakeFiles files;
            for (const char* name : kNames) files[name] = content;
            FakeWorkspace workspace(kCommit, files);
            const auto report = subject.connector().scanner()->scan(request(), workspace);
            checkReport(report);
        }
    }
}

TEST_CASE("every scanner reports the same of the same commit, and progress within its bounds") {
    const FakeFiles files{{"requirements.txt", "requests==2.31.0\nflask==3.0.0\n"},
                          {"sub/package-lock.json", "{\"lockfileVersion\":3,\"packages\":{}}"}};
    for (const auto* candidate : candidatesWith(Capability::Scanner)) {
        CAPTURE(candidate->found.descriptor->id);
        const Subject subject(*candidate);
        std::vector<int> progress;
        auto asked = request();
        asked.progress = [&](int percent) { progress.push_back(percent); };
        FakeWorkspace workspace(kCommit, files);
        const auto first = subject.connector().scanner()->scan(asked, workspace);
        const auto second = subject.connector().scanner()->scan(request(), workspace);
        REQUIRE(first);
        REQUIRE(second);
        CHECK(first->body == second->body);
        for (const int percent : progress) CHECK((percent >= 0 && percent <= 100));
    }
}
