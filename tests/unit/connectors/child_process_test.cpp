#include "connectors/child_process.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/workers.h"
#include "support/temp_folder.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

using namespace trusthub;
using connectors::ChildOutcome;
using connectors::ChildProcess;
using connectors::ChildSpec;
using test::TempFolder;

namespace {

/// Both ways to run: in a sandbox where this machine has one, and without.
struct Children {
    base::ManualClock clock;
    TempFolder folder;
    base::Fd logFile{::open((folder / "log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)};
    base::Log log{clock, logFile.get()};
    ChildProcess plain{log, "/nonexistent/bwrap"};
    ChildProcess boxed{log};

    Children() { std::filesystem::create_directory(folder / "work"); }
    ChildSpec shell(const std::string& script) {
        ChildSpec spec;
        spec.argv = {"/bin/sh", "-c", script};
        spec.environment = {"PATH=/usr/bin:/bin"};
        spec.workingDirectory = folder / "work";
        spec.writable = {folder / "work"};
        return spec;
    }
    std::vector<const ChildProcess*> both() const {
        std::vector<const ChildProcess*> list{&plain};
        if (boxed.sandboxed()) list.push_back(&boxed);
        return list;
    }
};

ChildOutcome done(Result<ChildOutcome> result) {
    if (!result) FAIL(result.error().text());
    return *std::move(result);
}

bool isAlive(const std::string& pid) {
    const std::string stat = test::readText("/proc/" + pid + "/stat");
    const auto state = stat.rfind(')');
    return state != std::string::npos && stat[state + 2] != 'Z' && stat[state + 2] != 'X';
}

/// The kernel may still be taking it down; a process that is not killed makes the test run out of
/// time.
void waitGone(const std::string& pid) {
    while (isAlive(pid)) std::this_thread::yield();
}

}  // namespace

TEST_CASE("a program's output, errors and exit code come back") {
    Children children;
    for (const ChildProcess* child : children.both()) {
        const auto outcome = done(child->run(children.shell("echo out; echo err >&2; exit 7"), {}));
        CHECK(outcome.exitCode == 7);
        CHECK(outcome.out == "out\n");
        CHECK(outcome.err == "err\n");
        CHECK_FALSE(outcome.cut);
    }
}

TEST_CASE("a child that a signal ends reports 128 and the signal's number") {
    Children children;
    CHECK(done(children.plain.run(children.shell("kill -KILL $$"), {})).exitCode == 128 + SIGKILL);
}

TEST_CASE("a child has the environment that it was given and no other") {
    Children children;
    ::setenv("TRUSTHUB_TEST_SECRET", "s3cret", 1);
    ChildSpec spec = children.shell("");
    spec.argv = {"/usr/bin/env"};
    spec.environment = {};
    CHECK(done(children.plain.run(spec, {})).out.empty());
    spec.environment = {"A=1"};
    CHECK(done(children.plain.run(spec, {})).out == "A=1\n");
    if (children.boxed.sandboxed()) {
        const std::string shown = done(children.boxed.run(spec, {})).out;
        CHECK(shown.find("A=1\n") != std::string::npos);
        CHECK(shown.find("TRUSTHUB") == std::string::npos);
    }
    ::unsetenv("TRUSTHUB_TEST_SECRET");
}

TEST_CASE("a child inherits no descriptor but its three") {
    Children children;
    const base::Fd leaky(::open("/etc/passwd", O_RDONLY));  // without O_CLOEXEC
    const base::Fd high(::fcntl(leaky.get(), F_DUPFD, 200));
    REQUIRE(high);
    for (const ChildProcess* child : children.both()) {
        ChildSpec spec = children.shell("");
        spec.argv = {"/bin/ls", "/proc/self/fd"};
        // The fourth is the folder that ls itself reads.
        CHECK(done(child->run(spec, {})).out == "0\n1\n2\n3\n");
    }
}

TEST_CASE("a child reads nothing from stdin and runs in its own folder") {
    Children children;
    for (const ChildProcess* child : children.both()) {
        const auto outcome = done(child->run(children.shell("cat; pwd"), {}));
        CHECK(outcome.out == (children.folder / "work").string() + "\n");
    }
}

TEST_CASE("a child cannot gain privileges") {
    Children children;
    for (const ChildProcess* child : children.both())
        CHECK(done(child->run(children.shell("grep NoNewPrivs /proc/self/status"), {})).out ==
              "NoNewPrivs:\t1\n");
}

TEST_CASE("a child that forks and ignores SIGTERM is killed with its children at the deadline") {
    Children children;
    for (const ChildProcess* child : children.both()) {
        ChildSpec spec = children.shell(
            "trap '' TERM HUP INT; (trap '' TERM; exec sleep 1000) & echo $! > pid; wait; sleep "
            "1000");
        spec.limits.timeout = Milliseconds{400};
        const auto outcome = child->run(spec, {});
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().kind == ErrorKind::Timeout);
        // In the sandbox the id is one of its own namespace, so only the plain one can be looked
        // up.
        if (child == &children.plain) {
            const std::string pid = test::readText(children.folder / "work" / "pid");
            REQUIRE(pid.size() > 1);
            waitGone(pid.substr(0, pid.size() - 1));
        }
    }
}

TEST_CASE("a process in the background ends with the program that started it") {
    Children children;
    const auto outcome = done(children.plain.run(children.shell("sleep 1000 & echo $!"), {}));
    const std::string pid = outcome.out.substr(0, outcome.out.find('\n'));
    REQUIRE_FALSE(pid.empty());
    // Killed with the group; init or the test's parent reaps it, so that dead means zombie or gone.
    waitGone(pid);
}

TEST_CASE("a process that leaves its group cannot survive the sandbox") {
    Children children;
    if (!children.boxed.sandboxed()) return;
    ChildSpec spec = children.shell("setsid sh -c 'while :; do date > alive; done' & sleep 1000");
    spec.limits.timeout = Milliseconds{300};
    CHECK_FALSE(children.boxed.run(spec, {}));
    std::filesystem::remove(children.folder / "work" / "alive");
    // Gone with its namespace: a loop without a pause would have made the file again at once.
    done(children.plain.run(children.shell("sleep 0.2"), {}));
    CHECK_FALSE(std::filesystem::exists(children.folder / "work" / "alive"));
}

TEST_CASE("a child is ended when its run is cancelled") {
    Children children;
    for (const ChildProcess* child : children.both()) {
        std::stop_source stop;
        base::Worker canceller("cancel", [&](std::stop_token) {
            while (!std::filesystem::exists(children.folder / "work" / "started"))
                std::this_thread::yield();
            stop.request_stop();
        });
        const auto outcome =
            child->run(children.shell("touch started; sleep 1000"), stop.get_token());
        canceller.join();
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().kind == ErrorKind::Cancelled);
        std::filesystem::remove(children.folder / "work" / "started");
    }
}

TEST_CASE("output past the limit is dropped, and the answer says so") {
    Children children;
    for (const ChildProcess* child : children.both()) {
        ChildSpec spec = children.shell("head -c 3000000 /dev/zero; head -c 10 /dev/zero >&2");
        spec.limits.maxOutputBytes = 1000;
        const auto outcome = done(child->run(spec, {}));
        CHECK(outcome.exitCode == 0);
        CHECK(outcome.out.size() == 1000);
        CHECK(outcome.err.size() == 10);
        CHECK(outcome.cut);
    }
}

TEST_CASE("output that fills the limit exactly is whole") {
    Children children;
    ChildSpec spec = children.shell("head -c 200000 /dev/zero");
    spec.limits.maxOutputBytes = 200'000;
    const auto outcome = done(children.plain.run(spec, {}));
    CHECK(outcome.out.size() == 200'000);
    CHECK_FALSE(outcome.cut);
}

TEST_CASE("a child cannot write a file larger than its limit") {
    Children children;
    for (const ChildProcess* child : children.both()) {
        ChildSpec spec = children.shell("head -c 100000 /dev/zero > big");
        spec.limits.fileBytes = 4096;
        const auto outcome = done(child->run(spec, {}));
        CHECK(outcome.exitCode != 0);
        CHECK(outcome.err.find("File too large") != std::string::npos);
        CHECK(std::filesystem::file_size(children.folder / "work" / "big") == 4096);
    }
}

TEST_CASE("a child has the limits on memory, files and core dumps that it was given") {
    Children children;
    ChildSpec spec = children.shell("ulimit -v; ulimit -n; ulimit -c");
    spec.limits.memoryBytes = 512ULL << 20;
    spec.limits.openFiles = 64;
    for (const ChildProcess* child : children.both())
        CHECK(done(child->run(spec, {})).out == "524288\n64\n0\n");
}

TEST_CASE("a child sees no network unless it is given one") {
    Children children;
    for (const ChildProcess* child : children.both()) {
        ChildSpec spec = children.shell("tail -n +3 /proc/net/dev | grep -v lo: | wc -l");
        CHECK(done(child->run(spec, {})).out == "0\n");
    }
}

TEST_CASE("a sandboxed child sees nothing but the system and what it was given") {
    Children children;
    if (!children.boxed.sandboxed()) return;
    test::writeText(children.folder / "secret", "hidden");
    test::writeText(children.folder / "shown" / "file", "shown");
    ChildSpec spec =
        children.shell("cat ../secret; cat ../shown/file; echo x > ../shown/file; ls /root /home");
    spec.readable = {children.folder / "shown"};
    const auto outcome = done(children.boxed.run(spec, {}));
    CHECK(outcome.out == "shown");
    CHECK(test::readText(children.folder / "shown" / "file") == "shown");
}

TEST_CASE("a program that is not there is not found") {
    Children children;
    for (const ChildProcess* child : children.both()) {
        ChildSpec spec = children.shell("");
        for (const char* name : {"no-such-program-here", "/no/such/program", "./relative", ""}) {
            spec.argv = {name};
            const auto outcome = child->run(spec, {});
            REQUIRE_FALSE(outcome);
            CHECK(outcome.error().kind == ErrorKind::NotFound);
        }
    }
}

TEST_CASE("an argument that holds NUL is refused") {
    Children children;
    ChildSpec spec = children.shell("true");
    spec.argv.push_back(std::string("a\0b", 3));
    CHECK(children.plain.run(spec, {}).error().kind == ErrorKind::InvalidInput);
}

TEST_CASE("a hub without bubblewrap says so once in its log") {
    Children children;
    done(children.plain.run(children.shell("true"), {}));
    done(children.plain.run(children.shell("true"), {}));
    const std::string log = test::readText(children.folder / "log");
    const auto first = log.find("without a sandbox");
    REQUIRE(first != std::string::npos);
    if (children.boxed.sandboxed())
        CHECK(log.find("without a sandbox", first + 1) == std::string::npos);
}
