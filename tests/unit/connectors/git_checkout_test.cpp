#include "connectors/git_checkout.h"

#include "git_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace trusthub;
using namespace trusthub::test;
namespace fs = std::filesystem;

TEST_CASE("the default branch is fetched when no ref is named") {
    GitFixture git;
    const auto tree = fetched(git.fetch(git.repo().string()));
    CHECK(tree->commit() == git.head());
    REQUIRE(pathsOf(*tree) == std::vector<std::string>{"README.md"});
    CHECK(tree->files()[0].size == 6);
    CHECK(tree->read(tree->files()[0], 100).value() == "hello\n");
}

TEST_CASE("a repository is fetched without a sandbox too") {
    GitFixture git;
    const auto tree =
        fetched(git.fetch("file://" + git.repo().string(), "refs/heads/main", {}, &git.plain));
    CHECK(tree->read(tree->files()[0], 100).value() == "hello\n");
}

TEST_CASE("branches, annotated tags and the refs of pull and merge requests are fetched by name") {
    GitFixture git;
    const std::string first = git.head();
    git.git({"tag", "-a", "-m", "one", "v1"});
    git.git({"update-ref", "refs/merge-requests/7/head", first});
    const std::string second = git.commit("a.txt", "a", "second");
    git.git({"update-ref", "refs/pull/12/head", second});
    git.git({"branch", "feature/x", first});
    CHECK(fetched(git.fetch(git.repo(), "refs/heads/main"))->commit() == second);
    CHECK(fetched(git.fetch(git.repo(), "refs/heads/feature/x"))->commit() == first);
    CHECK(fetched(git.fetch(git.repo(), "refs/tags/v1"))->commit() == first);
    CHECK(fetched(git.fetch(git.repo(), "refs/pull/12/head"))->commit() == second);
    CHECK(fetched(git.fetch(git.repo(), "refs/merge-requests/7/head"))->commit() == first);
}

TEST_CASE("a commit that is named is read though its ref has moved on") {
    GitFixture git;
    const std::string first = git.head();
    git.commit("a.txt", "a", "second");
    const auto tree = fetched(git.fetch(git.repo(), "refs/heads/main", first));
    CHECK(tree->commit() == first);
    CHECK(pathsOf(*tree) == std::vector<std::string>{"README.md"});
}

TEST_CASE("a commit that is gone is not found, and the error says why") {
    GitFixture git;
    const auto gone = git.fetch(git.repo(), "refs/heads/main", std::string(40, 'a'));
    CHECK(kindOf(gone) == ErrorKind::NotFound);
    CHECK(gone.error().detail.find("no longer in the repository") != std::string::npos);
    CHECK(kindOf(git.fetch(git.repo(), "refs/heads/deleted", std::string(40, 'a'))) ==
          ErrorKind::NotFound);
}

TEST_CASE("a ref that is not there, and a repository without a commit, are not found") {
    GitFixture git;
    CHECK(kindOf(git.fetch(git.repo(), "refs/heads/none")) == ErrorKind::NotFound);
    git.git({"init", "--quiet", "--bare", (git.allowed() / "empty.git").string()});
    CHECK(kindOf(git.fetch(git.allowed() / "empty.git")) == ErrorKind::NotFound);
}

TEST_CASE("a tag on a blob names no commit") {
    GitFixture git;
    git.git({"tag", "blob", "HEAD:README.md"});
    const auto tree = git.fetch(git.repo(), "refs/tags/blob");
    REQUIRE_FALSE(tree);
}

TEST_CASE("links and submodules are left out of the files") {
    GitFixture git;
    fs::create_symlink("/etc/passwd", git.repo() / "passwd");
    fs::create_directory_symlink("/etc", git.repo() / "etc");
    git.git({"init", "--quiet", (git.allowed() / "inner").string()});
    git.git({"-C", (git.allowed() / "inner").string(), "commit", "--quiet", "--allow-empty", "-m",
             "x"});
    git.git({"submodule", "--quiet", "add", (git.allowed() / "inner").string(), "module"});
    git.commit("bin/tool", "#!/bin/sh\n", "links");
    CHECK(pathsOf(*fetched(git.fetch(git.repo()))) ==
          std::vector<std::string>{".gitmodules", "README.md", "bin/tool"});
}

TEST_CASE("hostile names of files come as they are") {
    GitFixture git;
    const std::vector<std::string> names{"-rf",         "--help",     "a\nb",   "a\tb",
                                         "caf\xC3\xA9", "raw\xFF",    "sp ace", "$(touch pwned)",
                                         "\"quoted\"",  "back\\slash"};
    for (const auto& name : names) writeText(git.repo() / name, name);
    git.commit("z", "z", "names");
    const auto tree = fetched(git.fetch(git.repo()));
    CHECK(tree->files().size() == names.size() + 2);
    for (const auto& file : tree->files())
        if (file.path != "README.md") CHECK(tree->read(file, 100).value() == file.path);
}

TEST_CASE("a tree with `..` in it is refused") {
    GitFixture git;
    const std::string blob = git.git({"rev-parse", "HEAD:README.md"});
    writeText(git.folder / "entry", "100644 blob " + blob + "\t..\n");
    git.git({"config", "core.protectNTFS", "false"});
    // mktree takes any name; only a reader's check stands against it.
    connectors::ChildSpec spec;
    spec.argv = {"/bin/sh", "-c", "git mktree < " + (git.folder / "entry").string()};
    spec.environment = {"PATH=/usr/bin:/bin"};
    spec.workingDirectory = git.repo();
    const auto made = git.plain.run(spec, {});
    REQUIRE(made);
    REQUIRE(made->exitCode == 0);
    const std::string tree = made->out.substr(0, 40);
    git.git({"update-ref", "refs/heads/evil", git.git({"commit-tree", "-m", "x", tree})});
    const auto refused = git.fetch(git.repo(), "refs/heads/evil");
    CHECK(kindOf(refused) == ErrorKind::ProviderRejected);
    CHECK(refused.error().detail.find("checks refuse") != std::string::npos);
}

TEST_CASE("a file larger than the reader wants is too large, and is not read") {
    GitFixture git;
    git.commit("big", std::string(300'000, 'x'), "big");
    const auto tree = fetched(git.fetch(git.repo()));
    REQUIRE(tree->files()[1].path == "big");
    CHECK(kindOf(tree->read(tree->files()[1], 299'999)) == ErrorKind::TooLarge);
    CHECK(tree->read(tree->files()[1], 300'000).value().size() == 300'000);
    sdk::TreeEntry lying = tree->files()[1];
    lying.size = 1;
    CHECK(kindOf(tree->read(lying, 1000)) == ErrorKind::TooLarge);
}

TEST_CASE("an object that is none of the commit's is not read") {
    GitFixture git;
    const auto tree = fetched(git.fetch(git.repo()));
    CHECK(kindOf(tree->read({"x", std::string(40, 'b'), 1}, 100)) == ErrorKind::NotFound);
    CHECK(kindOf(tree->read({"x", "--batch", 1}, 100)) == ErrorKind::NotFound);
}

TEST_CASE("more files than the limit are too large") {
    GitFixture git;
    writeText(git.repo() / "a", "a");
    git.commit("b", "b", "three files");
    git.limits.maxFiles = 3;
    fetched(git.fetch(git.repo()));
    git.limits.maxFiles = 2;
    CHECK(kindOf(git.fetch(git.repo())) == ErrorKind::TooLarge);
    git.limits.maxListBytes = 50;
    CHECK(kindOf(git.fetch(git.repo())) == ErrorKind::TooLarge);
}

TEST_CASE("a fetch larger than the work folder may be is too large") {
    GitFixture git;
    std::string noise;
    for (std::uint32_t i = 0, x = 1; i < 400'000; ++i, x = x * 1664525 + 1013904223)
        noise.push_back(static_cast<char>(x >> 24));
    git.commit("noise", noise, "noise");
    git.limits.fetchBytes = 200'000;
    CHECK(kindOf(git.fetch(git.repo())) == ErrorKind::TooLarge);
}

TEST_CASE("hooks, configuration and attributes of the repository run nothing") {
    GitFixture git;
    const std::string touch = "touch " + (git.folder / "pwned").string();
    for (const char* hook :
         {"post-checkout", "reference-transaction", "pre-auto-gc", "post-index-change"}) {
        writeText(git.repo() / ".git/hooks" / hook, "#!/bin/sh\n" + touch + "\n");
        fs::permissions(git.repo() / ".git/hooks" / hook, fs::perms::owner_all);
    }
    git.commit(".gitattributes", "* filter=evil\n*.md filter=lfs\n", "attributes");
    for (const char* key :
         {"core.fsmonitor", "core.sshCommand", "core.pager", "core.alternateRefsCommand",
          "uploadpack.packObjectsHook", "filter.evil.smudge", "filter.evil.process",
          "credential.helper", "core.askPass"})
        git.git({"config", key, touch + "; false"});
    fs::remove(git.folder / "pwned");
    for (const auto* child : {&git.boxed, &git.plain}) {
        const auto tree = fetched(git.fetch(git.repo(), {}, {}, child));
        for (const auto& file : tree->files()) CHECK(tree->read(file, 1000));
    }
    CHECK_FALSE(fs::exists(git.folder / "pwned"));
}

TEST_CASE("pointers of large file storage are read as pointers") {
    GitFixture git;
    const std::string pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    git.commit("big.bin", pointer, "lfs");
    const auto tree = fetched(git.fetch(git.repo()));
    CHECK(tree->read(tree->files()[1], 1000).value() == pointer);
}

TEST_CASE("a repository that belongs to another user of the machine is read all the same") {
    GitFixture git;
    if (::geteuid() != 0) return;
    const std::string head = git.head();
    for (const auto& entry : fs::recursive_directory_iterator(git.repo()))
        fs::permissions(entry.path(), fs::perms(0755));
    fs::permissions(git.allowed(), fs::perms(0755));
    fs::permissions(git.repo(), fs::perms(0755));
    for (const auto& entry : fs::recursive_directory_iterator(git.repo()))
        REQUIRE(::lchown(entry.path().c_str(), 12345, 12345) == 0);
    REQUIRE(::lchown(git.repo().c_str(), 12345, 12345) == 0);
    fs::permissions(git.folder.path, fs::perms(0755));
    CHECK(fetched(git.fetch(git.repo()))->commit() == head);
    CHECK(fetched(git.fetch(git.repo(), {}, {}, &git.plain))->commit() == head);
    fs::rename(git.repo() / ".git", git.allowed() / "bare.git");
    CHECK(fetched(git.fetch(git.allowed() / "bare.git"))->commit() == head);
}

TEST_CASE("a repository that the hub's user cannot read is forbidden, not a fault of the hub") {
    GitFixture git;
    if (::geteuid() != 0 || !git.boxed.sandboxed()) return;
    REQUIRE(::lchown((git.repo() / ".git").c_str(), 12345, 12345) == 0);
    fs::permissions(git.repo() / ".git", fs::perms(0700));
    const auto refused = git.fetch(git.repo());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind != ErrorKind::Internal);
}

TEST_CASE("a fetch that is cancelled ends as cancelled") {
    GitFixture git;
    git.stop.request_stop();
    CHECK(kindOf(git.fetch(git.repo())) == ErrorKind::Cancelled);
}

TEST_CASE("refs and commits that git would take for something else are refused") {
    GitFixture git;
    for (const char* ref :
         {"--upload-pack=touch /tmp/x", "-x", "+refs/heads/main", "a:b", "a..b", "refs/heads/*",
          "^main", "a b", "a\nb", "a~1", "a.lock", "/a", "a/", "a//b", ".a", "a/.b", "@", "a@{1}"})
        CHECK(kindOf(git.fetch(git.repo(), ref)) == ErrorKind::InvalidInput);
    for (const char* commit : {"HEAD", "abc1234", "--all", "refs/heads/main"})
        CHECK(kindOf(git.fetch(git.repo(), {}, commit)) == ErrorKind::InvalidInput);
}
