#include "access/key_bounds.h"

#include "access_fixture.h"

using namespace trusthub;
using access::KeyChange;
using access::KeyType;
using access::Permission;
using access::RateLimit;

namespace {

access::AddressList listOf(const std::vector<std::string>& texts) {
    return access::AddressList::parse(texts).value();
}

access::PermissionSet setOf(std::initializer_list<Permission> permissions) {
    access::PermissionSet set;
    for (const Permission permission : permissions) set.set(access::bit(permission));
    return set;
}

}  // namespace

TEST_CASE("a key is narrowed member by member, and what is wider is refused by name") {
    const base::ManualClock clock;
    const TimePoint now = clock.now();
    const TimePoint end = now + std::chrono::days(30);
    access::KeyView key;
    key.name = "ci";
    key.type = KeyType::ReadWrite;
    key.permissions = setOf({Permission::ScansRead, Permission::ScansTrigger});
    key.expiresAt = end;
    key.allowedIps = listOf({"10.0.0.0/8"});
    key.rateLimit = RateLimit{100, 60, 20};
    const access::KeyView before = key;

    const auto wider = [&](const KeyChange& change, const char* pointer) {
        const auto refused = access::narrow(key, change, now);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().codeText() == "would_widen");
        CHECK(refused.error().fields.front().pointer == pointer);
        CHECK(key.permissions == before.permissions);
        CHECK(key.name == before.name);
    };
    KeyChange change;
    change.name = "renamed";
    SECTION("type") {
        change.type = KeyType::Admin;
        wider(change, "/type");
        change.type = KeyType::Webhook;
        wider(change, "/type");
        change.type = KeyType::ReadOnly;
        CHECK(access::narrow(key, change, now));
        CHECK(key.permissions == setOf({Permission::ScansRead}));
    }
    SECTION("permissions") {
        change.permissions = setOf({Permission::ScansRead, Permission::EventsRead});
        wider(change, "/permissions");
        change.permissions = setOf({Permission::ScansTrigger});
        CHECK(access::narrow(key, change, now));
    }
    SECTION("end") {
        change.expiresAt = end + Milliseconds{1};
        wider(change, "/expires_at");
        change.expiresAt = now;
        CHECK_FALSE(access::narrow(key, change, now));
        change.expiresAt = end - std::chrono::days(1);
        CHECK(access::narrow(key, change, now));
    }
    SECTION("null") {
        for (const char* member :
             {"permissions", "expires_at", "expires_in_days", "allowed_ips", "rate_limit"}) {
            KeyChange lifting;
            lifting.lifted = {member};
            wider(lifting, (std::string("/") + member).c_str());
        }
        key.permissions = access::ceiling(key.type);
        key.expiresAt.reset();
        key.allowedIps = {};
        key.rateLimit.reset();
        KeyChange nothing;
        nothing.lifted = {"permissions", "expires_at", "allowed_ips", "rate_limit"};
        const auto changed = access::narrow(key, nothing, now);
        REQUIRE(changed);
        CHECK(changed->empty());
    }
    SECTION("addresses") {
        change.allowedIps = listOf({"10.1.0.0/16", "192.0.2.1"});
        wider(change, "/allowed_ips");
        change.allowedIps = access::AddressList{};
        wider(change, "/allowed_ips");
        change.allowedIps = listOf({"10.1.0.0/16"});
        CHECK(access::narrow(key, change, now));
    }
    SECTION("rate") {
        change.rateLimit = RateLimit{100, 59, 20};
        wider(change, "/rate_limit");
        change.rateLimit = RateLimit{1, 60, 21};
        wider(change, "/rate_limit");
        change.rateLimit = RateLimit{200, 120, 20};
        CHECK(access::narrow(key, change, now));
    }
    SECTION("a first restriction, and nothing at all") {
        key.allowedIps = {};
        key.rateLimit.reset();
        key.expiresAt.reset();
        change.allowedIps = listOf({"10.0.0.0/8"});
        change.rateLimit = RateLimit{100, 60, 20};
        change.expiresAt = end;
        CHECK(*access::narrow(key, change, now) ==
              std::vector<std::string>{"name", "expires_at", "allowed_ips", "rate_limit"});
        CHECK(access::narrow(key, change, now)->empty());
    }
}

TEST_CASE("a key that a key issues is as restricted as it, and follows its narrowing") {
    test::AccessHub hub;
    auto wanted = hub.wanted(KeyType::Admin);
    wanted.permissions.reset(access::bit(Permission::UsersWrite));
    wanted.allowedIps = listOf({"192.0.2.0/24"});
    wanted.rateLimit = RateLimit{100, 60, 20};
    wanted.expiresAt = hub.clock.now() + std::chrono::days(1);
    const auto parent = hub.issue(hub.as(hub.admin), wanted);
    const auto caller = hub.verifier.authenticate(parent.raw.reveal(), hub.person);
    REQUIRE(caller);

    auto child = hub.wanted(KeyType::ReadWrite);
    const auto made = hub.issue(*caller, child);
    CHECK(made.key.view.allowedIps == wanted.allowedIps);
    CHECK(made.key.view.rateLimit == wanted.rateLimit);
    CHECK(made.key.view.expiresAt == wanted.expiresAt);
    CHECK(hub.refusal(made, "192.0.2.9") == access::KeyRefusal::None);
    CHECK(hub.refusal(made, "198.51.100.1") == access::KeyRefusal::AddressNotAllowed);

    auto wide = child;
    wide.allowedIps = listOf({"192.0.2.0/23"});
    CHECK(hub.refused(hub.keys.issue(*caller, wide)).kind == ErrorKind::Forbidden);
    wide = child;
    wide.rateLimit = RateLimit{101, 60, 20};
    CHECK(hub.refused(hub.keys.issue(*caller, wide)).kind == ErrorKind::Forbidden);
    CHECK(hub.refused(hub.keys.issue(*caller, hub.wanted(KeyType::Admin))).kind ==
          ErrorKind::Forbidden);
    CHECK(hub.refused(hub.keys.issue(*caller, hub.wanted(KeyType::Webhook))).kind ==
          ErrorKind::Forbidden);

    KeyChange change;
    change.allowedIps = listOf({"192.0.2.1"});
    change.permissions = setOf({Permission::ScansRead});
    (void)hub.run(hub.keys.change(hub.as(hub.admin), parent.key, change));
    CHECK(hub.refusal(made, "192.0.2.9") == access::KeyRefusal::AddressNotAllowed);
    const auto weaker = hub.verifier.authenticate(made.raw.reveal(), hub.person);
    REQUIRE(weaker);
    CHECK(weaker->key()->permissions == setOf({Permission::ScansRead}));
    hub.clock.advance(std::chrono::days(1));
    CHECK(hub.refusal(made, "192.0.2.1") == access::KeyRefusal::Expired);
}

TEST_CASE("the organization's longest life of a key is named to whoever asks for more") {
    test::AccessHub hub({30});
    auto wanted = hub.wanted();
    const auto refused = [&] {
        const Error error = hub.refused(hub.keys.issue(hub.as(hub.admin), wanted));
        CHECK(error.kind == ErrorKind::InvalidInput);
        CHECK(error.fields.front().detail.find("30 days") != std::string::npos);
    };
    refused();
    wanted.expiresAt = hub.clock.now() + std::chrono::days(30) + Milliseconds{1};
    refused();
    wanted.expiresAt = hub.clock.now() + std::chrono::days(30);
    (void)hub.issue(hub.as(hub.admin), wanted);
}

TEST_CASE("a service account's key has its rights, needs a steward to be made, and no more after") {
    test::AccessHub hub;
    const auto team = hub.team("Payments");
    const auto steward = hub.user("steward", {{people::Role::Developer, team, {}}});
    const auto account = hub.user("robot", {{people::Role::Developer, team, {}}});
    hub.run<void>([&](store::WriteTx& tx) -> Result<void> {
        tx.execute("UPDATE users SET kind = 'service', steward_id = $1 WHERE id = $2", steward.id,
                   account.id);
        return {};
    });
    auto wanted = hub.wanted();
    wanted.scope = access::Scope::Team;
    wanted.teamId = team;
    wanted.serviceAccountId = account.id.text;
    wanted.permissions = setOf({Permission::EndpointsWrite});
    CHECK(hub.refused(hub.keys.issue(hub.as(hub.admin), wanted)).kind == ErrorKind::Forbidden);
    wanted.permissions = setOf({Permission::ScansTrigger});
    const auto key = hub.issue(hub.as(hub.admin), wanted);
    CHECK(key.key.ownedBy == account.id.text);
    CHECK(key.key.createdBy == hub.admin.id.text);
    // A developer issues no key of scope team, its own account or not.
    CHECK(hub.refused(hub.keys.issue(hub.as(steward), wanted)).kind == ErrorKind::Forbidden);

    people::Users::Change off;
    off.status = "disabled";
    (void)hub.run(hub.users.update(hub.person, steward.id, people::kPerson, off));
    CHECK(hub.refusal(key) == access::KeyRefusal::None);
    CHECK(hub.refused(hub.keys.issue(hub.as(hub.admin), wanted)).codeText() == "no_steward");
    (void)hub.run(hub.users.update(hub.person, account.id, people::kService, off));
    CHECK(hub.refusal(key) == access::KeyRefusal::IssuerDisabled);
}
