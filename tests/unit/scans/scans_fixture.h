// A hub's store with one team and two projects, and a scanner that does what the test says.
#pragma once

#include "audit/audit_query.h"
#include "base/fd.h"
#include "scans/runner.h"
#include "scans/scans.h"
#include "store/migrate.h"
#include "support/temp_folder.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <set>

namespace trusthub::test {

/// Remembers what was emitted and lets the test wait for it.
class EventLog final : public events::Fanout {
public:
    std::vector<events::PlannedDelivery> plan(store::WriteTx&,
                                              const events::EventRef& event) override {
        {
            const std::lock_guard lock(mutex_);
            seen_.push_back({event.id, std::string(event.type)});
        }
        changed_.notify_all();
        return {};
    }
    struct Seen {
        EventId id;
        std::string type;
    };
    std::vector<Seen> waitFor(std::size_t count) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, std::chrono::seconds(60),
                               [&] { return seen_.size() >= count; }))
            FAIL("the event did not come");
        return seen_;
    }
    std::vector<Seen> seen() {
        const std::lock_guard lock(mutex_);
        return seen_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Seen> seen_;
};

/// Each scan waits for `answer` or for its stop token, unless answers are there already.
class ScriptedScanner final : public sdk::Scanner {
public:
    Result<sdk::ScanReport> scan(const sdk::ScanRequest& request, sdk::Workspace&) override {
        std::unique_lock lock(mutex_);
        requests_.push_back(request);
        changed_.notify_all();
        changed_.wait(lock, request.stop, [&] { return !answers_.empty(); });
        if (answers_.empty()) return fail(ErrorKind::Cancelled);
        auto answer = std::move(answers_.front());
        answers_.erase(answers_.begin());
        lock.unlock();
        return answer();
    }
    void answer(std::function<Result<sdk::ScanReport>()> what) {
        {
            const std::lock_guard lock(mutex_);
            answers_.push_back(std::move(what));
        }
        changed_.notify_all();
    }
    void succeed(std::string commit = std::string(40, 'c'), std::string body = "{}") {
        answer([=] { return sdk::ScanReport{commit, "application/json", body, "nothing found"}; });
    }
    /// Waits until that many scans have begun.
    std::vector<sdk::ScanRequest> begun(std::size_t count) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, std::chrono::seconds(60),
                               [&] { return requests_.size() >= count; }))
            FAIL("the scan did not begin");
        return requests_;
    }
    std::size_t count() {
        const std::lock_guard lock(mutex_);
        return requests_.size();
    }

private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<sdk::ScanRequest> requests_;
    std::vector<std::function<Result<sdk::ScanReport>()>> answers_;
};

class NoWorkspace final : public sdk::Workspace {
public:
    Result<std::unique_ptr<sdk::SourceTree>> checkout(std::string_view, std::string_view,
                                                      std::string_view) override {
        return fail(ErrorKind::NotFound);
    }
    Result<sdk::CommandResult> run(std::span<const std::string>,
                                   const sdk::CommandLimits&) override {
        return fail(ErrorKind::NotFound);
    }
};

inline crypto::MasterKey masterKey(const std::filesystem::path& folder, base::Random& random) {
    auto key = crypto::MasterKey::create(folder / "master.key", random);
    if (!key) FAIL(key.error().text());
    return *std::move(key);
}

class ScansFixture {
public:
    ScansFixture() {
        store.setLinker(&audit);
        write([&](store::WriteTx& tx) {
            tx.execute(
                "INSERT INTO teams (id, name, created_at, updated_at) VALUES ('t1', 'T', 0, 0)");
            for (const auto* project : {&alpha, &beta})
                tx.execute(
                    "INSERT INTO projects (id, team_id, name, provider, repository_url, "
                    "repository_key,"
                    " created_at, updated_at) VALUES ($1, 't1', $2, 'github', $3, $4, 0, 0)",
                    project->id, project->name, project->repositoryUrl, project->name);
        });
    }

    template <class F>
    void write(F&& change) {
        const auto done = store.writeAndWait<void>([&](store::WriteTx& tx) -> Result<void> {
            change(tx);
            return {};
        });
        if (!done) FAIL(done.error().text());
    }
    scans::Triggered trigger(const people::Project& project,
                             const std::string& gitRef = "refs/heads/main",
                             const std::string& commit = {}, const std::string& by = "webhook",
                             bool evidence = true) {
        scans::Triggered out;
        write([&](store::WriteTx& tx) {
            out = queue.trigger(tx, actor, project, {gitRef, commit, evidence, by});
        });
        return out;
    }
    Result<scans::Scan> cancel(const ScanId& id) {
        return store.writeAndWait<scans::Scan>(queue.cancel(actor, id));
    }
    scans::Scan find(const ScanId& id) {
        auto found = store.read([&](store::ReadTx& tx) { return scans::ScanQueue::find(tx, id); });
        REQUIRE(found);
        return *found;
    }
    /// Waits for the commit of the unit in which the `count`th event was emitted.
    void settled(std::size_t count) {
        eventLog.waitFor(count);
        write([](store::WriteTx&) {});
    }
    std::vector<audit::Row> auditRows() {
        audit::Filter filter;
        filter.targetTable = "scans";
        return store.read([&](store::ReadTx& tx) { return audit::query(tx, filter).rows; });
    }
    std::unique_ptr<scans::ScanRunner> run(scans::RunnerConfig config = {},
                                           sdk::Scanner* with = nullptr) {
        return std::make_unique<scans::ScanRunner>(
            scans::RunnerParts{store, queue, with ? with : &scanner, blobs, makeWorkspace, events,
                               audit, clock, log, metrics},
            config);
    }

    TempFolder folder;
    base::ManualClock clock;
    base::SeededRandom random{1};
    base::IdSource ids{clock, random};
    base::Fd logFile{::open((folder.path / "log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)};
    base::Log log{clock, logFile.get()};
    base::NoMetrics metrics;
    bool migrated = store::applyMigrations(folder.path, clock).has_value();
    store::Store store{folder.path, log, metrics};
    store::Sealer sealer{store, std::make_shared<crypto::MasterKey>(masterKey(folder.path, random)),
                         clock, random, ids};
    store::BlobStore blobs{store, sealer, clock};
    audit::AuditLog audit{"main", clock, ids};
    events::Catalogue catalogue = events::Catalogue::embedded();
    EventLog eventLog;
    events::Events events{catalogue, sealer, clock, ids, &eventLog};
    scans::ScanQueue queue{audit, events, clock, ids};
    ScriptedScanner scanner;
    scans::MakeWorkspace makeWorkspace = [](std::string_view, std::stop_token) {
        return Result<std::shared_ptr<sdk::Workspace>>(std::make_shared<NoWorkspace>());
    };
    Actor actor{ActorKind::User, "u1", "u@example.com", "192.0.2.1", "test", "r1"};
    people::Project alpha{ProjectId(std::string("p1")),
                          TeamId(std::string("t1")),
                          "alpha",
                          "github",
                          "https://git.example/a",
                          {},
                          {}};
    people::Project beta{ProjectId(std::string("p2")),
                         TeamId(std::string("t1")),
                         "beta",
                         "github",
                         "https://git.example/b",
                         {},
                         {}};
};

}  // namespace trusthub::test
