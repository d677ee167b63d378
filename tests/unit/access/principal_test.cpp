#include "access/principal.h"

#include "access_fixture.h"

using namespace trusthub;
using access::KeyType;
using access::Permission;
using people::Role;

TEST_CASE(
    "for a key of the organization what is not there, and what it may not see, is not found") {
    test::AccessHub hub;
    const auto caller = [&](const access::IssuedKey& key) {
        return hub.verifier.authenticate(key.raw.reveal(), hub.person).value();
    };
    const auto all = caller(hub.issue(hub.as(hub.admin), hub.wanted(KeyType::Admin)));
    CHECK(all.denial(Permission::KeysRead, true).kind == ErrorKind::NotFound);

    const auto boss = hub.user("boss", {{Role::SuperAdmin, "", {}}});
    const auto key = hub.issue(hub.as(boss), hub.wanted(KeyType::Admin));
    people::Users::Change demoted;
    demoted.roles = {{Role::TeamAdmin, hub.team("Red"), {}}};
    hub.run(hub.users.update(hub.person, boss.id, people::kPerson, demoted));
    const auto some = caller(key);
    CHECK(some.denial(Permission::KeysRead, true).kind == ErrorKind::NotFound);
    const auto changing = some.denial(Permission::KeysWrite, false);
    CHECK(changing.codeText() == "insufficient_scope");
    CHECK(changing.text().find("scope, org") == std::string::npos);
    CHECK(some.denial(Permission::UsersWrite, true).codeText() == "insufficient_scope");
}

TEST_CASE("for a key of a team what is outside its scope is refused alike, there or not") {
    test::AccessHub hub;
    auto wanted = hub.wanted(KeyType::Admin);
    wanted.scope = access::Scope::Team;
    wanted.teamId = hub.team("Red");
    const auto key = hub.issue(hub.as(hub.admin), wanted);
    const auto caller = hub.verifier.authenticate(key.raw.reveal(), hub.person).value();
    for (const bool reading : {true, false}) {
        const auto denial = caller.denial(Permission::KeysRead, reading);
        CHECK(denial.codeText() == "insufficient_scope");
        CHECK(denial.text().find("outside this key's scope, team") != std::string::npos);
    }
}
