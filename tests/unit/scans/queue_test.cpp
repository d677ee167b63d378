#include "scans_fixture.h"

using namespace trusthub;
using namespace trusthub::test;

TEST_CASE("a trigger queues a scan and writes its audit row") {
    ScansFixture hub;
    const auto made =
        hub.trigger(hub.alpha, "refs/pull/12/merge", std::string(40, 'a'), "api", false);
    CHECK_FALSE(made.coalesced);
    const auto scan = hub.find(made.scan.id);
    CHECK(scan.status == "queued");
    CHECK(scan.ref == "pr-12");
    CHECK(scan.gitRef == "refs/pull/12/merge");
    CHECK(scan.commit == std::string(40, 'a'));
    CHECK(scan.teamId == "t1");
    CHECK(scan.kind == "source");
    CHECK_FALSE(scan.evidence);
    CHECK(scan.createdAt == hub.clock.now());
    const auto rows = hub.auditRows();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].action == "create");
    CHECK(rows[0].targetId == scan.id.text);
    CHECK(rows[0].actorId == "u1");
}

TEST_CASE("a further trigger moves the waiting scan to the newer commit") {
    ScansFixture hub;
    const auto first = hub.trigger(hub.alpha, "refs/heads/main", std::string(40, 'a'));
    const auto second = hub.trigger(hub.alpha, "refs/heads/main", std::string(40, 'b'));
    CHECK(second.coalesced);
    CHECK(second.scan.id == first.scan.id);
    CHECK(hub.find(first.scan.id).commit == std::string(40, 'b'));
    CHECK(hub.auditRows().size() == 2);
}

TEST_CASE("other refs and other projects wait by themselves") {
    ScansFixture hub;
    hub.trigger(hub.alpha, "refs/heads/main");
    CHECK_FALSE(hub.trigger(hub.alpha, "refs/heads/next").coalesced);
    CHECK_FALSE(hub.trigger(hub.alpha, "").coalesced);
    CHECK_FALSE(hub.trigger(hub.beta, "refs/heads/main").coalesced);
}

TEST_CASE("a scan that a fork had a hand in never becomes evidence again") {
    ScansFixture hub;
    hub.trigger(hub.alpha, "refs/pull/1/head", "", "webhook", false);
    CHECK_FALSE(hub.trigger(hub.alpha, "refs/pull/1/head", "", "api", true).scan.evidence);
}

TEST_CASE("a trigger whose unit fails queues nothing and wakes nobody") {
    ScansFixture hub;
    int woken = 0;
    hub.queue.setWake([&] { ++woken; });
    const auto failed = hub.store.writeAndWait<void>([&](store::WriteTx& tx) -> Result<void> {
        hub.queue.trigger(tx, hub.actor, hub.alpha, {"refs/heads/main", "", true, "api"});
        return fail(ErrorKind::Conflict);
    });
    CHECK_FALSE(failed);
    hub.write([](store::WriteTx&) {});
    CHECK(woken == 0);
    CHECK(hub.auditRows().empty());
    hub.trigger(hub.alpha);
    hub.write([](store::WriteTx&) {});
    CHECK(woken == 1);
    hub.queue.setWake(nullptr);
}

TEST_CASE("a waiting scan that is cancelled ends at once, with its event and audit row") {
    ScansFixture hub;
    const auto made = hub.trigger(hub.alpha);
    const auto ended = hub.cancel(made.scan.id);
    REQUIRE(ended);
    CHECK(ended->status == "cancelled");
    CHECK(hub.find(made.scan.id).finishedAt.has_value());
    REQUIRE(hub.eventLog.seen().size() == 1);
    const auto seen = hub.eventLog.seen()[0];
    CHECK(seen.type == "scan.cancelled");
    const auto event =
        hub.store.read([&](store::ReadTx& tx) { return hub.events.find(tx, seen.id); });
    REQUIRE(event);
    CHECK(event->teamId == "t1");
    CHECK(event->data.find(made.scan.id.text) != std::string::npos);
    CHECK(hub.auditRows()[0].action == "cancel");
}

TEST_CASE("a scan that has ended cannot be cancelled, and one that is not there is not found") {
    ScansFixture hub;
    const auto made = hub.trigger(hub.alpha);
    REQUIRE(hub.cancel(made.scan.id));
    CHECK(hub.cancel(made.scan.id).error().kind == ErrorKind::Conflict);
    CHECK(hub.cancel(ScanId(std::string("none"))).error().kind == ErrorKind::NotFound);
    CHECK(hub.eventLog.seen().size() == 1);
}

TEST_CASE("after a cancelled scan the same ref can wait again") {
    ScansFixture hub;
    const auto made = hub.trigger(hub.alpha);
    REQUIRE(hub.cancel(made.scan.id));
    const auto again = hub.trigger(hub.alpha);
    CHECK_FALSE(again.coalesced);
    CHECK(again.scan.id != made.scan.id);
}

TEST_CASE("a project's scans are listed newest first, page by page") {
    ScansFixture hub;
    std::vector<ScanId> ids;
    for (const char* ref : {"refs/heads/a", "refs/heads/b", "refs/heads/c"})
        ids.push_back(hub.trigger(hub.alpha, ref).scan.id);
    hub.trigger(hub.beta);
    hub.store.read([&](store::ReadTx& tx) {
        const auto page = scans::ScanQueue::list(tx, hub.alpha.id, "", 2);
        REQUIRE(page.size() == 2);
        CHECK(page[0].id == ids[2]);
        const auto rest = scans::ScanQueue::list(tx, hub.alpha.id, page[1].id.text, 2);
        REQUIRE(rest.size() == 1);
        CHECK(rest[0].id == ids[0]);
        CHECK(scans::ScanQueue::count(tx, hub.alpha.id) == 3);
        CHECK_FALSE(scans::ScanQueue::report(tx, ids[0]));
        CHECK_FALSE(scans::ScanQueue::find(tx, ScanId(std::string("none"))));
    });
}

TEST_CASE("a scan's JSON has null for what is not known yet") {
    ScansFixture hub;
    const auto object = scans::toJson(hub.trigger(hub.alpha).scan);
    CHECK(object.at("status") == "queued");
    CHECK(object.at("ref") == "main");
    CHECK(object.at("commit").is_null());
    CHECK(object.at("error").is_null());
    CHECK(object.at("started_at").is_null());
    CHECK(object.at("progress_percent") == 0);
    CHECK(object.at("created_at") == "2026-01-15T00:00:00Z");
}
