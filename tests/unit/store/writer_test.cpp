#include "base/clock.h"
#include "store/migrate.h"
#include "store/revision.h"
#include "store/store.h"
#include "support/temp_folder.h"

#include <catch2/catch.hpp>
#include <fcntl.h>

#include <filesystem>
#include <future>
#include <latch>
#include <vector>

namespace {

using namespace trusthub;

/// A store whose writer can be held, so that what is queued meanwhile becomes one group.
struct Fixture {
    explicit Fixture(store::Writer::Limits limits = {}) : store(migrated(), log, metrics, limits) {}

    std::filesystem::path migrated() {
        if (!store::applyMigrations(folder.path, clock)) FAIL("the migrations do not apply");
        return folder.path;
    }
    store::Unit<void> insert(std::string name) {
        return [name = std::move(name)](store::WriteTx& tx) -> Result<void> {
            tx.execute("INSERT INTO teams (id, name, created_at, updated_at) VALUES ($1, $2, 0, 0)",
                       name, name);
            return {};
        };
    }
    std::int64_t teams() {
        return store.read([](store::ReadTx& tx) {
            auto rows = tx.query("SELECT count(*) FROM teams");
            rows.next();
            return rows.integer(0);
        });
    }

    test::TempFolder folder;
    base::ManualClock clock;
    base::Fd sink{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    base::Log log{clock, sink.get()};
    base::NoMetrics metrics;
    store::Store store;
};

/// Holds the writer inside a unit until it goes out of scope.
class Hold {
public:
    explicit Hold(store::Store& store) {
        store.write<void>(
            [this](store::WriteTx&) -> Result<void> {
                inside_.count_down();
                release_.wait();
                return {};
            },
            [this](Result<void>) { done_.count_down(); });
        inside_.wait();
    }
    void end() {
        release_.count_down();
        done_.wait();
    }

private:
    std::latch inside_{1}, release_{1}, done_{1};
};

}  // namespace

TEST_CASE("units that wait together are committed together") {
    Fixture f;
    Hold hold(f.store);
    const auto before = f.store.writer().commits();
    std::vector<std::promise<Result<void>>> answers(20);
    for (std::size_t i = 0; i < answers.size(); ++i)
        f.store.write<void>(f.insert("t" + std::to_string(i)),
                            [&answers, i](Result<void> r) { answers[i].set_value(std::move(r)); });
    hold.end();
    for (auto& answer : answers) CHECK(answer.get_future().get());
    CHECK(f.teams() == 20);
    CHECK(f.store.writer().commits() - before <= 2);  // the held unit's, and one for the twenty
}

TEST_CASE("a unit that fails rolls back alone and answers its own error") {
    Fixture f;
    Hold hold(f.store);
    std::promise<Result<void>> good, bad, thrown;
    f.store.write<void>(f.insert("good"), [&](Result<void> r) { good.set_value(std::move(r)); });
    f.store.write<void>(
        [&](store::WriteTx& tx) -> Result<void> {
            auto done = f.insert("half")(tx);
            return fail(ErrorKind::Conflict, "no", "mine");
        },
        [&](Result<void> r) { bad.set_value(std::move(r)); });
    f.store.write<void>(f.insert("good"), [&](Result<void> r) { thrown.set_value(std::move(r)); });
    hold.end();
    CHECK(good.get_future().get());
    const auto refused = bad.get_future().get();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "mine");
    const auto twice = thrown.get_future().get();
    REQUIRE_FALSE(twice);
    CHECK(twice.error().kind == ErrorKind::Conflict);
    CHECK(f.teams() == 1);
}

TEST_CASE("a full queue answers StoreBusy at once and changes nothing") {
    Fixture f({.queue = 2, .group = 8});
    Hold hold(f.store);
    std::vector<Result<void>> answers;
    std::promise<void> first, second;
    f.store.write<void>(f.insert("a"), [&](Result<void>) { first.set_value(); });
    f.store.write<void>(f.insert("b"), [&](Result<void>) { second.set_value(); });
    f.store.write<void>(f.insert("c"), [&](Result<void> r) { answers.push_back(std::move(r)); });
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].error().kind == ErrorKind::StoreBusy);
    CHECK(answers[0].error().retryAfter.has_value());
    hold.end();
    first.get_future().wait();
    second.get_future().wait();
    CHECK(f.teams() == 2);
}

TEST_CASE("what is linked goes with its unit, in order, without those that were rolled back") {
    struct Item final : store::LinkItem {
        explicit Item(int n) : number(n) {}
        int number;
    };
    struct Linker final : store::GroupLinker {
        std::vector<int> seen;
        int calls = 0;
        void link(store::WriteTx&,
                  std::span<const std::unique_ptr<store::LinkItem>> items) override {
            ++calls;
            for (const auto& item : items) seen.push_back(static_cast<const Item&>(*item).number);
        }
    } linker;
    Fixture f;
    f.store.setLinker(&linker);
    Hold hold(f.store);
    std::vector<std::promise<void>> answers(6);
    for (int i = 0; i < 6; ++i) {
        f.store.write<void>(
            [i, insert =
                    f.insert("t" + std::to_string(i))](store::WriteTx& tx) mutable -> Result<void> {
                tx.link(std::make_unique<Item>(i));
                if (i % 2 == 1) return fail(ErrorKind::Conflict);
                return insert(tx);
            },
            [&answers, i](Result<void>) { answers[static_cast<std::size_t>(i)].set_value(); });
    }
    hold.end();
    for (auto& answer : answers) answer.get_future().wait();
    CHECK(linker.seen == std::vector<int>{0, 2, 4});
    CHECK(linker.calls == 1);
}

TEST_CASE("a linker that throws fails its whole group, and nothing of it stays") {
    struct Linker final : store::GroupLinker {
        void link(store::WriteTx&, std::span<const std::unique_ptr<store::LinkItem>>) override {
            throw store::StoreError(13, "disk full");
        }
    } linker;
    Fixture f;
    f.store.setLinker(&linker);
    auto insert = f.insert("lost");
    std::promise<Result<void>> wrote, refused;
    Hold hold(f.store);
    f.store.write<void>(
        [&](store::WriteTx& tx) -> Result<void> {
            tx.link(std::make_unique<store::LinkItem>());
            return insert(tx);
        },
        [&](Result<void> r) { wrote.set_value(std::move(r)); });
    // It fails on what the first one did, which never came to be: so it is asked to try again too.
    f.store.write<void>(
        [&](store::WriteTx& tx) -> Result<void> {
            if (tx.query("SELECT 1 FROM teams").next()) return fail(ErrorKind::Conflict);
            return {};
        },
        [&](Result<void> r) { refused.set_value(std::move(r)); });
    hold.end();
    for (auto* answer : {&wrote, &refused}) {
        const auto result = answer->get_future().get();
        REQUIRE_FALSE(result);
        CHECK(result.error().kind == ErrorKind::StoreBusy);
    }
    CHECK(f.teams() == 0);
    CHECK_FALSE(f.store.writer().healthy());
    f.store.setLinker(nullptr);
    CHECK(f.store.writeAndWait<void>(f.insert("kept")));
    CHECK(f.store.writer().healthy());
}

TEST_CASE("hooks are called once a commit, and not for units that were rolled back") {
    struct Hook final : store::CommitHook {
        std::atomic<int> calls{0};
        void committed() noexcept override { ++calls; }
    } wanted, unwanted;
    Fixture f;
    {
        Hold hold(f.store);
        std::vector<std::promise<void>> answers(3);
        for (std::size_t i = 0; i < 3; ++i)
            f.store.write<void>(
                [&, i, insert = f.insert("t" + std::to_string(i))](
                    store::WriteTx& tx) mutable -> Result<void> {
                    tx.afterCommit(i == 2 ? unwanted : wanted);
                    if (i == 2) return fail(ErrorKind::Conflict);
                    return insert(tx);
                },
                [&answers, i](Result<void>) { answers[i].set_value(); });
        hold.end();
        for (auto& answer : answers) answer.get_future().wait();
    }
    CHECK(wanted.calls == 1);
    CHECK(unwanted.calls == 0);
}

TEST_CASE("text with a NUL comes back whole, and NULL is told from empty") {
    Fixture f;
    const std::string name("a\0b", 3);
    REQUIRE(f.store.writeAndWait<void>(f.insert(name)));
    f.store.read([&](store::ReadTx& tx) {
        auto rows = tx.query("SELECT name, NULL, '' FROM teams");
        REQUIRE(rows.next());
        CHECK(rows.text(0) == name);
        CHECK_FALSE(rows.optionalText(1).has_value());
        CHECK(rows.optionalText(2) == std::string{});
    });
}

TEST_CASE("what was read while a change waited for its commit is out of date after it") {
    Fixture f;
    store::Revision revision;
    std::uint64_t during = 0;
    auto changed = f.store.writeAndWait<void>([&](store::WriteTx& tx) -> Result<void> {
        const auto before = revision.now();
        revision.changed(tx);
        during = revision.now();
        CHECK(during != before);  // the next unit of the group sees it
        return {};
    });
    REQUIRE(changed);
    CHECK(revision.now() != during);
}
