#include "people_fixture.h"

#include <algorithm>

using namespace trusthub;
using namespace trusthub::test;
using people::Role;

TEST_CASE("the roles and invitations that go with a team are written down one by one") {
    PeopleFixture f;
    const std::string payments = f.team("Payments");
    const std::string shipping = f.team("Shipping");
    const auto root = f.add("root", {{Role::SuperAdmin, "", {}}});
    const auto lead =
        f.add("lead", {{Role::TeamAdmin, payments, {}}, {Role::Developer, shipping, {}}});
    const auto dev = f.add("dev", {{Role::Developer, payments, {}}});
    const auto invited = f.write(f.invitations.create(
        f.actor, root.id, {"eve@example.com", "Eve", {{Role::Developer, payments, {}}}}));
    REQUIRE(invited);
    f.eventLog.types.clear();

    REQUIRE(f.write(f.teams.remove(f.actor, TeamId(payments))));

    std::vector<std::string> told;
    for (const auto& row : f.auditRows("update"))
        if (row.targetTable == "users") told.push_back(row.targetId);
    CHECK(told.size() == 2);
    for (const auto& user : {lead, dev}) CHECK(std::ranges::count(told, user.id.text) == 1);
    CHECK(std::ranges::count(f.eventLog.types, "user.updated") == 2);
    const auto withdrawn = f.auditRows("revoke");
    REQUIRE(withdrawn.size() == 1);
    CHECK(withdrawn[0].targetTable == "invitations");
    CHECK(withdrawn[0].targetId == invited->invitation.id);
    CHECK(f.auditRows("delete").size() == 1);
    const auto after = f.store.read(
        [&](store::ReadTx& tx) { return people::Users::find(tx, lead.id, f.clock.now()); });
    CHECK(after->roles == std::vector<people::RoleGrant>{{Role::Developer, shipping, {}}});
}
