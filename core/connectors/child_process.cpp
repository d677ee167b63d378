#include "connectors/child_process.h"

#include "connectors/spawn.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace trusthub::connectors {
namespace {

namespace fs = std::filesystem;

/// What every program needs of the system; nothing of anybody's home, nothing of the hub's data.
constexpr const char* kSystemPaths[] = {"/usr",
                                        "/bin",
                                        "/sbin",
                                        "/lib",
                                        "/lib64",
                                        "/etc/alternatives",
                                        "/etc/ssl",
                                        "/etc/ca-certificates",
                                        "/etc/ld.so.cache",
                                        "/etc/pki"};

/// A pipe holds at most 1 MiB (fs.pipe-max-size), read in buffers of 64 KiB.
constexpr int kLastRounds = 17;

/// Kills and reaps the group whichever way the caller leaves.
class Group {
public:
    explicit Group(pid_t pid) : pid_(pid) {}
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;
    ~Group() { static_cast<void>(end()); }

    /// The wait status; kills what is left of the group, background children included.
    int end() {
        if (ended_) return status_;
        // The leader is not reaped yet, so the group's id cannot have passed to somebody else.
        ::kill(-pid_, SIGKILL);
        while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
        }
        ended_ = true;
        return status_;
    }

private:
    pid_t pid_;
    int status_ = 0;
    bool ended_ = false;
};

/// Collects one stream up to its limit.
class Stream {
public:
    Stream(base::Fd fd, std::size_t limit) : fd_(std::move(fd)), limit_(limit) {}

    int fd() const { return fd_.get(); }  ///< -1 once closed, which poll() leaves out
    /// Takes what is there now, at most `rounds` buffers, so that a flood cannot hold the caller.
    void drain(int rounds) {
        std::array<char, 65536> buffer;
        while (fd_ && rounds-- > 0) {
            const ssize_t n = ::read(fd_.get(), buffer.data(), buffer.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0 && errno == EAGAIN) return;
            if (n <= 0) {
                fd_.reset();
                return;
            }
            const auto got = static_cast<std::size_t>(n);
            const std::size_t room = limit_ - text_.size();
            cut_ = cut_ || got > room;
            text_.append(buffer.data(), std::min(got, room));
        }
    }
    bool cut() const { return cut_; }
    std::string take() { return std::move(text_); }

private:
    base::Fd fd_;
    std::size_t limit_;
    std::string text_;
    bool cut_ = false;
};

std::string findProgram(const std::string& name) {
    if (name.empty() || name.find('/') != std::string::npos) return name;
    for (const char* folder : {"/usr/local/bin/", "/usr/bin/", "/bin/"}) {
        std::string candidate = folder + name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
}

int exitCodeOf(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool holdsNul(const std::vector<std::string>& texts) {
    for (const auto& text : texts)
        if (text.find('\0') != std::string::npos) return true;
    return false;
}

Result<ChildOutcome> collect(Spawned child, const ChildLimits& limits,
                             const std::stop_token& stop) {
    // Poll waits in real time: a child's deadline is one of the machine, not of the hub's clock.
    const auto deadline = std::chrono::steady_clock::now() + limits.timeout;
    Group group(child.pid);
    const base::Fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake)
        return fail(ErrorKind::Overloaded, "The hub has no file descriptor left for a child.");
    const std::stop_callback onStop(stop, [&wake] {
        const std::uint64_t one = 1;
        const ssize_t ignored = ::write(wake.get(), &one, sizeof one);
        static_cast<void>(ignored);
    });
    Stream out(std::move(child.out), limits.maxOutputBytes);
    Stream err(std::move(child.err), limits.maxOutputBytes);
    for (;;) {
        const auto left =
            std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
        if (stop.stop_requested()) return fail(ErrorKind::Cancelled);
        if (left.count() <= 0)
            return fail(ErrorKind::Timeout, "The program ran longer than it may and was ended.");
        std::array<pollfd, 4> ready{{{child.process.get(), POLLIN, 0},
                                     {out.fd(), POLLIN, 0},
                                     {err.fd(), POLLIN, 0},
                                     {wake.get(), POLLIN, 0}}};
        const auto wait = static_cast<int>(std::min<Milliseconds::rep>(left.count(), 3'600'000));
        if (::poll(ready.data(), ready.size(), wait) < 0 && errno != EINTR)
            return fail(ErrorKind::Internal, "Waiting for a program failed.");
        out.drain(1);
        err.drain(1);
        if (ready[0].revents != 0) break;
    }
    const int status = group.end();
    // What is in the pipes still belongs to the answer; a process that escaped the group may hold
    // them open.
    const int rounds =
        static_cast<int>(std::min<std::size_t>(limits.maxOutputBytes / 65536, 16)) + 2;
    out.drain(rounds);
    err.drain(rounds);
    ChildOutcome outcome;
    outcome.exitCode = exitCodeOf(status);
    outcome.cut = out.cut() || err.cut();
    outcome.out = out.take();
    outcome.err = err.take();
    return outcome;
}

}  // namespace

ChildProcess::ChildProcess(base::Log& log, fs::path bubblewrap)
    : bubblewrap_(std::move(bubblewrap)) {
    sandboxed_ = ::access(bubblewrap_.c_str(), X_OK) == 0 && probe();
    if (sandboxed_) return;
    log.warn("children run without a sandbox: bubblewrap is absent or not allowed to work here")
        .with("network_can_be_taken_away", canDropNetwork());
}

std::vector<std::string> ChildProcess::sandboxArguments(const ChildSpec& spec,
                                                        const std::string& program) const {
    std::vector<std::string> argv{bubblewrap_.string(), "--unshare-all", "--die-with-parent",
                                  "--cap-drop", "ALL"};
    if (spec.network) argv.emplace_back("--share-net");
    const auto add = [&argv](const char* how, const std::string& path) {
        argv.insert(argv.end(), {how, path, path});
    };
    for (const char* path : kSystemPaths) add("--ro-bind-try", path);
    argv.insert(argv.end(), {"--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"});
    for (const auto& path : spec.readable) add("--ro-bind", path.string());
    for (const auto& path : spec.writable) add("--bind", path.string());
    argv.insert(argv.end(), {"--chdir", spec.workingDirectory.string(), "--", program});
    argv.insert(argv.end(), spec.argv.begin() + 1, spec.argv.end());
    return argv;
}

bool ChildProcess::probe() const {
    ChildSpec spec;
    spec.argv = {"true"};
    spec.workingDirectory = "/";
    const std::string program = findProgram("true");
    auto child = spawn({sandboxArguments(spec, program), {}, "/", false, spec.limits});
    if (!child) return false;
    const auto outcome = collect(std::move(*child), spec.limits, {});
    return outcome && outcome->exitCode == 0;
}

Result<ChildOutcome> ChildProcess::run(const ChildSpec& spec, const std::stop_token& stop) const {
    if (spec.argv.empty() || holdsNul(spec.argv) || holdsNul(spec.environment))
        return fail(ErrorKind::InvalidInput,
                    "A command needs a program, and no argument may hold NUL.");
    const std::string program = findProgram(spec.argv.front());
    if (!program.starts_with('/') || ::access(program.c_str(), X_OK) != 0)
        return fail(ErrorKind::NotFound, "The program is not installed on this machine.");
    if (stop.stop_requested()) return fail(ErrorKind::Cancelled);
    SpawnRequest request;
    request.environment = spec.environment;
    request.limits = spec.limits;
    if (sandboxed_) {
        request.argv = sandboxArguments(spec, program);
        request.workingDirectory = "/";
    } else {
        request.argv = spec.argv;
        request.argv.front() = program;
        request.workingDirectory = spec.workingDirectory.string();
        request.dropNetwork = !spec.network;
    }
    auto child = spawn(request);
    if (!child) return child.error();
    return collect(std::move(*child), spec.limits, stop);
}

}  // namespace trusthub::connectors
