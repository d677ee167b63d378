#include "scans/runner.h"

#include "scans_fixture.h"

using namespace trusthub;
using namespace trusthub::test;

TEST_CASE("a queued scan is run, and its end is one commit of row, report, audit and event") {
    ScansFixture hub;
    hub.scanner.succeed(std::string(40, 'd'), R"({"bomFormat":"CycloneDX"})");
    const auto runner = hub.run();
    const auto made = hub.trigger(hub.alpha, "refs/heads/main", std::string(40, 'a'));
    hub.settled(1);
    const auto scan = hub.find(made.scan.id);
    CHECK(scan.status == "succeeded");
    CHECK(scan.progress == 100);
    CHECK(scan.commit == std::string(40, 'd'));
    CHECK(scan.summary == "nothing found");
    CHECK(scan.startedAt.has_value());
    CHECK(scan.finishedAt.has_value());
    CHECK(hub.eventLog.seen()[0].type == "scan.completed");
    CHECK(hub.auditRows()[0].action == "update");
    CHECK(hub.auditRows()[0].actorKind == "system");
    hub.store.read([&](store::ReadTx& tx) {
        const auto report = scans::ScanQueue::report(tx, scan.id);
        REQUIRE(report);
        CHECK(report->mediaType == "application/json");
        CHECK(hub.blobs.get(tx, report->teamId, report->digest).value() ==
              R"({"bomFormat":"CycloneDX"})");
    });
}

TEST_CASE("a push is scanned as its ref is now, the API's commit as it was named") {
    ScansFixture hub;
    const auto runner = hub.run();
    hub.trigger(hub.alpha, "refs/heads/main", std::string(40, 'a'), "webhook");
    hub.scanner.begun(1);
    hub.scanner.succeed();
    hub.settled(1);
    hub.trigger(hub.alpha, "refs/heads/main", std::string(40, 'b'), "api");
    const auto requests = hub.scanner.begun(2);
    hub.scanner.succeed();
    hub.settled(2);
    CHECK(requests[0].commit.empty());
    CHECK(requests[0].ref == "refs/heads/main");
    CHECK(requests[0].repositoryUrl == "https://git.example/a");
    CHECK(requests[0].projectName == "alpha");
    CHECK(requests[1].commit == std::string(40, 'b'));
}

TEST_CASE("a push while its ref is scanned waits, and is scanned afterwards") {
    ScansFixture hub;
    const auto runner = hub.run({.workers = 2});
    const auto first = hub.trigger(hub.alpha);
    hub.scanner.begun(1);
    const auto second = hub.trigger(hub.alpha);
    CHECK_FALSE(second.coalesced);
    CHECK(hub.trigger(hub.alpha).scan.id == second.scan.id);
    // Another project's scan is begun by the free worker; this one is not.
    hub.trigger(hub.beta);
    CHECK(hub.scanner.begun(2)[1].projectName == "beta");
    CHECK(hub.find(second.scan.id).status == "queued");
    for (int i = 0; i < 3; ++i) hub.scanner.succeed();
    hub.settled(3);
    CHECK(hub.find(first.scan.id).status == "succeeded");
    CHECK(hub.find(second.scan.id).status == "succeeded");
    CHECK(hub.scanner.count() == 3);
}

TEST_CASE("a scan that fails keeps the reason") {
    ScansFixture hub;
    hub.scanner.answer([] { return fail(ErrorKind::NotFound, "The repository has no such ref."); });
    const auto runner = hub.run();
    const auto made = hub.trigger(hub.alpha);
    hub.settled(1);
    CHECK(hub.find(made.scan.id).status == "failed");
    CHECK(hub.find(made.scan.id).error == "The repository has no such ref.");
    CHECK(hub.eventLog.seen()[0].type == "scan.failed");
}

TEST_CASE(
    "a scanner that throws, a workspace that cannot be made and no scanner at all fail the scan") {
    ScansFixture hub;
    SECTION("throws") {
        hub.scanner.answer(
            []() -> Result<sdk::ScanReport> { throw std::runtime_error("secret text"); });
    }
    SECTION("no workspace") {
        hub.makeWorkspace = [](std::string_view, std::stop_token) {
            return Result<std::shared_ptr<sdk::Workspace>>(fail(ErrorKind::StoreBusy));
        };
    }
    SECTION("report too large") {
        hub.scanner.succeed(std::string(40, 'a'), std::string((64UL << 20) + 1, 'x'));
    }
    const auto runner = hub.run();
    const auto made = hub.trigger(hub.alpha);
    hub.settled(1);
    const auto scan = hub.find(made.scan.id);
    CHECK(scan.status == "failed");
    CHECK_FALSE(scan.error.empty());
    CHECK(scan.error.find("secret") == std::string::npos);
}

TEST_CASE("a running scan that is cancelled is asked to stop and ends as cancelled") {
    ScansFixture hub;
    const auto runner = hub.run();
    const auto made = hub.trigger(hub.alpha);
    hub.scanner.begun(1);
    const auto asked = hub.cancel(made.scan.id);
    REQUIRE(asked);
    CHECK(asked->status == "running");
    hub.settled(1);
    CHECK(hub.find(made.scan.id).status == "cancelled");
    CHECK(hub.eventLog.seen()[0].type == "scan.cancelled");
}

TEST_CASE(
    "a scan that ends while its cancellation is written ends as cancelled, without a report") {
    ScansFixture hub;
    const auto runner = hub.run();
    const auto made = hub.trigger(hub.alpha);
    hub.scanner.begun(1);
    hub.scanner.answer([&] {
        hub.write([&](store::WriteTx& tx) { tx.execute("UPDATE scans SET cancel_requested = 1"); });
        return sdk::ScanReport{std::string(40, 'a'), "application/json", "{}", ""};
    });
    hub.settled(1);
    CHECK(hub.find(made.scan.id).status == "cancelled");
    CHECK_FALSE(hub.store.read(
        [&](store::ReadTx& tx) { return scans::ScanQueue::report(tx, made.scan.id); }));
}

TEST_CASE("a scan that runs past its time is stopped and fails") {
    ScansFixture hub;
    const auto runner = hub.run({.timeout = Milliseconds{60'000}});
    const auto made = hub.trigger(hub.alpha);
    hub.scanner.begun(1);
    hub.clock.advance(Milliseconds{60'000});
    runner->wake();
    hub.settled(1);
    CHECK(hub.find(made.scan.id).status == "failed");
    CHECK(hub.find(made.scan.id).error.find("scans.timeout") != std::string::npos);
}

TEST_CASE("progress is written, at most once a second") {
    ScansFixture hub;
    const auto runner = hub.run();
    const auto made = hub.trigger(hub.alpha);
    const auto request = hub.scanner.begun(1)[0];
    request.progress(250);
    hub.clock.advance(Milliseconds{1'000});
    while (hub.find(made.scan.id).progress != 100) runner->wake();
    hub.write([](store::WriteTx&) {});  // what is seen to be committed is counted then
    const auto commits = hub.store.writer().commits();
    for (int percent = 0; percent < 50; ++percent) {
        request.progress(percent);
        runner->wake();
    }
    CHECK(hub.find(made.scan.id).progress == 100);
    CHECK(hub.store.writer().commits() == commits);
    hub.clock.advance(Milliseconds{1'000});
    while (hub.find(made.scan.id).progress != 49) runner->wake();
    hub.scanner.succeed();
    hub.settled(1);
}

TEST_CASE("a paused runner begins nothing until it is resumed") {
    ScansFixture hub;
    const auto runner = hub.run({.paused = true});
    const auto made = hub.trigger(hub.alpha);
    runner->wake();
    hub.write([](store::WriteTx&) {});
    CHECK(hub.find(made.scan.id).status == "queued");
    CHECK(hub.scanner.count() == 0);
    hub.scanner.succeed();
    runner->setPaused(false);
    hub.settled(1);
    CHECK(hub.find(made.scan.id).status == "succeeded");
}

TEST_CASE(
    "a scan that was running when the hub died is run once more, before what waits for its ref") {
    ScansFixture hub;
    const auto crashed = hub.trigger(hub.alpha);
    hub.write(
        [](store::WriteTx& tx) { tx.execute("UPDATE scans SET status = 'running', runs = 1"); });
    const auto newer = hub.trigger(hub.alpha);
    CHECK_FALSE(newer.coalesced);
    hub.scanner.succeed();
    hub.scanner.succeed();
    const auto runner = hub.run();
    hub.settled(2);
    const auto requests = hub.scanner.begun(2);
    CHECK(requests[0].scanId == crashed.scan.id.text);
    CHECK(requests[1].scanId == newer.scan.id.text);
    CHECK(hub.find(crashed.scan.id).status == "succeeded");
}

TEST_CASE("a scan that was running at two crashes fails with the reason") {
    ScansFixture hub;
    const auto crashed = hub.trigger(hub.alpha);
    hub.write(
        [](store::WriteTx& tx) { tx.execute("UPDATE scans SET status = 'running', runs = 2"); });
    const auto runner = hub.run();
    hub.settled(1);
    CHECK(hub.find(crashed.scan.id).status == "failed");
    CHECK(hub.find(crashed.scan.id).error.find("not tried again") != std::string::npos);
    CHECK(hub.eventLog.seen()[0].type == "scan.failed");
    CHECK(hub.scanner.count() == 0);
}

TEST_CASE("a scan that was to be cancelled when the hub died is cancelled at the next start") {
    ScansFixture hub;
    const auto crashed = hub.trigger(hub.alpha);
    hub.write([](store::WriteTx& tx) {
        tx.execute("UPDATE scans SET status = 'running', runs = 1, cancel_requested = 1");
    });
    const auto runner = hub.run();
    hub.settled(1);
    CHECK(hub.find(crashed.scan.id).status == "cancelled");
    CHECK(hub.scanner.count() == 0);
}

TEST_CASE("a hub that shuts down interrupts its scan, and the next start runs it again") {
    ScansFixture hub;
    auto runner = hub.run();
    const auto made = hub.trigger(hub.alpha);
    for (std::size_t starts = 1; starts <= 3; ++starts) {
        hub.scanner.begun(starts);
        runner.reset();
        CHECK(hub.find(made.scan.id).status == "running");
        CHECK(hub.eventLog.seen().empty());
        if (starts == 3) hub.scanner.succeed();
        runner = hub.run();
    }
    hub.settled(1);
    CHECK(hub.find(made.scan.id).status == "succeeded");
}

TEST_CASE("a scan whose project is deleted while it runs leaves nothing behind") {
    ScansFixture hub;
    auto runner = hub.run();
    hub.trigger(hub.alpha);
    hub.scanner.begun(1);
    hub.write([&](store::WriteTx& tx) { tx.execute("DELETE FROM projects WHERE id = 'p1'"); });
    hub.scanner.succeed();
    // The next scan shows that the worker went on.
    hub.scanner.succeed();
    const auto next = hub.trigger(hub.beta);
    hub.settled(1);
    CHECK(hub.find(next.scan.id).status == "succeeded");
}

TEST_CASE("the audit chain over all of it is intact") {
    ScansFixture hub;
    hub.scanner.succeed();
    const auto runner = hub.run();
    hub.trigger(hub.alpha);
    hub.settled(1);
    const auto chains = hub.store.read([](store::ReadTx& tx) { return audit::verify(tx); });
    REQUIRE(chains.size() == 1);
    CHECK(chains[0].intact);
    CHECK(chains[0].rows == 2);
}
