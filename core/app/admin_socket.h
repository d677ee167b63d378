// AdminSocket: DATA/admin.sock, where a running hub takes the commands of its host.
#pragma once

#include "base/host_account.h"
#include "base/workers.h"
#include "http/server.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::app {

inline constexpr std::string_view kAdminSocket = "admin.sock";

/// A command as somebody types it, without where the hub is, and what it reads.
struct HostCommand {
    std::vector<std::string> words;  ///< api-keys revoke tos_1234abcd
    std::string input;
    static constexpr std::size_t kLongestInput = 64UL << 20;
};

struct HostAnswer {
    int exit = 0;
    std::string out, err;
};

/// The hub's side: HTTP on a Unix socket with mode 0600, for processes of the hub's user and of
/// root alone. One command at a time.
class AdminSocket final : http::Handler {
public:
    /// With the account of the process that sent it, as the kernel tells it.
    using Run = std::function<HostAnswer(const HostCommand&, const base::HostAccount&)>;
    /// Throws std::runtime_error when the socket cannot be made.
    AdminSocket(const std::filesystem::path& socket, Run run, const base::Clock& clock,
                base::IdSource& ids, base::Log& log);
    /// Finishes the command under way; the socket is gone.
    ~AdminSocket() override;

private:
    http::Verdict onHead(const http::RequestHead& head) override;
    void onRequest(http::Request request, http::Responder responder) override;
    void onDone(const http::RequestHead& head, std::optional<std::size_t> row, int status,
                Milliseconds took) noexcept override;

    const Run run_;
    base::Log& log_;
    base::NoMetrics uncounted_;  ///< the gauges are those of the hub's own server
    base::WorkerPool pool_;
    http::Server server_;
};

/// The command line's side. Null when no hub answers there; throws std::runtime_error when one does
/// and does not take the command.
std::optional<HostAnswer> askHub(const std::filesystem::path& socket, const HostCommand& command);

}  // namespace trusthub::app
