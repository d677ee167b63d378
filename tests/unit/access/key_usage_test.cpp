#include "access/key_usage.h"

#include "base/fd.h"
#include "store/migrate.h"
#include "support/temp_folder.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

using namespace trusthub;
using namespace trusthub::access;
namespace fs = std::filesystem;

namespace {

struct Fixture {
    Fixture() {
        base::SystemClock system;
        REQUIRE(store::applyMigrations(folder.path, system));
        store.emplace(folder.path, log, metrics);
        usage.emplace(*store);
    }
    void use(const std::string& key, std::string_view route, std::string_view ip, int status = 200,
             std::string_view agent = "curl") {
        const ApiKeyId id(key);
        usage->record({id, route, ip, agent, status, clock.now()});
    }
    UsageCounts totals(const std::string& key) {
        usage->flushAndWait();
        return store->read([&](store::ReadTx& tx) {
            return key_usage_repo::totals(tx, ApiKeyId(key), {"2000-01-01", "2100-01-01"});
        });
    }
    std::vector<UsageRow> sums(const std::string& key, key_usage_repo::By by) {
        usage->flushAndWait();
        return store->read([&](store::ReadTx& tx) {
            return key_usage_repo::sums(tx, ApiKeyId(key), {"2000-01-01", "2100-01-01"}, by, 1'000);
        });
    }

    test::TempFolder folder;
    base::ManualClock clock;
    base::NoMetrics metrics;
    base::Fd nowhere{::open("/dev/null", O_WRONLY)};
    base::Log log{clock, nowhere.get(), base::LogLevel::Error};
    std::optional<store::Store> store;
    std::optional<KeyUsage> usage;
};

}  // namespace

TEST_CASE("requests, errors and refusals add up over flushes") {
    Fixture hub;
    hub.use("k1", "GET /v1/me", "192.0.2.1");
    hub.use("k1", "GET /v1/me", "192.0.2.1", 404);
    hub.usage->flushAndWait();
    hub.clock.advance(Milliseconds{1'500});
    hub.use("k1", "GET /v1/me", "192.0.2.1", 429);
    hub.use("k1", "GET /v1/scans/{id}", "192.0.2.2", 500);
    hub.use("k2", "GET /v1/me", "192.0.2.1");
    const auto totals = hub.totals("k1");
    CHECK(totals.requests == 4);
    CHECK(totals.errors == 2);  // 429 is a refusal, no error
    CHECK(totals.limited == 1);
    CHECK(totals.lastAt == hub.clock.now());
    CHECK(hub.totals("k2").requests == 1);
}

TEST_CASE("usage is told by route, by client and by day") {
    Fixture hub;
    for (int i = 0; i < 3; ++i) hub.use("k1", "GET /v1/me", "192.0.2.1");
    hub.use("k1", "GET /v1/scans/{id}", "192.0.2.1", 200, "ci/2");
    hub.clock.advance(std::chrono::hours{24});
    hub.use("k1", "GET /v1/me", "192.0.2.9");
    const auto routes = hub.sums("k1", key_usage_repo::By::Route);
    REQUIRE(routes.size() == 2);
    CHECK(routes[0].route == "GET /v1/me");
    CHECK(routes[0].counts.requests == 4);
    const auto clients = hub.sums("k1", key_usage_repo::By::Client);
    REQUIRE(clients.size() == 3);
    CHECK(clients[0].ip == "192.0.2.1");
    CHECK(clients[0].userAgent == "curl");
    CHECK(clients[0].counts.requests == 3);
    const auto days = hub.sums("k1", key_usage_repo::By::Day);
    REQUIRE(days.size() == 2);
    CHECK(days[0].day == "2026-01-15");
    CHECK(days[1].day == "2026-01-16");
}

TEST_CASE("beyond 200 clients of a day the others are counted together, and none is lost") {
    Fixture hub;
    for (int i = 0; i < 300; ++i) hub.use("k1", "GET /v1/me", "10.0.0." + std::to_string(i));
    const auto clients = hub.sums("k1", key_usage_repo::By::Client);
    CHECK(clients.size() == 201);
    CHECK(clients[0].ip.empty());
    CHECK(clients[0].counts.requests == 100);
    // Known ones stay known; new ones find no room until the next day.
    hub.use("k1", "GET /v1/scans/{id}", clients[5].ip);
    hub.use("k1", "GET /v1/me", "10.9.9.9");
    CHECK(hub.sums("k1", key_usage_repo::By::Client).size() == 201);
    hub.clock.advance(std::chrono::hours{24});
    hub.use("k1", "GET /v1/me", "10.9.9.9");
    CHECK(hub.sums("k1", key_usage_repo::By::Client).size() == 202);
    CHECK(hub.totals("k1").requests == 303);
}

TEST_CASE("a flood of clients between two flushes is bounded and none is lost") {
    Fixture hub;
    for (int i = 0; i < 10'000; ++i) hub.use("k1", "GET /v1/me", "10.0." + std::to_string(i));
    CHECK(hub.totals("k1").requests == 10'000);
}

TEST_CASE("many requests of one client cost one row and no statement each") {
    Fixture hub;
    for (int i = 0; i < 10'000; ++i) hub.use("k1", "GET /v1/me", "192.0.2.1");
    const auto before = hub.store->writer().statements();
    hub.usage->flushAndWait();
    CHECK(hub.store->writer().statements() - before < 20);
    CHECK(hub.totals("k1").requests == 10'000);
}

TEST_CASE("days that retention no longer keeps are removed a slice at a time") {
    Fixture hub;
    for (int i = 0; i < 5; ++i) hub.use("k1", "GET /v1/me", "192.0.2." + std::to_string(i));
    hub.clock.advance(std::chrono::hours{48});
    hub.use("k1", "GET /v1/me", "192.0.2.1");
    hub.usage->flushAndWait();
    const auto expire = [&](std::size_t limit) {
        const auto done =
            hub.store->writeAndWait<std::size_t>([&](store::WriteTx& tx) -> Result<std::size_t> {
                return key_usage_repo::expire(tx, "2026-01-17", limit);
            });
        REQUIRE(done);
        return *done;
    };
    CHECK(expire(3) == 3);
    CHECK(expire(3) == 2);
    CHECK(expire(3) == 0);
    CHECK(hub.totals("k1").requests == 1);
}

TEST_CASE("the last use of a key stands in its row") {
    Fixture hub;
    REQUIRE(hub.store->writeAndWait<void>([](store::WriteTx& tx) -> Result<void> {
        tx.execute(
            "INSERT INTO api_keys (id, key_prefix, key_hmac, pepper_version, name, type,"
            " scope, permissions, issued_by, created_at)"
            " VALUES ('k1', 'p', 'h', 1, 'n', 'admin', 'org', '', 'u', 0)");
        return {};
    }));
    hub.use("k1", "GET /v1/me", "192.0.2.1");
    hub.clock.advance(Milliseconds{10});
    hub.use("k1", "GET /v1/scans/{id}", "192.0.2.2");
    hub.usage->flushAndWait();
    hub.store->read([&](store::ReadTx& tx) {
        auto rows = tx.query(
            "SELECT last_used_at, last_used_ip, last_used_agent FROM api_keys WHERE id = 'k1'");
        REQUIRE(rows.next());
        CHECK(rows.time(0) == hub.clock.now());
        CHECK(rows.view(1) == "192.0.2.2");
        CHECK(rows.view(2) == "curl");
    });
}
