#include "connectors/registry.h"

#include "base/fd.h"
#include "crypto/plugin_crypto.h"
#include "json/json.h"
#include "plugin_folder.h"

#include <catch2/catch.hpp>
#include <fcntl.h>

#include <atomic>
#include <map>
#include <mutex>

using namespace trusthub;
using namespace trusthub::connectors;
using trusthub::test::PluginFolder;

namespace {

class CountingMetrics final : public base::Metrics {
public:
    void count(std::string_view name, Labels labels, double add) noexcept override {
        const std::lock_guard lock(mutex_);
        std::string key(name);
        for (const auto& [label, value] : labels) key += " " + std::string(value);
        counts[key] += add;
    }
    void gauge(std::string_view, double, Labels) noexcept override {}
    void observeSeconds(std::string_view, double, Labels) noexcept override {}
    std::map<std::string, double> counts;

private:
    std::mutex mutex_;
};

/// The order in which things ended, and the hosts' logs, which outlive the hosts here.
struct Bench {
    std::vector<std::string> ended;
    std::vector<std::string> lines;

    class BenchHost;
    HostFactory factory();
};

class Bench::BenchHost final : public sdk::Host, private sdk::PluginLog {
public:
    BenchHost(Bench& bench, const Descriptor& descriptor)
        : bench_(bench),
          id_(descriptor.id),
          fake_(crypto::pluginCrypto(), json::pluginParser(),
                sdk::Settings({{"fault", *descriptor.settings.find("fault")->defaultValue}})) {}
    ~BenchHost() { bench_.ended.push_back("host " + id_); }

    const sdk::Settings& settings() const override { return fake_.settings(); }
    sdk::HttpClient& http() override { return fake_.http(); }
    sdk::Secrets& secrets() override { return fake_.secrets(); }
    sdk::State& state() override { return fake_.state(); }
    sdk::PluginClock& clock() override { return fake_.clock(); }
    sdk::PluginLog& log() override { return *this; }
    sdk::PluginMetrics& metrics() override { return fake_.metrics(); }
    const sdk::Crypto& crypto() const override { return fake_.crypto(); }
    const sdk::JsonParser& json() const override { return fake_.json(); }

private:
    void write(sdk::LogLevel, std::string_view message) noexcept override {
        bench_.lines.emplace_back(message);
        if (message == "destroyed") bench_.ended.push_back("connector " + id_);
    }

    Bench& bench_;
    std::string id_;
    sdk::testing::FakeHost fake_;
};

HostFactory Bench::factory() {
    return [this](const Descriptor& descriptor) {
        return std::unique_ptr<sdk::Host, void (*)(sdk::Host*)>(
            new BenchHost(*this, descriptor),
            [](sdk::Host* host) { delete static_cast<BenchHost*>(host); });
    };
}

struct Fixture {
    base::ManualClock clock;
    base::Fd null{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    base::Log log{clock, null.get()};
    PluginFolder folder;
    CountingMetrics metrics;
    Bench bench;

    std::unique_ptr<Registry> load() {
        return std::make_unique<Registry>(folder.path(), bench.factory(), log,
                                          RegistryOptions{{}, &metrics});
    }
    std::unique_ptr<Registry> loadWithFault(const std::string& fault) {
        folder.add("good", "sample", fault);
        return load();
    }
};

const sdk::Headers kNoHeaders;
const sdk::InboundMessage kMessage{kNoHeaders, "{}", TimePoint{}};

}  // namespace

TEST_CASE("a connector of the folder offers its capabilities") {
    Fixture f;
    const auto registry = f.loadWithFault("none");
    REQUIRE(registry->found().size() == 1);
    CHECK(registry->found()[0].refusal == "");
    REQUIRE(registry->inboundSource("sample"));
    REQUIRE(registry->scanner("sample"));
    REQUIRE(registry->probe("sample"));
    CHECK(registry->inboundSource("other") == nullptr);

    const auto identity = registry->inboundSource("sample")->identify(kMessage);
    REQUIRE(identity);
    CHECK(identity->event == "push");
    CHECK_FALSE(registry->inboundSource("sample")->verify(kMessage, {}));
    const std::vector<sdk::InboundSecret> secrets(1);
    CHECK(registry->inboundSource("sample")->verify(kMessage, secrets));
    const auto report = registry->probe("sample")->probe({});
    REQUIRE(report);
    CHECK(report->summary == "fine");
}

TEST_CASE("one refused connector stops no other") {
    Fixture f;
    f.folder.add("good");
    test::writeText(f.folder.yaml("broken"), "id: broken\n");
    test::writeText(f.folder / "orphan.so", "no descriptor");
    test::writeText(f.folder.yaml("alone"),
                    test::replaced(test::kSampleYaml, "id: sample", "id: alone"));
    const auto registry = f.load();
    REQUIRE(registry->found().size() == 4);
    const auto refusal = [&](std::size_t i) { return registry->found()[i].refusal; };
    CHECK_THAT(refusal(0), Catch::Contains("alone.so: found no such file"));
    CHECK_THAT(refusal(1), Catch::Contains("broken.yaml:1: `name` is missing"));
    CHECK_THAT(refusal(2), Catch::Contains("orphan.so: found no descriptor"));
    CHECK(refusal(3) == "");
    CHECK(registry->probe("sample") != nullptr);
    CHECK(registry->probe("alone") == nullptr);
}

TEST_CASE("a folder that does not exist has no connectors") {
    Fixture f;
    const Registry registry(f.folder / "nowhere", f.bench.factory(), f.log);
    CHECK(registry.found().empty());
}

TEST_CASE("a descriptor that others may write is refused") {
    Fixture f;
    f.folder.add("good");
    ::chmod(f.folder.yaml().c_str(), 0666);
    const auto registry = f.load();
    CHECK_THAT(registry->found()[0].refusal, Catch::Contains("sample.yaml: found mode 0666"));
}

TEST_CASE("capabilities that differ from the descriptor are refused") {
    Fixture f;
    f.folder.add("good", "sample", "no_scanner");
    CHECK_THAT(f.load()->found()[0].refusal, Catch::Contains("found no capability scanner"));
    CHECK(f.bench.ended == std::vector<std::string>{"connector sample", "host sample"});

    Fixture g;
    g.folder.add("good");
    test::writeText(g.folder.yaml(), test::replaced(test::kSampleYaml, "inbound, ", ""));
    CHECK_THAT(g.load()->found()[0].refusal, Catch::Contains("found a capability inbound"));
}

TEST_CASE("connectors die before their hosts") {
    Fixture f;
    f.loadWithFault("none").reset();
    CHECK(f.bench.ended == std::vector<std::string>{"connector sample", "host sample"});
}

TEST_CASE("a connector whose host cannot be made is refused") {
    Fixture f;
    f.folder.add("good");
    const Registry registry(
        f.folder.path(),
        [](const Descriptor&) -> std::unique_ptr<sdk::Host, void (*)(sdk::Host*)> {
            throw std::runtime_error("needs settings: x");
        },
        f.log);
    CHECK_THAT(registry.found()[0].refusal, Catch::Contains("needs settings: x"));
}

TEST_CASE("a connection has a connector of its own, which dies before its host") {
    Fixture f;
    f.folder.add("good", "sample", "sink");
    test::writeText(f.folder.yaml(), test::replaced(test::replaced(test::kSampleYaml, "scanner]",
                                                                   "scanner, secret_sink]"),
                                                    "default: none", "default: sink"));
    const auto registry = f.load();
    REQUIRE(registry->found()[0].refusal == "");
    REQUIRE(registry->secretSink("sample"));
    CHECK(registry->secretSink("other") == nullptr);
    const Descriptor* descriptor = registry->descriptor("sample");
    REQUIRE(descriptor);
    CHECK(registry->descriptor("other") == nullptr);
    auto opened = registry->open("sample", f.bench.factory()(*descriptor));
    REQUIRE(opened);
    REQUIRE((*opened)->secretSink());
    CHECK((*opened)->secretSink() != registry->secretSink("sample"));
    CHECK((*opened)->secretSink()->put({}, {}));
    CHECK(f.bench.ended.empty());
    opened->reset();
    CHECK(f.bench.ended == std::vector<std::string>{"connector sample", "host sample"});
    CHECK(registry->open("other", f.bench.factory()(*descriptor)).error().kind ==
          ErrorKind::NotFound);
}

TEST_CASE("an exception of a store of secrets becomes a typed error, without its text") {
    const std::string fault = GENERATE("sink_check", "sink_key", "sink_put");
    Fixture f;
    f.folder.add("good", "sample", fault);
    test::writeText(f.folder.yaml(), test::replaced(test::replaced(test::kSampleYaml, "scanner]",
                                                                   "scanner, secret_sink]"),
                                                    "default: none", "default: " + fault));
    const auto registry = f.load();
    const auto opened =
        registry->open("sample", f.bench.factory()(*registry->descriptor("sample")));
    REQUIRE(opened);
    sdk::SecretSink& sink = *(*opened)->secretSink();
    std::map<std::string, std::optional<Error>> errors;
    if (auto done = sink.check({}); !done) errors["sink_check"] = done.error();
    if (auto done = sink.publicKey({}); !done) errors["sink_key"] = done.error();
    if (auto done = sink.put({}, {}); !done) errors["sink_put"] = done.error();
    REQUIRE(errors.size() == 1);
    REQUIRE(errors[fault]);
    CHECK(errors[fault]->kind == ErrorKind::PluginFault);
    CHECK_THAT(std::string(errors[fault]->text()), !Catch::Contains("hunter2"));
}

TEST_CASE("an exception of a connector becomes a typed error and is counted") {
    const std::string fault =
        GENERATE("identify", "translate", "scan", "probe", "accessor", "object", "memory");
    CAPTURE(fault);
    Fixture f;
    const auto registry = f.loadWithFault(fault);
    REQUIRE(registry->found()[0].refusal == "");
    const auto* inbound = registry->inboundSource("sample");
    sdk::testing::FakeWorkspace workspace("c0ffee", {});

    std::map<std::string, std::optional<Error>> errors;
    const auto keep = [&](const char* step, const auto& result) {
        errors[step] = result ? std::nullopt : std::optional<Error>(result.error());
    };
    keep("identify", inbound->identify(kMessage));
    keep("translate", inbound->translate({}));
    keep("scan", registry->scanner("sample")->scan({}, workspace));
    keep("probe", registry->probe("sample")->probe({}));

    std::size_t faults = 0;
    for (const auto& [step, error] : errors) {
        CAPTURE(step);
        if (!error) continue;
        ++faults;
        CHECK(error->kind == ErrorKind::PluginFault);
        CHECK_THAT(error->detail, Catch::Contains("`sample` failed in " + step));
        // The plugin's own text is for the log.
        CHECK_THAT(error->detail, !Catch::Contains("hunter2"));
        CHECK(f.metrics.counts["trusthub_connector_faults_total sample " + step] == 1);
    }
    CHECK(faults == (fault == "object" ? 4 : 1));
}

TEST_CASE("a verify that throws says no") {
    const std::string fault = GENERATE("verify", "object");
    Fixture f;
    const auto registry = f.loadWithFault(fault);
    const std::vector<sdk::InboundSecret> secrets(1);
    CHECK_FALSE(registry->inboundSource("sample")->verify(kMessage, secrets));
    CHECK(f.metrics.counts["trusthub_connector_faults_total sample verify"] == 1);
}
