#include "connectors/git_source.h"

#include "git_fixture.h"

using namespace trusthub;
using namespace trusthub::test;
using connectors::locateRepository;
namespace fs = std::filesystem;

namespace {
const connectors::ResolveForGit kLoopback = [](const std::string&, std::uint16_t) {
    return Result<std::string>(std::string("127.0.0.1"));
};
}  // namespace

TEST_CASE("transports other than https are refused before anything runs") {
    GitFixture git;
    for (const char* url :
         {"ext::sh -c 'touch pwned'", "http://git.example/a", "git://git.example/a",
          "ssh://git@git.example/a", "git@git.example:a/b", "ftp://git.example/a", "fd::3",
          "rsync://x/y", "--upload-pack=touch", "relative/path", "../up", "", "C:\\repo",
          "https:git.example", "::file:///etc"}) {
        const auto refused = git.fetch(url);
        CHECK(kindOf(refused) == ErrorKind::Forbidden);
        CHECK(refused.error().code == "transport_refused");
    }
    CHECK(git.resolved.empty());
}

TEST_CASE("an https repository is fetched from the address that was vetted, at its own name") {
    const auto source = locateRepository("https://Git.Example/acme/app.git", {}, kLoopback);
    REQUIRE(source);
    CHECK(source->url == "https://git.example:443/acme/app.git");
    CHECK(source->pinned == "git.example:443:127.0.0.1");
    const auto v6 = locateRepository("https://git.example:8443/a", {}, [](auto&, auto) {
        return Result<std::string>(std::string("2001:db8::1"));
    });
    CHECK(v6->pinned == "git.example:8443:[2001:db8::1]");
}

TEST_CASE("an address that the guard refuses is not fetched from") {
    GitFixture git;
    CHECK(kindOf(git.fetch("https://internal.example/a")) == ErrorKind::EgressDenied);
    CHECK(git.resolved == std::vector<std::string>{"internal.example:443"});
}

TEST_CASE("credentials in a repository's URL are refused and not repeated") {
    const auto refused = locateRepository("https://user:s3cret@git.example/a", {}, kLoopback);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::InvalidInput);
    CHECK(refused.error().detail.find("s3cret") == std::string::npos);
    for (const auto& field : refused.error().fields)
        CHECK(field.detail.find("s3cret") == std::string::npos);
}

TEST_CASE("a server that does not answer is unavailable, and nothing of the URL is in the error") {
    GitFixture git;
    git.resolve = kLoopback;
    // Port 1 of loopback: nobody listens there.
    const auto refused = git.fetch("https://git.example:1/acme/private-name");
    CHECK(kindOf(refused) == ErrorKind::ProviderUnavailable);
    CHECK(refused.error().detail.find("private-name") == std::string::npos);
    CHECK(readText(git.folder / "log").find("private-name") == std::string::npos);
}

TEST_CASE(
    "folders outside scans.allow_local are refused, existing or not, and the setting is named") {
    GitFixture git;
    fs::create_directories(git.folder / "allowed-not" / "repo");
    for (const auto& path :
         {git.folder / "home", git.folder / "missing", git.folder / "allowed-not" / "repo",
          fs::path("/"), fs::path("/etc"), git.allowed() / ".." / "home"}) {
        const auto refused = git.fetch(path);
        CHECK(kindOf(refused) == ErrorKind::Forbidden);
        CHECK(refused.error().detail.find("scans.allow_local") != std::string::npos);
        CHECK(kindOf(git.fetch("file://" + path.string())) == ErrorKind::Forbidden);
    }
    git.allowLocal.clear();
    CHECK(kindOf(git.fetch(git.repo())) == ErrorKind::Forbidden);
}

TEST_CASE("file URLs with a host, an escape or another case mean what they say") {
    GitFixture git;
    CHECK(kindOf(git.fetch("file://remote.example" + git.repo().string())) ==
          ErrorKind::InvalidInput);
    CHECK(kindOf(git.fetch("file://" + git.allowed().string() + "/%2e%2e/home")) ==
          ErrorKind::Forbidden);
    CHECK(kindOf(git.fetch("file://" + git.repo().string() + "%00")) == ErrorKind::InvalidInput);
    CHECK(kindOf(git.fetch("file://" + git.repo().string() + "%zz")) == ErrorKind::InvalidInput);
    fetched(git.fetch("FILE://" + git.allowed().string() + "/%72epo"));
}

TEST_CASE("a link that leads out of the allowed folder is refused") {
    GitFixture git;
    fs::rename(git.repo(), git.folder / "outside");
    fs::create_directory_symlink(git.folder / "outside", git.allowed() / "link");
    CHECK(kindOf(git.fetch(git.allowed() / "link")) == ErrorKind::Forbidden);
    fs::create_directory(git.allowed() / "shell");
    fs::create_directory_symlink(git.folder / "outside" / ".git", git.allowed() / "shell" / ".git");
    CHECK(kindOf(git.fetch(git.allowed() / "shell")) == ErrorKind::Forbidden);
    writeText(git.allowed() / "file" / ".git",
              "gitdir: " + (git.folder / "outside/.git").string() + "\n");
    CHECK(kindOf(git.fetch(git.allowed() / "file")) == ErrorKind::Forbidden);
}

TEST_CASE("a repository that borrows objects from outside is refused") {
    GitFixture git;
    git.git({"init", "--quiet", (git.folder / "outside").string()});
    git.git(
        {"clone", "--quiet", "--shared", git.repo().string(), (git.allowed() / "shared").string()});
    CHECK(kindOf(git.fetch(git.allowed() / "shared")) == ErrorKind::Forbidden);
    fs::create_directory(git.allowed() / "borrower");
    fs::create_directory_symlink(git.folder / "outside/.git/objects",
                                 git.allowed() / "borrower/objects");
    CHECK(kindOf(git.fetch(git.allowed() / "borrower")) == ErrorKind::Forbidden);
}

TEST_CASE("a folder without a repository is not found") {
    GitFixture git;
    fs::create_directory(git.allowed() / "plain");
    CHECK(kindOf(git.fetch(git.allowed() / "plain")) == ErrorKind::NotFound);
    CHECK(kindOf(git.fetch(git.allowed() / "missing")) == ErrorKind::NotFound);
}

TEST_CASE("what git says is told in the hub's words") {
    using connectors::explainGitFailure;
    const auto kind = [](const char* text) { return explainGitFailure(text).kind; };
    CHECK(kind("fatal: couldn't find remote ref refs/heads/x") == ErrorKind::NotFound);
    CHECK(kind("fatal: remote error: upload-pack: not our ref 00") == ErrorKind::NotFound);
    CHECK(kind("fatal: could not read Username for 'https://u:p@h': terminal prompts disabled") ==
          ErrorKind::NotFound);
    CHECK(kind("remote: Repository not found.\nfatal: repository 'x' not found") ==
          ErrorKind::NotFound);
    CHECK(kind("fatal: unable to access 'x': The requested URL returned error: 301") ==
          ErrorKind::ProviderRejected);
    CHECK(kind("server certificate verification failed. CAfile: none") ==
          ErrorKind::ProviderRejected);
    CHECK(kind("fatal: unable to access 'x': The requested URL returned error: 502") ==
          ErrorKind::ProviderUnavailable);
    CHECK(kind("fatal: unable to access 'x': Could not resolve host: h") ==
          ErrorKind::ProviderUnavailable);
    CHECK(kind("fatal: transport 'ext' not allowed") == ErrorKind::Forbidden);
    CHECK(kind("fatal: write error: File too large") == ErrorKind::TooLarge);
    CHECK(kind("") == ErrorKind::ProviderUnavailable);
}

TEST_CASE("git's configuration keeps what is put into it on one line") {
    connectors::GitSource source;
    source.local = "/srv/a\"b\\c/.git";
    const std::string text = connectors::gitConfiguration(source);
    CHECK(text.find("directory = \"/srv/a\\\"b\\\\c/.git\"\n") != std::string::npos);
    CHECK(text.find("allow = never") != std::string::npos);
    CHECK(text.find("curloptResolve") == std::string::npos);
}
