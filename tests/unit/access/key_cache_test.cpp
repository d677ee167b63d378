#include "access/key_cache.h"

#include "access/api_key_format.h"
#include "access_fixture.h"

#include <future>

using namespace trusthub;
using access::KeyRefusal;

namespace {

access::KeyRecord record(std::string name) {
    access::KeyRecord made;
    made.view.name = std::move(name);
    return made;
}

/// A look-up that meets a change at a chosen moment: the verifier's steps, one by one.
struct SlowReader {
    test::Access& hub;
    const access::IssuedKey& key;
    std::uint64_t revision = 0;
    std::optional<access::KeyRecord> read;

    void note() { revision = hub.rights.now(); }
    void readRow() {
        read = hub.store.read([&](store::ReadTx& tx) {
            return access::readRecord(tx, key.key.view.prefix,
                                      [&](store::ReadTx& inner, const UserId& id) {
                                          return access::findOwner(inner, id, hub.clock.now());
                                      });
        });
    }
    void keep() {
        const auto number = access::prefixNumber(key.key.view.prefix, "tos");
        hub.verifier.cache().keep(*number, revision, *read);
    }
};

}  // namespace

TEST_CASE("a record is found under the revision at which it was read and no other") {
    access::KeyCache cache;
    cache.keep(7, 3, record("three"));
    CHECK(cache.find(7, 3)->view.name == "three");
    CHECK_FALSE(cache.find(7, 4));
    CHECK_FALSE(cache.find(8, 3));
}

TEST_CASE("a slow reader does not bring an older record back") {
    access::KeyCache cache;
    cache.keep(7, 4, record("new"));
    cache.keep(7, 3, record("old"));
    CHECK(cache.find(7, 4)->view.name == "new");
}

TEST_CASE("the cache is bounded, and what is asked for stays") {
    access::KeyCache cache(64 * 8);
    cache.keep(0, 1, record("asked for"));
    for (std::uint32_t i = 1; i < 100'000; ++i) {
        cache.keep(i, 1, record(""));
        REQUIRE(cache.find(0, 1));
    }
    CHECK(cache.size() <= 64 * 8);
    CHECK_FALSE(cache.find(1, 1));
}

TEST_CASE("a known key passes without SQL, and not once it is revoked") {
    test::AccessHub hub;
    const auto key = hub.issue(hub.as(hub.admin), hub.wanted());
    CHECK(hub.refusal(key) == KeyRefusal::None);
    const auto known = hub.verifier.judge(key.raw.reveal(), "192.0.2.1").record;
    CHECK(hub.verifier.judge(key.raw.reveal(), "192.0.2.1").record == known);
    hub.run(hub.keys.revoke(hub.as(hub.admin), key.key));
    CHECK(hub.refusal(key) == KeyRefusal::Revoked);
}

TEST_CASE("a record that was read before a revocation is not used after it, however the two meet") {
    test::AccessHub hub;
    const auto key = hub.issue(hub.as(hub.admin), hub.wanted());
    SlowReader slow{hub, key, 0, {}};
    const auto revoke = [&] { hub.run(hub.keys.revoke(hub.as(hub.admin), key.key)); };

    SECTION("noted and read before, kept after") {
        slow.note();
        slow.readRow();
        revoke();
        slow.keep();
    }
    SECTION("noted before, read and kept after") {
        slow.note();
        revoke();
        slow.readRow();
        slow.keep();
    }
    SECTION("noted, read and kept inside the unit that revokes, before its commit") {
        auto unit = hub.keys.revoke(hub.as(hub.admin), key.key);
        hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
            auto done = unit(tx);
            // Another thread sees the number that the change has left, and the state before it.
            std::async(std::launch::async, [&] {
                slow.note();
                slow.readRow();
                slow.keep();
            }).get();
            CHECK_FALSE(slow.read->revokedAt);
            return done;
        });
    }
    SECTION("a second reader has kept the new state already") {
        slow.note();
        slow.readRow();
        revoke();
        CHECK(hub.refusal(key) == KeyRefusal::Revoked);
        slow.keep();
    }
    CHECK(hub.refusal(key) == KeyRefusal::Revoked);
}

TEST_CASE("a revocation that is rolled back leaves the key in force") {
    test::AccessHub hub;
    const auto key = hub.issue(hub.as(hub.admin), hub.wanted());
    CHECK(hub.refusal(key) == KeyRefusal::None);
    auto unit = hub.keys.revoke(hub.as(hub.admin), key.key);
    (void)hub.refused<void>([&](store::WriteTx& tx) -> Result<void> {
        auto done = unit(tx);
        REQUIRE(done);
        return fail(ErrorKind::Cancelled);
    });
    CHECK(hub.refusal(key) == KeyRefusal::None);
}

TEST_CASE("ends of keys and of roles are judged when they are used") {
    test::AccessHub hub;
    const TimePoint soon = hub.clock.now() + std::chrono::hours(1);
    const auto team = hub.team("Payments");
    const auto dev = hub.user("dev", {{people::Role::TeamAdmin, team, soon}});
    auto wanted = hub.wanted();
    wanted.scope = access::Scope::Team;
    wanted.teamId = team;
    wanted.permissions.reset().set(access::bit(access::Permission::ScansRead));
    const auto byRole = hub.issue(hub.as(dev), wanted);
    wanted.expiresAt = soon;
    const auto ending = hub.issue(hub.as(hub.admin), wanted);

    const auto mayRead = [&](const access::IssuedKey& key) {
        const auto caller = hub.verifier.authenticate(key.raw.reveal(), hub.person);
        return caller && caller->may(access::Permission::ScansRead, {team, {}});
    };
    CHECK(mayRead(byRole));
    CHECK(mayRead(ending));
    hub.clock.advance(std::chrono::hours(1));
    CHECK_FALSE(mayRead(byRole));
    CHECK(hub.refusal(byRole) == KeyRefusal::None);
    CHECK(hub.refusal(ending) == KeyRefusal::Expired);
}

TEST_CASE("another process's change is noticed within the time that it waits for") {
    test::AccessHub hub;
    test::Access host(hub.TempFolder::path);  // the command line on the same folder
    const auto key = hub.issue(hub.as(hub.admin), hub.wanted());
    CHECK(hub.refusal(key) == KeyRefusal::None);
    host.run(host.keys.revoke(host.as(hub.admin), key.key));
    hub.clock.advance(people::Rights::kNoticedWithin);
    CHECK(hub.refusal(key) == KeyRefusal::Revoked);

    auto unit = host.keys.import(host.as(hub.admin), host.wanted(),
                                 SecretString("tos_a1b2c3d4_eaff8b91d36c5e0a2f1c4d7e8a9b0c2d"));
    REQUIRE(unit);
    const auto imported = host.run(*std::move(unit));
    hub.clock.advance(people::Rights::kNoticedWithin);
    CHECK(hub.refusal(imported) == KeyRefusal::None);
}
