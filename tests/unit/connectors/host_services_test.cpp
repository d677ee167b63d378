#include "connectors/host_services.h"

#include "base/fd.h"
#include "connectors/connector_state.h"
#include "connectors/redactor.h"
#include "plugin_folder.h"
#include "store/migrate.h"

#include <catch2/catch.hpp>
#include <fcntl.h>

using namespace trusthub;
using namespace trusthub::connectors;

namespace {

struct Fixture {
    test::TempFolder folder;
    base::ManualClock clock;
    base::Fd file{::open((folder / "log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
    base::Log log{clock, file.get(), sdk::LogLevel::Debug};
    base::NoMetrics metrics;
    std::unique_ptr<store::Store> store;
    std::vector<std::string> sent;
    Descriptor descriptor;

    Fixture() {
        REQUIRE(store::applyMigrations(folder.path, clock));
        store = std::make_unique<store::Store>(folder.path, log, metrics);
        auto read = parseDescriptor(test::kSampleYaml, "x.yaml", "sample");
        REQUIRE(read.descriptor);
        descriptor = *read.descriptor;
    }
    HostServices services() {
        return {[this](const sdk::HttpRequest& request) -> Result<sdk::HttpResponse> {
                    sent.push_back(request.url);
                    return sdk::HttpResponse{200, {}, "ok"};
                },
                *store, clock, log, metrics};
    }
    auto host(std::map<std::string, SecretString, std::less<>> secrets = {}) {
        return makeHost(descriptor, services(), {sdk::Settings{}, std::move(secrets)});
    }
    std::string logged() const { return test::readText(folder / "log"); }
};

ErrorKind errorOf(sdk::HttpClient& http, const std::string& url) {
    sdk::HttpRequest request;
    request.url = url;
    const auto answer = http.send(request);
    REQUIRE_FALSE(answer);
    return answer.error().kind;
}

}  // namespace

TEST_CASE("a connector without hosts may call none") {
    Fixture f;
    const auto host = f.host();
    CHECK(errorOf(host->http(), "https://example.com/") == ErrorKind::EgressDenied);
    CHECK(f.sent.empty());
}

TEST_CASE("a connector may call the hosts of its descriptor and no other") {
    Fixture f;
    f.descriptor.hosts = {{"eu", {"api.example.com", "local:8443"}}, {"us", {"*.example.net"}}};
    const auto host = f.host();
    for (const char* url : {"https://api.example.com/v1?x=1", "https://API.example.com:443/",
                            "https://local:8443/", "https://a.b.example.net/"}) {
        sdk::HttpRequest request;
        request.url = url;
        CHECK(host->http().send(request));
    }
    CHECK(f.sent.size() == 4);
    for (const char* url :
         {"http://api.example.com/", "http://api.example.com:443/", "https://api.example.com:444/",
          "https://local/", "https://example.net/", "https://evilexample.net/",
          "https://api.example.com.evil.test/", "https://evil.test/api.example.com"}) {
        CAPTURE(url);
        CHECK(errorOf(host->http(), url) == ErrorKind::EgressDenied);
    }
    CHECK(errorOf(host->http(), "https://api.example.com@evil.test/") == ErrorKind::InvalidInput);
    CHECK(errorOf(host->http(), "no url") == ErrorKind::InvalidInput);
    CHECK(f.sent.size() == 4);
}

TEST_CASE("a connector may call the host that a setting of the connection names, as it names it") {
    Fixture f;
    f.descriptor.hosts = {{"api", {"{api_url}"}}};
    const auto named = [&](std::string url) {
        return makeHost(f.descriptor, f.services(),
                        {sdk::Settings({{"api_url", std::move(url)}}), {}, {}});
    };
    const auto goes = [](sdk::Host& host, const std::string& url) {
        sdk::HttpRequest request;
        request.url = url;
        return static_cast<bool>(host.http().send(request));
    };
    const auto host = named("https://git.example.com/api/v3");
    CHECK(goes(*host, "https://git.example.com/api/v3/user"));
    CHECK_FALSE(goes(*host, "http://git.example.com/api/v3/user"));
    CHECK_FALSE(goes(*host, "https://git.example.com:8443/"));
    CHECK_FALSE(goes(*host, "https://example.com/"));
    SECTION("without TLS this machine only") {
        CHECK(goes(*named("http://127.0.0.1:9000"), "http://127.0.0.1:9000/x"));
        CHECK(goes(*named("http://[::1]:9000"), "http://[::1]:9000/x"));
        CHECK_FALSE(goes(*named("http://127.0.0.1:9000"), "http://127.0.0.1:9001/x"));
        CHECK_FALSE(goes(*named("http://192.0.2.1"), "http://192.0.2.1/x"));
        CHECK_FALSE(goes(*named("http://localhost"), "http://localhost/x"));
    }
    SECTION("a text that is no address opens nothing") {
        CHECK_FALSE(goes(*named("elsewhere"), "https://git.example.com/"));
        CHECK_FALSE(goes(*named(""), "https://git.example.com/"));
    }
}

TEST_CASE("a connector's log lines carry its id and none of its secrets") {
    Fixture f;
    std::map<std::string, SecretString, std::less<>> secrets;
    secrets.emplace("token", SecretString("s3cr3t-value"));
    secrets.emplace("short", SecretString("s3cr3t"));
    const auto host = f.host(std::move(secrets));
    host->log().write(sdk::LogLevel::Info, "token s3cr3t-value, twice: s3cr3t-values3cr3t");
    host->log().write(sdk::LogLevel::Info, "basic czNjcjN0LXZhbHVl and 7333637233742d76616c7565");
    const auto text = f.logged();
    CHECK_THAT(text, Catch::Contains(R"("connector":"sample")"));
    CHECK_THAT(text, Catch::Contains("token [redacted], twice: [redacted][redacted]"));
    CHECK_THAT(text, Catch::Contains("basic [redacted] and [redacted]"));
    CHECK_THAT(text, !Catch::Contains("s3cr3t"));
    CHECK_THAT(text, !Catch::Contains("-value"));
}

TEST_CASE("a secret at the place where a long line is cut is not shown in part") {
    Fixture f;
    std::map<std::string, SecretString, std::less<>> secrets;
    secrets.emplace("token", SecretString("s3cr3t-value"));
    const auto host = f.host(std::move(secrets));
    host->log().write(sdk::LogLevel::Info, std::string(4090, 'x') + "s3cr3t-value");
    host->log().write(sdk::LogLevel::Info, "\xff\xfe");
    CHECK_THAT(f.logged(), !Catch::Contains("s3cr3"));
    CHECK_THAT(f.logged(), Catch::Contains("not UTF-8"));
}

TEST_CASE("a connector gets its own secrets by name") {
    Fixture f;
    std::map<std::string, SecretString, std::less<>> secrets;
    secrets.emplace("token", SecretString("abc"));
    const auto host = f.host(std::move(secrets));
    REQUIRE(host->secrets().get("token"));
    CHECK(host->secrets().get("token")->reveal() == "abc");
    CHECK_FALSE(host->secrets().get("other"));
}

TEST_CASE("a connector's state is durable and its own") {
    Fixture f;
    ConnectorState mine("mine", *f.store, f.clock), other("other", *f.store, f.clock);
    CHECK_FALSE(mine.get("cursor"));
    REQUIRE(mine.set("cursor", "a"));
    REQUIRE(mine.set("cursor", "b"));
    CHECK(mine.get("cursor") == "b");
    CHECK_FALSE(other.get("cursor"));
}

TEST_CASE("a connector's state is bounded") {
    Fixture f;
    ConnectorState state("mine", *f.store, f.clock);
    CHECK_FALSE(state.set("", "x"));
    CHECK_FALSE(state.set(std::string(201, 'k'), "x"));
    CHECK_FALSE(state.set("k", "\xff"));
    const auto large = state.set("k", std::string(65537, 'x'));
    REQUIRE_FALSE(large);
    CHECK(large.error().kind == ErrorKind::TooLarge);

    store::Unit<bool> fill = [](store::WriteTx& tx) -> Result<bool> {
        for (int i = 0; i < 1000; ++i)
            tx.execute(
                "INSERT INTO connector_state (connector, key, value, updated_at)"
                " VALUES ('mine', $1, 'x', 0)",
                "k" + std::to_string(i));
        return true;
    };
    REQUIRE(f.store->writeAndWait<bool>(std::move(fill)));
    CHECK_FALSE(state.set("one more", "x"));
    CHECK(state.set("k7", "changed"));
}

TEST_CASE("a host made from a descriptor has its defaults") {
    Fixture f;
    const auto host = hostFactory(f.services())(f.descriptor);
    CHECK(host->settings().string("fault") == "none");

    Descriptor strict = f.descriptor;
    strict.settings.fields[0].defaultValue.reset();
    strict.settings.fields[0].required = true;
    CHECK_THROWS_WITH(hostFactory(f.services())(strict), Catch::Contains("needs settings"));
}

TEST_CASE("counters of a connector are bounded in number and by name") {
    struct Names final : base::Metrics {
        std::map<std::string, double> seen;
        void count(std::string_view, Labels labels, double add) noexcept override {
            seen[std::string((labels.begin() + 1)->second)] += add;
        }
        void gauge(std::string_view, double, Labels) noexcept override {}
        void observeSeconds(std::string_view, double, Labels) noexcept override {}
    } names;
    Fixture f;
    const HostServices services{{}, *f.store, f.clock, f.log, names};
    const auto host = makeHost(f.descriptor, services, {});
    for (int i = 0; i < 100; ++i) host->metrics().count("name_" + std::to_string(i));
    host->metrics().count("name_3", 5);
    host->metrics().count("No good name!");
    CHECK(names.seen.size() == 51);
    CHECK(names.seen["name_3"] == 6);
    CHECK(names.seen["other"] == 51);
}
