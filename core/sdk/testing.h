// Doubles for plugin tests: a host whose outside world is a script. Crypto and JSON come from the
// test, so that they are real.
#pragma once

#include "sdk/host.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace trusthub::sdk::testing {

/// Answers from a queue first, then from the handler; keeps every request. An unexpected request is
/// answered with Internal, so that the test sees it. [thread-safe]
class FakeHttp final : public HttpClient {
public:
    using Handler = std::function<Result<HttpResponse>(const HttpRequest&)>;

    void answer(int status, std::string body = {}, Headers headers = {}) {
        push(HttpResponse{status, std::move(headers), std::move(body)});
    }
    void answer(Error error) { push(std::move(error)); }
    void handle(Handler handler) {
        const std::lock_guard lock(mutex_);
        handler_ = std::move(handler);
    }
    std::vector<HttpRequest> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    Result<HttpResponse> send(const HttpRequest& request) override {
        std::unique_lock lock(mutex_);
        requests_.push_back(request);
        if (!answers_.empty()) {
            Result<HttpResponse> next = std::move(answers_.front());
            answers_.pop_front();
            return next;
        }
        const Handler handler = handler_;
        lock.unlock();
        if (handler) return handler(request);
        return fail(ErrorKind::Internal, "the test expected no request to " + request.url);
    }

private:
    void push(Result<HttpResponse> answer) {
        const std::lock_guard lock(mutex_);
        answers_.push_back(std::move(answer));
    }

    mutable std::mutex mutex_;
    std::deque<Result<HttpResponse>> answers_;
    Handler handler_;
    std::vector<HttpRequest> requests_;
};

class FakeSecrets final : public Secrets {
public:
    void set(std::string name, std::string value) {
        values_.insert_or_assign(std::move(name), SecretString(std::move(value)));
    }
    std::optional<SecretString> get(std::string_view name) const override {
        const auto found = values_.find(name);
        if (found == values_.end()) return std::nullopt;
        return found->second;
    }

private:
    std::map<std::string, SecretString, std::less<>> values_;
};

class FakeState final : public State {
public:
    std::optional<std::string> get(std::string_view key) const override {
        const std::lock_guard lock(mutex_);
        const auto found = values_.find(key);
        if (found == values_.end()) return std::nullopt;
        return found->second;
    }
    Result<void> set(std::string_view key, std::string_view value) override {
        const std::lock_guard lock(mutex_);
        values_.insert_or_assign(std::string(key), std::string(value));
        return {};
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> values_;
};

/// Stands still until the test moves it. Starts at 2025-01-15T10:00:00Z.
class ManualClock final : public PluginClock {
public:
    TimePoint now() const override { return now_; }
    void set(TimePoint now) { now_ = now; }
    void advance(Milliseconds by) { now_ += by; }

private:
    TimePoint now_ = *parseTime("2025-01-15T10:00:00Z");
};

class FakeLog final : public PluginLog {
public:
    void write(LogLevel level, std::string_view message) noexcept override {
        const std::lock_guard lock(mutex_);
        lines_.emplace_back(level, std::string(message));
    }
    std::vector<std::pair<LogLevel, std::string>> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::pair<LogLevel, std::string>> lines_;
};

class FakeMetrics final : public PluginMetrics {
public:
    void count(std::string_view name, std::uint64_t add) noexcept override {
        const std::lock_guard lock(mutex_);
        counts_[std::string(name)] += add;
    }
    std::uint64_t of(const std::string& name) const {
        const std::lock_guard lock(mutex_);
        const auto found = counts_.find(name);
        return found == counts_.end() ? 0 : found->second;
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::uint64_t> counts_;
};

/// `crypto` and `json` must outlive the host.
class FakeHost final : public Host {
public:
    FakeHost(const Crypto& crypto, const JsonParser& json, Settings settings = {})
        : crypto_(crypto), json_(json), settings_(std::move(settings)) {}

    const Settings& settings() const override { return settings_; }
    FakeHttp& http() override { return http_; }
    FakeSecrets& secrets() override { return secrets_; }
    FakeState& state() override { return state_; }
    ManualClock& clock() override { return clock_; }
    FakeLog& log() override { return log_; }
    FakeMetrics& metrics() override { return metrics_; }
    const Crypto& crypto() const override { return crypto_; }
    const JsonParser& json() const override { return json_; }

private:
    const Crypto& crypto_;
    const JsonParser& json_;
    Settings settings_;
    FakeHttp http_;
    FakeSecrets secrets_;
    FakeState state_;
    ManualClock clock_;
    FakeLog log_;
    FakeMetrics metrics_;
};

using FakeFiles = std::map<std::string, std::string>;  ///< path -> content

class FakeTree final : public SourceTree {
public:
    FakeTree(std::string commit, FakeFiles files)
        : commit_(std::move(commit)), content_(std::move(files)) {
        for (const auto& [path, text] : content_) entries_.push_back({path, "", text.size()});
    }
    const std::string& commit() const override { return commit_; }
    const std::vector<TreeEntry>& files() const override { return entries_; }
    Result<std::string> read(const TreeEntry& file, std::size_t maxBytes) const override {
        const auto found = content_.find(file.path);
        if (found == content_.end()) return fail(ErrorKind::NotFound);
        if (found->second.size() > maxBytes) return fail(ErrorKind::TooLarge);
        return found->second;
    }

private:
    std::string commit_;
    FakeFiles content_;
    std::vector<TreeEntry> entries_;
};

/// One repository with one commit; whatever is asked for is answered with it, or with `refuse`'s
/// error.
class FakeWorkspace final : public Workspace {
public:
    FakeWorkspace(std::string commit, FakeFiles files)
        : commit_(std::move(commit)), files_(std::move(files)) {}
    void refuse(Error error) { error_ = std::move(error); }
    void answerCommands(
        std::function<Result<CommandResult>(std::span<const std::string>)> commands) {
        commands_ = std::move(commands);
    }

    Result<std::unique_ptr<SourceTree>> checkout(std::string_view, std::string_view,
                                                 std::string_view) override {
        if (error_) return *error_;
        return std::unique_ptr<SourceTree>(std::make_unique<FakeTree>(commit_, files_));
    }
    Result<CommandResult> run(std::span<const std::string> argv, const CommandLimits&) override {
        if (commands_) return commands_(argv);
        return fail(ErrorKind::Internal, "the test expected no command");
    }

private:
    std::string commit_;
    FakeFiles files_;
    std::optional<Error> error_;
    std::function<Result<CommandResult>(std::span<const std::string>)> commands_;
};

}  // namespace trusthub::sdk::testing
