#include "access/key_rotation.h"

#include "access/key_lineage_repo.h"
#include "access/key_usage_repo.h"
#include "keys_fixture.h"

using namespace trusthub;
using namespace trusthub::access;
using std::chrono::days;
using std::chrono::hours;
using test::KeysFixture;
using test::textOf;

TEST_CASE("both keys work during the overlap, and the old one stops when it is over") {
    KeysFixture hub;
    const auto old = hub.issue(hub.admin());
    const auto rotated = hub.rotate(old.key.view.id, 24);
    CHECK(rotated.previousValidUntil == hub.clock.now() + hours(24));
    CHECK(rotated.key.supersedes == old.key.view.id);
    CHECK(hub.key(old.key.view.id).supersededBy == rotated.key.view.id);
    CHECK(hub.works(old.raw));
    CHECK(hub.works(rotated.raw));
    hub.clock.advance(hours(24) - Milliseconds(1));
    CHECK(hub.works(old.raw));
    hub.clock.advance(Milliseconds(1));
    CHECK_FALSE(hub.works(old.raw));
    CHECK(hub.works(rotated.raw));
}

TEST_CASE(
    "a rotation writes its audit row and its event, which names the successor without its secret") {
    KeysFixture hub;
    const auto old = hub.issue(hub.admin());
    const auto before = hub.rights.now();
    const auto rotated = hub.rotate(old.key.view.id);
    CHECK(hub.rights.now() > before);
    CHECK(hub.number("SELECT count(*) FROM audit_log WHERE target_table = 'api_keys' AND action = "
                     "'rotate'") == 1);
    const auto events = hub.eventsOf("api_key.rotated");
    REQUIRE(events.size() == 1);
    CHECK(textOf(events[0], "id") == rotated.key.view.id.text);
    CHECK(textOf(events[0], "supersedes") == old.key.view.id.text);
    CHECK(textOf(events[0], "previous_valid_until") == formatTime(rotated.previousValidUntil));
    CHECK(boost::json::serialize(events[0]).find(rotated.raw.reveal()) == std::string::npos);
}

TEST_CASE("without an overlap the old key stops at once") {
    KeysFixture hub;
    const auto old = hub.issue(hub.admin());
    const auto rotated = hub.rotate(old.key.view.id, 0);
    CHECK_FALSE(hub.works(old.raw));
    CHECK(hub.works(rotated.raw));
}

TEST_CASE("a rotation never extends expiry") {
    KeysFixture hub;
    const auto old = hub.issue(hub.admin(), 10);
    const TimePoint end = *old.key.view.expiresAt;
    const auto rotated = hub.rotate(old.key.view.id, 720);
    CHECK(rotated.previousValidUntil == end);
    CHECK(rotated.key.view.expiresAt == end);
    hub.clock.advance(days(10));
    CHECK_FALSE(hub.works(old.raw));
    CHECK_FALSE(hub.works(rotated.raw));
}

TEST_CASE("the overlap can be ended early, by either key's id and more than once") {
    KeysFixture hub;
    const auto old = hub.issue(hub.admin());
    const auto end = [&](const ApiKeyId& id) {
        return hub.run(hub.rotation.endOverlap(hub.admin(), id));
    };
    const auto none = end(old.key.view.id);
    REQUIRE_FALSE(none);
    CHECK(none.error().code == "not_rotated");
    const auto rotated = hub.rotate(old.key.view.id);
    SECTION("the old key's") {
        REQUIRE(end(old.key.view.id));
    }
    SECTION("the successor's") {
        REQUIRE(end(rotated.key.view.id));
    }
    CHECK_FALSE(hub.works(old.raw));
    CHECK(hub.works(rotated.raw));
    REQUIRE(end(old.key.view.id));
    CHECK(hub.eventsOf("api_key.overlap_ended").size() == 1);
}

TEST_CASE("a key is rotated once, and its successor only after the overlap") {
    KeysFixture hub;
    const auto old = hub.issue(hub.admin());
    const auto rotated = hub.rotate(old.key.view.id);
    const auto again = hub.run(hub.rotation.rotate(hub.admin(), old.key.view.id, hours(1)));
    REQUIRE_FALSE(again);
    CHECK(again.error().code == "already_rotated");
    CHECK(std::string(again.error().text()).find(rotated.key.view.id.text) != std::string::npos);
    CHECK(hub.refusal(hub.admin(), rotated.key.view.id) == "rotation_in_progress");
    REQUIRE(hub.run(hub.rotation.endOverlap(hub.admin(), old.key.view.id)));
    CHECK(hub.refusal(hub.admin(), rotated.key.view.id) == "none");
    const auto family = hub.store.read(
        [&](store::ReadTx& tx) { return key_lineage_repo::family(tx, rotated.key.view.id, 10); });
    REQUIRE(family.size() == 3);
    CHECK(family.back().id == old.key.view.id);
}

TEST_CASE("a key that was revoked or has expired is not rotated") {
    KeysFixture hub;
    const auto revoked = hub.issue(hub.admin());
    REQUIRE(hub.run(hub.keys.revoke(hub.admin(), revoked.key)));
    CHECK(hub.refusal(hub.admin(), revoked.key.view.id) == "key_ended");
    const auto expired = hub.issue(hub.admin(), 1);
    hub.clock.advance(days(1));
    CHECK(hub.refusal(hub.admin(), expired.key.view.id) == "key_ended");
}

TEST_CASE("what a key has issued lives on with its successor and dies with it") {
    KeysFixture hub;
    const auto old = hub.issue(hub.admin(), 100);
    const auto child = hub.issue(hub.caller(old.key));
    const auto rotated = hub.rotate(old.key.view.id, 1);
    CHECK(hub.key(child.key.view.id).issuedByKey == rotated.key.view.id);
    CHECK(*child.key.view.expiresAt <= *rotated.key.view.expiresAt);
    hub.clock.advance(hours(2));
    CHECK_FALSE(hub.works(old.raw));
    CHECK(hub.works(child.raw));
    REQUIRE(hub.run(hub.keys.revoke(hub.admin(), rotated.key)));
    CHECK_FALSE(hub.works(child.raw));
}

TEST_CASE("rotations follow one another for ever") {
    KeysFixture hub;
    const auto first = hub.issue(hub.admin());
    const auto child = hub.issue(hub.caller(first.key));
    ApiKeyId id = first.key.view.id;
    for (int generation = 2; generation <= 40; ++generation) {
        CAPTURE(generation);
        const auto rotated = hub.rotate(id, 0);
        CHECK(hub.works(rotated.raw));
        CHECK(hub.works(child.raw));
        id = rotated.key.view.id;
    }
}

TEST_CASE("keys issue keys up to a bound, where the next one is refused and none is made dead") {
    KeysFixture hub;
    auto key = hub.issue(hub.admin());
    for (int generation = 1; generation <= 16; ++generation) {
        CAPTURE(generation);
        key = hub.issue(hub.caller(key.key));
        CHECK(hub.works(key.raw));
    }
    const auto keys = hub.number("SELECT count(*) FROM api_keys");
    ApiKeys::New wanted;
    wanted.name = "one too many";
    wanted.scope = Scope::Team;
    wanted.teamId = "t1";
    const auto refused = hub.run(hub.keys.issue(hub.caller(key.key), wanted));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().codeText() == "issuing_chain_full");
    CHECK(hub.number("SELECT count(*) FROM api_keys") == keys);
    // A rotation is no further generation.
    CHECK(hub.refusal(hub.caller(key.key), key.key.view.id) == "none");
}

TEST_CASE("who could neither revoke nor issue a key does not rotate it") {
    KeysFixture hub;
    const auto key = hub.issue(hub.admin());
    CHECK(hub.refusal(hub.person("dev", people::Role::Developer, "t1"), key.key.view.id) ==
          "forbidden");
    CHECK(hub.refusal(hub.person("eve", people::Role::TeamAdmin, "t2"), key.key.view.id) ==
          "not_found");
    CHECK(hub.refusal(hub.person("tess", people::Role::TeamAdmin, "t1"), key.key.view.id) ==
          "none");
}

TEST_CASE("nobody is handed permissions that are not theirs by a rotation") {
    KeysFixture hub;
    ApiKeys::New wanted;
    wanted.name = "wide";
    wanted.type = KeyType::Admin;
    wanted.scope = Scope::Team;
    wanted.teamId = "t1";
    wanted.permissions.set(bit(Permission::UsersWrite));
    const auto key = hub.run(hub.keys.issue(hub.admin(), wanted));
    REQUIRE(key);
    CHECK(hub.refusal(hub.person("tess", people::Role::TeamAdmin, "t1"), key->key.view.id) ==
          "forbidden");
}

TEST_CASE("a key rotates itself and what it has issued, no other key") {
    KeysFixture hub;
    const auto key = hub.issue(hub.admin(), 10);
    const auto child = hub.issue(hub.caller(key.key));
    const auto other = hub.issue(hub.admin());
    CHECK(hub.refusal(hub.caller(key.key), other.key.view.id) == "insufficient_scope");
    CHECK(hub.refusal(hub.caller(child.key), key.key.view.id) == "insufficient_scope");
    CHECK(hub.refusal(hub.caller(key.key), child.key.view.id) == "none");
    CHECK(hub.refusal(hub.caller(key.key), key.key.view.id) == "none");
}

TEST_CASE("a successor has every setting of its predecessor") {
    // What belongs to one row: secret, ends, use and lineage. Every other column is a setting.
    const std::set<std::string> own{"id",
                                    "key_prefix",
                                    "key_hmac",
                                    "pepper_version",
                                    "created_at",
                                    "revoked_at",
                                    "family_id",
                                    "last_used_at",
                                    "last_used_ip",
                                    "supersedes",
                                    "superseded_by",
                                    "imported",
                                    "last_used_agent"};
    KeysFixture hub;
    const auto key = hub.issue(hub.admin());
    std::vector<std::string> settings;
    hub.store.read([&](store::ReadTx& tx) {
        for (auto rows = tx.query("SELECT name FROM pragma_table_info('api_keys')"); rows.next();)
            if (!own.contains(rows.text(0))) settings.push_back(rows.text(0));
    });
    REQUIRE(settings.size() >= 10);
    for (std::size_t i = 0; i < settings.size(); ++i)
        hub.sql("UPDATE api_keys SET " + settings[i] + " = " + std::to_string(100 + i));
    const ApiKeyId id(std::string("copy"));
    REQUIRE(hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
        REQUIRE(key_lineage_repo::copy(tx, key.key.view.id, {id, "tos_x", "h", 1, {}}));
        return {};
    }));
    for (std::size_t i = 0; i < settings.size(); ++i) {
        INFO(settings[i]);
        CHECK(hub.number("SELECT CAST(" + settings[i] + " AS INTEGER) FROM api_keys WHERE id = " +
                         "'copy'") == static_cast<std::int64_t>(100 + i));
    }
}

TEST_CASE("the report tells who still uses the old key") {
    KeysFixture hub;
    const auto old = hub.issue(hub.admin());
    const auto rotated = hub.rotate(old.key.view.id);
    REQUIRE(hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
        access::key_usage_repo::add(tx, {{old.key.view.id.text,
                                          "2026-01-15",
                                          "GET /v1/me",
                                          "192.0.2.77",
                                          "curl",
                                          {3, 0, 0, hub.clock.now()}}});
        return {};
    }));
    const auto report = hub.store.read(
        [&](store::ReadTx& tx) { return hub.rotation.report(tx, hub.key(rotated.key.view.id)); });
    CHECK(textOf(report, "old_key_id") == old.key.view.id.text);
    CHECK(textOf(report, "previous_valid_until") == formatTime(rotated.previousValidUntil));
    REQUIRE(report.at("old_key_uses").as_array().size() == 1);
    CHECK(textOf(report.at("old_key_uses").at(0), "ip") == "192.0.2.77");
    CHECK(report.at("family").as_array().size() == 2);
}
