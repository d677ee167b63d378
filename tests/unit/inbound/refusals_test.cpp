#include "inbound/refusals.h"

#include "base/fd.h"
#include "base/random.h"
#include "store/migrate.h"
#include "support/temp_folder.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <fcntl.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

using namespace trusthub;
using inbound::Refusals;

namespace {

struct Ring {
    Ring() {
        REQUIRE(store::applyMigrations(folder.path, clock));
        store = std::make_unique<store::Store>(folder.path, log, metrics);
        store->setLinker(&audit);
        rows = std::make_unique<audit::RefusalRows>(*store, audit);
        refusals = std::make_unique<Refusals>(*rows, clock, ids, log);
    }
    ~Ring() {
        refusals.reset();
        rows.reset();
        store.reset();
    }

    void refuse(bool known, std::size_t bytes = 10) {
        inbound::Refusal refusal;
        refusal.provider = "github";
        refusal.address = "192.0.2.1";
        refusal.reason = "not_verified";
        if (known) refusal.projects.push_back({ids.next<ProjectId>(), "team"});
        sdk::Headers headers;
        headers.add("X-Hub-Signature-256", "sha256=00");
        refusals->record(refusal, headers, std::string(bytes, 'x'));
    }
    std::int64_t number(const char* sql) {
        return store->read([&](store::ReadTx& tx) {
            store::Rows found = tx.query(sql);
            found.next();
            return found.integer(0);
        });
    }
    std::int64_t auditRows() {
        (void)store->writeAndWait<void>([](store::WriteTx&) -> Result<void> { return {}; });
        return number("SELECT count(*) FROM audit_log WHERE action = 'refuse'");
    }

    /// Details of the rows, oldest first.
    std::vector<json::Object> details() {
        (void)auditRows();
        return store->read([](store::ReadTx& tx) {
            std::vector<json::Object> all;
            for (store::Rows found = tx.query("SELECT details FROM audit_log ORDER BY seq");
                 found.next();)
                all.push_back(json::parse(found.text(0))->as_object());
            return all;
        });
    }
    std::vector<std::int64_t> counts() {
        std::vector<std::int64_t> all;
        for (const auto& row : details()) all.push_back(row.at("count").as_int64());
        return all;
    }

    base::ManualClock clock;
    base::SystemRandom random;
    base::IdSource ids{clock, random};
    base::Fd sink{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    base::Log log{clock, sink.get()};
    base::NoMetrics metrics;
    audit::AuditLog audit{"test", clock, ids};
    test::TempFolder folder;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<audit::RefusalRows> rows;
    std::unique_ptr<Refusals> refusals;
};

}  // namespace

TEST_CASE("strangers' deliveries do not push out those of a project, and keep no body") {
    Ring ring;
    ring.refuse(true);
    for (int i = 0; i < 500; ++i) ring.refuse(false);
    const auto all = ring.refusals->recent();
    CHECK(all.size() == 1 + Refusals::kStrangers);
    CHECK(all.back().projects.size() == 1);
    CHECK(all.back().kept->body == std::string(10, 'x'));
    CHECK_FALSE(all.front().kept->body);
    CHECK(all.front().id.text > all.back().id.text);
    CHECK(ring.refusals->find(all.back().id));
}

TEST_CASE("the ring is bounded in entries and in bytes, and long bodies are not kept") {
    Ring ring;
    for (std::size_t i = 0; i < Refusals::kRing + 20; ++i) ring.refuse(true, Refusals::kBody);
    const auto all = ring.refusals->recent();
    CHECK(all.size() == Refusals::kRing);
    std::size_t bytes = 0;
    for (const auto& one : all)
        if (one.kept) bytes += one.kept->body->size();
    CHECK(bytes <= Refusals::kBudget);
    CHECK(bytes > Refusals::kBudget / 2);
    CHECK(all.front().kept);
    CHECK_FALSE(all.back().kept);
    ring.refuse(true, Refusals::kBody + 1);
    CHECK_FALSE(ring.refusals->recent().front().kept->body);
}

TEST_CASE("the first refusal of a minute is a row at once, the others one more with their count") {
    Ring ring;
    for (int i = 0; i < 20; ++i) ring.refuse(false);
    CHECK(ring.counts() == std::vector<std::int64_t>{1});
    ring.rows->settle(ring.clock.now());
    CHECK(ring.auditRows() == 1);
    ring.clock.advance(Milliseconds{60'000});
    ring.rows->settle(ring.clock.now());
    CHECK(ring.counts() == std::vector<std::int64_t>{1, 19});
    ring.refuse(false);
    ring.refuse(false);
    ring.clock.advance(Milliseconds{60'000});
    ring.refuse(false);
    CHECK(ring.counts() == std::vector<std::int64_t>{1, 19, 1, 1, 1});
    ring.refuse(false);
    ring.rows->settleAll();
    CHECK(ring.counts() == std::vector<std::int64_t>{1, 19, 1, 1, 1, 1});
}

TEST_CASE("rows of refusals name the projects that the delivery was for") {
    Ring ring;
    ring.refuse(false);
    ring.refuse(true);
    const auto rows = ring.details();
    REQUIRE(rows.size() == 2);
    CHECK_FALSE(rows[0].contains("project_ids"));
    const auto project = ring.refusals->recent().front().projects.front().id.text;
    CHECK(rows[1].at("project_ids") == json::Value(json::Array{project}));
}

TEST_CASE("beyond 1,000 kinds of a minute the others are told apart by what is wider alone") {
    Ring ring;
    for (int i = 0; i < 1'010; ++i) ring.refuse(true);
    CHECK(ring.auditRows() == 1'001);
    CHECK(ring.details().back().at("address_block") == json::Value("many"));
    CHECK(ring.details().back().at("reason") == json::Value("not_verified"));
    CHECK_FALSE(ring.details().back().contains("project_ids"));
    ring.rows->settleAll();
    CHECK(ring.counts().back() == 9);
}

TEST_CASE("beyond 1,000 wider kinds all others are one row, which names nobody") {
    Ring ring;
    for (int i = 0; i < 2'010; ++i) {
        const std::string name = std::to_string(i);
        ring.rows->record(ring.clock.now(),
                          {{ActorKind::ApiKey, name, name, "192.0.2.1"},
                           {"refuse", "api_keys", name, "team", {{"key_prefix", name}}},
                           name + " here",
                           name,
                           {{"address_block", "many"}}});
    }
    CHECK(ring.auditRows() == 2'001);
    const auto last = ring.details().back();
    CHECK(last == json::Object{{"reason", "many"}, {"address_block", "many"}, {"count", 1}});
    CHECK(ring.number("SELECT count(*) FROM audit_log WHERE actor_id = '' AND team_id = ''"
                      " AND target_id = ''") == 1);
    ring.rows->settleAll();
    CHECK(ring.counts().back() == 9);
}

TEST_CASE("a row that could not be written is written with the next of its kind, or minute") {
    Ring ring;
    const auto refuse = [&](bool fails) {
        audit::RefusalRows::Refused one;
        one.entry = {"refuse", "api_keys", "k", "", {}};
        one.kind = one.wider = "k";
        if (fails) one.also = [](store::WriteTx&) { throw std::runtime_error("no room"); };
        ring.rows->record(ring.clock.now(), std::move(one));
        (void)ring.auditRows();
    };
    refuse(true);
    refuse(true);
    CHECK(ring.auditRows() == 0);
    refuse(false);
    CHECK(ring.counts() == std::vector<std::int64_t>{3});
    refuse(false);
    ring.clock.advance(Milliseconds{60'000});
    refuse(true);
    CHECK(ring.counts() == std::vector<std::int64_t>{3, 1});
    ring.rows->settleAll();
    CHECK(ring.counts() == std::vector<std::int64_t>{3, 1, 1});
}
