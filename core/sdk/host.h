// Host: everything a plugin may use of the outside world. It opens no socket, file, process or
// thread of its own.
#pragma once

#include "sdk/http.h"
#include "sdk/json.h"
#include "sdk/result.h"
#include "sdk/secret.h"
#include "sdk/settings.h"
#include "sdk/time.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace trusthub::sdk {

enum class LogLevel : std::uint8_t { Debug, Info, Warn, Error };

/// One structured line a call; redacted by the host. [thread-safe]
class PluginLog {
public:
    virtual void write(LogLevel level, std::string_view message) noexcept = 0;

protected:
    ~PluginLog() = default;
};

/// Secrets of this connection, by the names that plugin.yaml marks `secret`. [thread-safe]
class Secrets {
public:
    virtual std::optional<SecretString> get(std::string_view name) const = 0;

protected:
    ~Secrets() = default;
};

/// Small durable key-value state of this connection (cursors, etags). [any worker thread; blocks
/// for a commit]
class State {
public:
    virtual std::optional<std::string> get(std::string_view key) const = 0;
    virtual Result<void> set(std::string_view key, std::string_view value) = 0;

protected:
    ~State() = default;
};

class PluginClock {
public:
    virtual TimePoint now() const = 0;

protected:
    ~PluginClock() = default;
};

/// Counters labelled with the connector's id; names without prefix. [thread-safe]
class PluginMetrics {
public:
    virtual void count(std::string_view name, std::uint64_t add = 1) noexcept = 0;

protected:
    ~PluginMetrics() = default;
};

/// The primitives that verification needs. [thread-safe, never blocks]
class Crypto {
public:
    /// HMAC-SHA-256, 32 raw bytes.
    virtual std::string hmacSha256(std::string_view key, std::string_view data) const = 0;
    virtual std::string sha256(std::string_view data) const = 0;  ///< 32 raw bytes
    /// Takes the same time wherever the texts differ; the length is not hidden.
    virtual bool equal(std::string_view a, std::string_view b) const noexcept = 0;
    virtual std::string hex(std::string_view bytes) const = 0;
    virtual std::string base64(std::string_view bytes) const = 0;
    virtual std::optional<std::string> decodeBase64(std::string_view text) const = 0;

protected:
    ~Crypto() = default;
};

/// Bounded JSON parsing: depth 64, no duplicate members, no NUL. [thread-safe]
class JsonParser {
public:
    virtual Result<JsonDocument> parse(std::string_view text) const = 0;

protected:
    ~JsonParser() = default;
};

/// One file of a fetched commit.
struct TreeEntry {
    std::string path;    ///< relative, '/' between folders, no `..`
    std::string object;  ///< git's object id
    std::uint64_t size = 0;
};

/// A commit fetched from its repository, read without a check-out. [the scan's thread]
class SourceTree {
public:
    virtual ~SourceTree() = default;
    virtual const std::string& commit() const = 0;  ///< full id, as resolved at the remote
    virtual const std::vector<TreeEntry>& files()
        const = 0;  ///< regular files only, sorted by path
    /// TooLarge past `maxBytes`.
    virtual Result<std::string> read(const TreeEntry& file, std::size_t maxBytes) const = 0;
};

struct CommandResult {
    int exitCode = 0;
    std::string out;  ///< hostile input, cut at the limit
    std::string err;
};

struct CommandLimits {
    Milliseconds timeout{60'000};
    std::size_t maxOutputBytes = 1 << 20;
    std::uint64_t memoryBytes = 1ULL << 30;
};

/// A bounded private folder for one run, removed at its end. [the run's thread]
class Workspace {
public:
    /// Fetches one commit. `ref` is resolved at the remote when `commit` is empty.
    virtual Result<std::unique_ptr<SourceTree>> checkout(std::string_view repositoryUrl,
                                                         std::string_view ref,
                                                         std::string_view commit) = 0;
    /// Runs a program of the host with an empty environment, no network and the limits given.
    virtual Result<CommandResult> run(std::span<const std::string> argv,
                                      const CommandLimits& limits) = 0;

protected:
    ~Workspace() = default;
};

/// Handed to `create`; outlives the connector. References stay valid as long as the connector.
class Host {
public:
    virtual const Settings& settings() const = 0;
    virtual HttpClient& http() = 0;
    virtual Secrets& secrets() = 0;
    virtual State& state() = 0;
    virtual PluginClock& clock() = 0;
    virtual PluginLog& log() = 0;
    virtual PluginMetrics& metrics() = 0;
    virtual const Crypto& crypto() const = 0;
    virtual const JsonParser& json() const = 0;

protected:
    ~Host() = default;
};

}  // namespace trusthub::sdk
