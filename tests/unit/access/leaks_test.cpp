#include "access/leaks.h"

#include "access/api_key_format.h"
#include "access_fixture.h"

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <sstream>

using namespace trusthub;
using access::LeakPlace;

namespace {

constexpr const char* kOlder = "tos_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d";

/// Counts what was told and dropped; told() waits for the follower.
class CountingMetrics final : public base::Metrics {
public:
    void count(std::string_view name, Labels, double) noexcept override {
        const std::lock_guard lock(mutex_);
        if (name == "trusthub_leaks_dropped_total") ++dropped_;
        if (name == "trusthub_leaks_total") ++told_;
        changed_.notify_all();
    }
    void gauge(std::string_view, double, Labels) noexcept override {}
    void observeSeconds(std::string_view, double, Labels) noexcept override {}

    bool told(int wanted) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return told_ >= wanted; });
    }
    int dropped() {
        const std::lock_guard lock(mutex_);
        return dropped_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int told_ = 0, dropped_ = 0;
};

struct Watched : test::AccessHub {
    std::filesystem::path logFile = test::TempFolder::path / "log";
    base::Fd logSink{::open(logFile.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    base::Log watchedLog{clock, logSink.get()};
    CountingMetrics counted;
    access::Leaks leaks{{store, keys, audit, events, rights, clock, watchedLog, counted}, false};

    void import(std::string text) {
        auto unit = keys.import(as(admin), wanted(), SecretString(std::move(text)));
        REQUIRE(unit);
        (void)run(*std::move(unit));
    }
    /// So many are told of, and no more.
    bool leaked(int wanted) {
        const bool told = counted.told(wanted);
        run<int>([](store::WriteTx&) -> Result<int> { return 0; });  // behind the last report
        return told && number("SELECT count(*) FROM audit_log WHERE action = 'leak'") == wanted;
    }
    std::string logged() {
        std::ostringstream text;
        text << std::ifstream(logFile).rdbuf();
        return text.str();
    }
};

}  // namespace

TEST_CASE("an imported key of another shape is told wherever it turns up") {
    Watched hub;
    CHECK_FALSE(hub.leaks.suspects(kOlder));
    int told = 0;
    for (const std::string& text :
         {std::string(kOlder), std::string("tos_00000001_abcdefghij0123456789"),
          "tos_00000002_" + std::string(60, 'a'), "tos_00000003_" + std::string(199, 'Z') + "-"}) {
        CAPTURE(text);
        hub.import(text);
        CHECK(hub.leaks.suspects("?key=" + text + "&x"));
        hub.leaks.watch("key: " + text, {.place = LeakPlace::InboundBody});
        CHECK(hub.leaked(++told));
        // With more behind it that a key may hold.
        hub.leaks.watch(text + "_v2-of-it", {.place = LeakPlace::OutboundPayload});
        CHECK(hub.leaked(++told));
    }
}

TEST_CASE("an imported key is blanked in the log, and told of") {
    Watched hub;
    hub.import(kOlder);
    hub.watchedLog.info("said").with("text", std::string("with ") + kOlder + " inside");
    CHECK(hub.leaked(1));
    CHECK(hub.logged().find("eaff8b91") == std::string::npos);
    CHECK(hub.logged().find("tos_a1b2c3d4_***") != std::string::npos);
}

TEST_CASE("a real key is found behind any number of false ones") {
    Watched hub;
    const auto key = hub.issue(hub.as(hub.admin), hub.wanted());
    std::string noise;
    for (int i = 0; i < 500; ++i)
        noise += "tos_" + std::to_string(10'000'000 + i) + "_" + std::string(32, 'x') + " ";
    hub.leaks.watch(noise + std::string(key.raw.reveal()), {.place = LeakPlace::InboundBody});
    CHECK(hub.leaked(1));
    CHECK(hub.counted.dropped() == 0);
}

TEST_CASE("what is beyond the bound is counted, never dropped in silence") {
    Watched hub;
    std::string noise;
    for (int i = 0; i < 101; ++i)
        noise += std::string(access::makeKeyText("tos", hub.random).whole.reveal()) + " ";
    hub.leaks.watch(noise, {.place = LeakPlace::InboundBody});
    CHECK(hub.counted.dropped() == 1);
}
