#include "connectors/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace trusthub::connectors {
namespace {

constexpr int kReportFd = 3;
/// Bounds a fork bomb of a user that shares its process count with the hub's threads.
constexpr rlim_t kMaxProcesses = 4'096;

struct Pipe {
    base::Fd read, write;
    static Result<Pipe> make() {
        int fds[2];
        if (::pipe2(fds, O_CLOEXEC) != 0)
            return fail(ErrorKind::Overloaded, "The hub has no file descriptor left for a child.");
        return Pipe{base::Fd(fds[0]), base::Fd(fds[1])};
    }
};

/// All that the child needs between fork and exec, where nothing may be allocated or locked.
struct ChildPlan {
    char* const* argv;
    char* const* environment;
    const char* workingDirectory;
    bool dropNetwork;
    pid_t parent;
    int in, out, err, report;
    rlim_t cpuSeconds, memoryBytes, fileBytes, openFiles;
};

void limit(decltype(RLIMIT_CPU) what, rlim_t value) {
    struct rlimit now {};
    if (::getrlimit(what, &now) != 0) return;
    const rlim_t hard = std::min(value, now.rlim_max);  // RLIM_INFINITY is the largest value
    const struct rlimit wanted { hard, hard };
    ::setrlimit(what, &wanted);
}

void leaveNetwork() {
    if (::unshare(CLONE_NEWNET) != 0) ::unshare(CLONE_NEWUSER | CLONE_NEWNET);
}

void resetSignals() {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
    // A write past RLIMIT_FSIZE shall fail with a reason instead of ending the program.
    standard.sa_handler = SIG_IGN;
    ::sigaction(SIGXFSZ, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void closeFrom(unsigned first) {
    if (::close_range(first, ~0U, 0) == 0) return;
    struct rlimit files {};
    ::getrlimit(RLIMIT_NOFILE, &files);
    for (unsigned fd = first; fd < std::min<rlim_t>(files.rlim_cur, 1U << 20); ++fd)
        ::close(static_cast<int>(fd));
}

[[noreturn]] void giveUp(int report) {
    const int reason = errno;
    const ssize_t ignored = ::write(report, &reason, sizeof reason);
    static_cast<void>(ignored);
    ::_exit(127);
}

/// Async-signal-safe calls only: other threads of the hub may hold any lock.
[[noreturn]] void becomeProgram(const ChildPlan& plan) {
    ::setsid();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) ::_exit(127);
    resetSignals();
    // The sources are moved above the targets first, so that no dup2 overwrites one still needed.
    const int in = ::fcntl(plan.in, F_DUPFD, 10);
    const int out = ::fcntl(plan.out, F_DUPFD, 10);
    const int err = ::fcntl(plan.err, F_DUPFD, 10);
    const int report = ::fcntl(plan.report, F_DUPFD, 10);
    if (in < 0 || out < 0 || err < 0 || report < 0) giveUp(plan.report);
    if (::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0 ||
        ::dup3(report, kReportFd, O_CLOEXEC) < 0)
        giveUp(plan.report);
    closeFrom(kReportFd + 1);
    ::umask(077);
    if (plan.dropNetwork) leaveNetwork();
    if (::chdir(plan.workingDirectory) != 0) giveUp(kReportFd);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) giveUp(kReportFd);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, plan.cpuSeconds);
    limit(RLIMIT_FSIZE, plan.fileBytes);
    limit(RLIMIT_NOFILE, plan.openFiles);
    // Root's processes are all those of the machine's services: a limit would count these too.
    if (::getuid() != 0) limit(RLIMIT_NPROC, kMaxProcesses);
    limit(RLIMIT_AS, plan.memoryBytes);
    ::execve(plan.argv[0], plan.argv, plan.environment);
    giveUp(kReportFd);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
}

/// glibc 2.36 declares its own function without C linkage.
int openPidfd(pid_t pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

void endProcess(pid_t pid) {
    ::kill(-pid, SIGKILL);
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
}

void makeNonBlocking(const base::Fd& fd) {
    ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

}  // namespace

Result<Spawned> spawn(const SpawnRequest& request) {
    auto out = Pipe::make();
    auto err = Pipe::make();
    auto report = Pipe::make();
    const base::Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!out || !err || !report || !nothing)
        return fail(ErrorKind::Overloaded, "The hub has no file descriptor left for a child.");
    const auto argv = pointers(request.argv);
    const auto environment = pointers(request.environment);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(request.limits.timeout).count();
    const ChildPlan plan{argv.data(), environment.data(), request.workingDirectory.c_str(),
                         request.dropNetwork, ::getpid(), nothing.get(), out->write.get(),
                         err->write.get(), report->write.get(),
                         // Programs may use several cores; the wall clock is the real bound.
                         static_cast<rlim_t>(seconds * 4 + 1), request.limits.memoryBytes,
                         request.limits.fileBytes, request.limits.openFiles};
    const pid_t pid = ::fork();
    if (pid < 0) return fail(ErrorKind::Overloaded, "The system gives the hub no further process.");
    if (pid == 0) becomeProgram(plan);

    Spawned child;
    child.pid = pid;
    child.process.reset(openPidfd(pid));
    report->write.reset();
    int reason = 0;
    ssize_t got = 0;
    do {
        got = ::read(report->read.get(), &reason, sizeof reason);
    } while (got < 0 && errno == EINTR);
    if (got == static_cast<ssize_t>(sizeof reason)) {
        endProcess(pid);
        if (reason == ENOENT || reason == EACCES || reason == ENOEXEC || reason == ENOTDIR)
            return fail(ErrorKind::NotFound, "The program or its folder is not there.");
        return fail(ErrorKind::Overloaded, "The program could not be started.");
    }
    if (!child.process) {
        endProcess(pid);
        return fail(ErrorKind::Overloaded, "The system gives no handle of a child (pidfd_open).");
    }
    child.out = std::move(out->read);
    child.err = std::move(err->read);
    makeNonBlocking(child.out);
    makeNonBlocking(child.err);
    return child;
}

bool canDropNetwork() {
    const pid_t pid = ::fork();
    if (pid < 0) return false;
    if (pid == 0) {
        const bool left =
            ::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
        ::_exit(left ? 0 : 1);
    }
    int status = 1;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status == 0;
}

}  // namespace trusthub::connectors
