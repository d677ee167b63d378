#include "connectors/host_services.h"

#include "base/text.h"
#include "connectors/connector_state.h"
#include "connectors/host_allow_list.h"
#include "connectors/redactor.h"
#include "crypto/plugin_crypto.h"
#include "json/json.h"

#include <mutex>
#include <set>
#include <stdexcept>

namespace trusthub::connectors {
namespace {

constexpr std::size_t kMaxLogBytes = 4096;
constexpr std::size_t kMaxCounters = 50;

class ListedHttp final : public sdk::HttpClient {
public:
    ListedHttp(const Descriptor& descriptor, const sdk::Settings& settings,
               const HostServices& services)
        : allowed_(descriptor, settings), transport_(services.transport) {}

    Result<sdk::HttpResponse> send(const sdk::HttpRequest& request) override {
        if (auto allowed = allowed_.check(request.url); !allowed) return std::move(allowed).error();
        return transport_(request);
    }

private:
    const HostAllowList allowed_;
    const Transport transport_;
};

class ConnectionSecrets final : public sdk::Secrets {
public:
    using Values = std::map<std::string, SecretString, std::less<>>;
    explicit ConnectionSecrets(Values values) : values_(std::move(values)) {}

    std::optional<SecretString> get(std::string_view name) const override {
        const auto found = values_.find(name);
        if (found == values_.end()) return std::nullopt;
        return found->second;
    }
    std::vector<std::string_view> all() const {
        std::vector<std::string_view> out;
        for (const auto& [name, value] : values_) out.push_back(value.reveal());
        return out;
    }

private:
    const Values values_;
};

class ConnectorLog final : public sdk::PluginLog {
public:
    ConnectorLog(std::string connector, const ConnectionSecrets& secrets, base::Log& log)
        : connector_(std::move(connector)), redactor_(secrets.all()), log_(log) {}

    void write(sdk::LogLevel level, std::string_view message) noexcept override try {
        if (!log_.enabled(level)) return;
        // Redacted before it is cut: half a secret would not be recognised.
        const std::string clean = redactor_.redact(message);
        std::string_view shown = base::clipUtf8(clean, kMaxLogBytes);
        if (!base::isUtf8(shown)) shown = "a message that is not UTF-8";
        base::Log::Line(&log_, level, shown).with("connector", connector_);
    } catch (...) {  // a line less, for want of memory
    }

private:
    const std::string connector_;
    const Redactor redactor_;
    base::Log& log_;
};

class ConnectorClock final : public sdk::PluginClock {
public:
    explicit ConnectorClock(const base::Clock& clock) : clock_(clock) {}
    TimePoint now() const override { return clock_.now(); }

private:
    const base::Clock& clock_;
};

class ConnectorMetrics final : public sdk::PluginMetrics {
public:
    ConnectorMetrics(std::string connector, base::Metrics& metrics)
        : connector_(std::move(connector)), metrics_(metrics) {}

    void count(std::string_view name, std::uint64_t add) noexcept override try {
        if (!known(name)) name = "other";
        metrics_.count("trusthub_connector_events_total",
                       {{"connector", connector_}, {"name", name}}, static_cast<double>(add));
    } catch (...) {  // a count less, for want of memory
    }

private:
    /// Names come from the plugin, perhaps from its input: the number of series is bounded.
    bool known(std::string_view name) {
        if (name.empty() || name.size() > 64 ||
            name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != name.npos)
            return false;
        const std::lock_guard lock(mutex_);
        if (names_.contains(name)) return true;
        if (names_.size() >= kMaxCounters) return false;
        names_.emplace(name);
        return true;
    }

    const std::string connector_;
    base::Metrics& metrics_;
    std::mutex mutex_;
    std::set<std::string, std::less<>> names_;
};

class ConnectorHost final : public sdk::Host {
public:
    ConnectorHost(const Descriptor& descriptor, const HostServices& services,
                  config::Validated values)
        : settings_(std::move(values.settings)),
          secrets_(std::move(values.secrets)),
          http_(descriptor, settings_, services),
          state_(descriptor.id, services.store, services.clock),
          clock_(services.clock),
          log_(descriptor.id, secrets_, services.log),
          metrics_(descriptor.id, services.metrics) {}

    const sdk::Settings& settings() const override { return settings_; }
    sdk::HttpClient& http() override { return http_; }
    sdk::Secrets& secrets() override { return secrets_; }
    sdk::State& state() override { return state_; }
    sdk::PluginClock& clock() override { return clock_; }
    sdk::PluginLog& log() override { return log_; }
    sdk::PluginMetrics& metrics() override { return metrics_; }
    const sdk::Crypto& crypto() const override { return crypto::pluginCrypto(); }
    const sdk::JsonParser& json() const override { return json::pluginParser(); }

private:
    const sdk::Settings settings_;
    ConnectionSecrets secrets_;
    ListedHttp http_;
    ConnectorState state_;
    ConnectorClock clock_;
    ConnectorLog log_;
    ConnectorMetrics metrics_;
};

}  // namespace

Transport clientTransport(http::Client& client, std::stop_token stop) {
    return [&client, stop = std::move(stop)](const sdk::HttpRequest& request) {
        return client.exchange(request, "connectors", stop).response;
    };
}

std::unique_ptr<sdk::Host, void (*)(sdk::Host*)> makeHost(const Descriptor& descriptor,
                                                          const HostServices& services,
                                                          config::Validated values) {
    return {new ConnectorHost(descriptor, services, std::move(values)),
            [](sdk::Host* host) { delete static_cast<ConnectorHost*>(host); }};
}

HostFactory hostFactory(HostServices services) {
    return [services = std::move(services)](const Descriptor& descriptor) {
        const config::Node none{.kind = config::Node::Kind::Map};
        auto values = config::validate(descriptor.settings, none, descriptor.id);
        if (const auto* problems = std::get_if<std::vector<config::Problem>>(&values)) {
            std::string reasons;
            for (const auto& problem : *problems)
                reasons += (reasons.empty() ? "" : "; ") + problem.reason;
            throw std::runtime_error("needs settings: " + reasons);
        }
        return makeHost(descriptor, services, std::get<config::Validated>(std::move(values)));
    };
}

}  // namespace trusthub::connectors
