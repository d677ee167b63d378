#include "connectors/workspace.h"

#include "git_fixture.h"

#include <sys/stat.h>

using namespace trusthub;
using namespace trusthub::test;
using connectors::WorkspaceFactory;
namespace fs = std::filesystem;

namespace {

struct Work {
    GitFixture git;
    WorkspaceFactory factory{
        {git.folder / "work", git.allowLocal, git.resolve, git.limits}, git.boxed, git.log};

    std::shared_ptr<sdk::Workspace> make(std::string_view name = "scan-1") {
        auto made = factory.make(name, git.stop.get_token());
        if (!made) FAIL(made.error().text());
        return *made;
    }
    Result<sdk::CommandResult> shell(sdk::Workspace& workspace, const std::string& script) {
        const std::vector<std::string> argv{"/bin/sh", "-c", script};
        return workspace.run(argv, {});
    }
};

}  // namespace

TEST_CASE("a workspace is a private folder that goes with its run") {
    Work work;
    auto workspace = work.make();
    struct stat info {};
    REQUIRE(::stat((work.git.folder / "work" / "scan-1").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0700);
    auto tree = fetched(workspace->checkout(work.git.repo().string(), "", ""));
    CHECK(tree->commit() == work.git.head());
    tree.reset();
    workspace.reset();
    CHECK_FALSE(fs::exists(work.git.folder / "work" / "scan-1"));
    CHECK(fs::exists(work.git.repo() / "README.md"));
}

TEST_CASE("what a crash left is removed at the start") {
    Work work;
    writeText(work.git.folder / "work" / "old" / "deep" / "file", "x");
    fs::create_directory_symlink(work.git.repo(), work.git.folder / "work" / "old" / "link");
    const WorkspaceFactory next({work.git.folder / "work", {}, work.git.resolve, {}},
                                work.git.boxed, work.git.log);
    CHECK(fs::is_empty(work.git.folder / "work"));
    CHECK(fs::exists(work.git.repo() / "README.md"));
}

TEST_CASE("a command works in an empty folder and leaves nothing behind") {
    Work work;
    auto workspace = work.make();
    const auto first =
        work.shell(*workspace, "ls -A; mkdir -p a/b; echo kept > a/b/file; chmod 000 a/b");
    REQUIRE(first);
    CHECK(first->out.empty());
    CHECK(work.shell(*workspace, "ls")->out == "a\n");
    workspace.reset();
    CHECK(fs::is_empty(work.git.folder / "work"));
}

TEST_CASE("a command that writes more than the folder may hold is too large") {
    Work work;
    work.git.limits.fetchBytes = 100'000;
    const WorkspaceFactory small({work.git.folder / "small", {}, work.git.resolve, work.git.limits},
                                 work.git.boxed, work.git.log);
    auto workspace = small.make("one", {});
    REQUIRE(workspace);
    CHECK(work.shell(**workspace, "head -c 90000 /dev/zero > a")->exitCode == 0);
    CHECK(work.shell(**workspace, "head -c 20000 /dev/zero > b")->exitCode != 0);
    CHECK(work.shell(**workspace, "rm b")->exitCode == 0);
    CHECK(
        kindOf(work.shell(**workspace, "head -c 9000 /dev/zero > c; head -c 9000 /dev/zero > d")) ==
        ErrorKind::TooLarge);
}

TEST_CASE("a workspace's name is an id of ours and nothing else") {
    Work work;
    for (const char* name : {"", "..", "a/b", "A", "a b"}) CHECK_FALSE(work.factory.make(name, {}));
    const auto held = work.make("twice");
    CHECK(kindOf(work.factory.make("twice", {})) == ErrorKind::StoreBusy);
}

TEST_CASE("several commits can be fetched in one run") {
    Work work;
    const std::string first = work.git.head();
    work.git.commit("a.txt", "a", "second");
    auto workspace = work.make();
    const auto newer =
        fetched(workspace->checkout(work.git.repo().string(), "refs/heads/main", ""));
    const auto older = fetched(workspace->checkout(work.git.repo().string(), "", first));
    CHECK(newer->files().size() == 2);
    CHECK(older->files().size() == 1);
    CHECK(older->read(older->files()[0], 10).value() == "hello\n");
}
