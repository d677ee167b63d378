#include "access/confirm.h"
#include "access/key_record.h"
#include "access_fixture.h"

using namespace trusthub;
using access::KeyRefusal;
using access::KeyType;
using access::Permission;

namespace {

/// A person's key issues one for a service account that has the person's rights and more.
struct Chain : test::AccessHub {
    people::User boss = user("boss", {{people::Role::SuperAdmin, "", {}}});
    people::User robot = run(users.create(person, {"",
                                                   "robot",
                                                   "",
                                                   {{people::Role::SuperAdmin, "", {}}},
                                                   std::string(people::kService),
                                                   admin.id.text,
                                                   {}}));
    access::IssuedKey parent = issue(as(boss), wanted(KeyType::Admin));
    access::IssuedKey child = issue(caller(parent), forRobot());
    access::IssuedKey grandchild = issue(caller(child), forRobot());

    access::NewKey forRobot() {
        auto key = wanted(KeyType::Admin);
        key.serviceAccountId = robot.id.text;
        return key;
    }
    access::Principal caller(const access::IssuedKey& key) {
        auto principal = verifier.authenticate(key.raw.reveal(), person);
        REQUIRE(principal);
        return *std::move(principal);
    }
    void change(const people::User& user, people::Users::Change what) {
        (void)run(users.update(person, user.id, user.kind, std::move(what)));
    }
    void setRoles(const people::User& user, std::vector<people::RoleGrant> roles) {
        people::Users::Change what;
        what.roles = std::move(roles);
        change(user, std::move(what));
    }
};

}  // namespace

TEST_CASE("what a key has issued for a service account ends with the owner of the issuing key") {
    Chain hub;
    CHECK(hub.child.key.ownedBy == hub.robot.id.text);
    CHECK(hub.refusal(hub.grandchild) == KeyRefusal::None);  // and is remembered
    people::Users::Change disabled;
    disabled.status = "disabled";
    hub.change(hub.boss, disabled);
    CHECK(hub.refusal(hub.child) == KeyRefusal::IssuerDisabled);
    CHECK(hub.refusal(hub.grandchild) == KeyRefusal::IssuerDisabled);
    disabled.status = "active";
    hub.change(hub.boss, disabled);
    CHECK(hub.refusal(hub.grandchild) == KeyRefusal::None);
}

TEST_CASE("what a key has issued for a service account has no right that an issuer lost") {
    Chain hub;
    const auto team = hub.team("Payments");
    const access::Place there{team, {}};
    const access::Place elsewhere{"another team", {}};
    CHECK(hub.caller(hub.grandchild).may(Permission::EndpointsWrite, elsewhere));
    CHECK(hub.caller(hub.grandchild).hasRole(people::Role::SuperAdmin));
    hub.setRoles(hub.boss, {{people::Role::TeamAdmin, team, {}}});
    for (const auto* key : {&hub.child, &hub.grandchild}) {
        const auto caller = hub.caller(*key);
        CHECK(caller.may(Permission::EndpointsWrite, there));
        CHECK_FALSE(caller.may(Permission::EndpointsWrite, elsewhere));
        CHECK_FALSE(caller.may(Permission::EndpointsWrite, {}));
        CHECK(caller.teams(Permission::EndpointsWrite) == std::vector<std::string>{team});
        CHECK_FALSE(caller.hasRole(people::Role::SuperAdmin));
        CHECK(caller.holds(Permission::EndpointsWrite));
    }
    hub.setRoles(hub.boss, {{people::Role::Auditor, "", {}}});
    const auto caller = hub.caller(hub.grandchild);
    CHECK_FALSE(caller.holds(Permission::EndpointsWrite));
    CHECK_FALSE(caller.effective().test(access::bit(Permission::EndpointsWrite)));
    CHECK(caller.teams(Permission::EndpointsWrite) == std::vector<std::string>{});
    CHECK(caller.may(Permission::EndpointsRead, there));
}

TEST_CASE("a role of an issuer that ends takes its rights from what was issued, without a change") {
    Chain hub;
    const TimePoint end = hub.clock.now() + std::chrono::hours(1);
    hub.setRoles(hub.boss, {{people::Role::SuperAdmin, "", end}});
    CHECK(hub.caller(hub.grandchild).may(Permission::EndpointsWrite, {}));
    hub.clock.advance(std::chrono::hours(1));
    CHECK_FALSE(hub.caller(hub.grandchild).may(Permission::EndpointsWrite, {}));
}

TEST_CASE("a commit in the name of a key is refused when an issuer changed since the call began") {
    Chain hub;
    const auto caller = hub.caller(hub.grandchild);
    const auto confirmed = [&] {
        return hub.store.read(
            [&](store::ReadTx& tx) { return access::confirm(tx, caller, hub.clock.now()); });
    };
    CHECK(confirmed());
    hub.setRoles(hub.boss, {{people::Role::Auditor, "", {}}});
    const auto demoted = confirmed();
    REQUIRE_FALSE(demoted);
    CHECK(demoted.error().codeText() == "rights_changed");
    people::Users::Change disabled;
    disabled.status = "disabled";
    hub.change(hub.boss, disabled);
    CHECK(confirmed().error().kind == ErrorKind::Unauthenticated);
}

TEST_CASE("rights that owner and issuer have in different teams only are nobody's") {
    Chain hub;
    const auto red = hub.team("Red");
    const auto blue = hub.team("Blue");
    const auto key = [&] {
        return hub.store.read(
            [&](store::ReadTx& tx) { return *access::ApiKeys::find(tx, hub.child.key.view.id); });
    };
    const auto standing = [&] {
        return hub.store.read([&](store::ReadTx& tx) {
            return std::string(access::standing(tx, key(), hub.clock.now()));
        });
    };
    hub.setRoles(hub.robot, {{people::Role::TeamAdmin, red, {}}});
    hub.setRoles(hub.boss, {{people::Role::TeamAdmin, blue, {}}});
    CHECK(hub.caller(hub.child).effective().none());
    CHECK_FALSE(hub.caller(hub.child).holds(Permission::EndpointsRead));
    CHECK(standing() == "without_rights");

    // What they share in one team, and no more.
    hub.setRoles(hub.boss, {{people::Role::TeamAdmin, blue, {}},
                            {people::Role::AccountManager, red, {}},
                            {people::Role::Auditor, "", {}}});
    const auto caller = hub.caller(hub.child);
    const auto effective = caller.effective();
    CHECK(effective.test(access::bit(Permission::EndpointsTest)));
    CHECK_FALSE(effective.test(access::bit(Permission::EndpointsWrite)));
    for (std::size_t i = 0; i < effective.size(); ++i) {
        const auto permission = static_cast<Permission>(i);
        const bool somewhere = caller.may(permission, {}) || caller.may(permission, {red, {}}) ||
                               caller.may(permission, {blue, {}});
        CHECK(effective.test(i) == somewhere);
        CHECK(caller.holds(permission) == somewhere);
    }
    CHECK(standing() == "active");
}
