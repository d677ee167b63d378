#include "people_fixture.h"

using namespace trusthub;
using namespace trusthub::test;
using people::Role;

namespace {

people::Users::New account(const std::string& steward) {
    people::Users::New wanted;
    wanted.kind = people::kService;
    wanted.name = "pipeline";
    wanted.stewardId = steward;
    return wanted;
}

}  // namespace

TEST_CASE("a service account needs an active person as its steward") {
    PeopleFixture f;
    const auto root = f.add("root", {{Role::SuperAdmin, "", {}}});
    const auto made = f.write(f.users.create(f.actor, account(root.id.text)));
    REQUIRE(made);
    CHECK(made->kind == people::kService);
    CHECK_FALSE(people::normaliseEmail(made->email));
    CHECK(boost::json::serialize(toJson(*made)).find(made->email) == std::string::npos);
    const auto off = f.add("off", {});
    REQUIRE(f.write(f.users.update(f.actor, off.id, people::kPerson, {{}, "disabled", {}, {}})));
    for (const std::string& steward : {std::string{}, off.id.text, made->id.text}) {
        const auto refused = f.write(f.users.create(f.actor, account(steward)));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().fields.front().pointer == "/steward_id");
    }
}

TEST_CASE("people and service accounts are two lists, and one is no other") {
    PeopleFixture f;
    const auto root = f.add("root", {{Role::SuperAdmin, "", {}}});
    const auto made = f.write(f.users.create(f.actor, account(root.id.text)));
    REQUIRE(made);
    f.store.read([&](store::ReadTx& tx) {
        CHECK(people::Users::count(tx, people::kPerson) == 1);
        CHECK(people::Users::count(tx, people::kService) == 1);
        const auto services = people::Users::list(tx, people::kService, "", 10, f.clock.now());
        REQUIRE(services.size() == 1);
        CHECK(services.front().id == made->id);
    });
    CHECK_FALSE(f.write(f.users.update(f.actor, made->id, people::kPerson, {"x", {}, {}, {}})));
    CHECK_FALSE(f.write(f.users.removeService(f.actor, root.id)));
    CHECK(f.write(f.users.removeService(f.actor, made->id)));
}

TEST_CASE("a role that has ended gives nothing at once") {
    PeopleFixture f;
    const auto until = f.clock.now() + std::chrono::hours{1};
    const auto user = f.add("ada", {{Role::Auditor, "", until}});
    const auto roles = [&] {
        return f.store.read([&](store::ReadTx& tx) {
            return people::Users::find(tx, user.id, f.clock.now())->roles;
        });
    };
    REQUIRE(roles().size() == 1);
    CHECK(roles().front().expiresAt == until);
    f.clock.advance(std::chrono::hours{1});
    CHECK(roles().empty());
}

TEST_CASE("a changed name stands in the audit log and in the event") {
    PeopleFixture f;
    const auto ada = f.add("ada", {{Role::SuperAdmin, "", {}}});
    REQUIRE(f.write(f.users.update(f.actor, ada.id, people::kPerson, {"Ada L.", {}, {}, {}})));
    const auto rows = f.auditRows("update");
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().details.find("Ada L.") != std::string::npos);
    CHECK(f.eventLog.types.back() == "user.updated");
}

TEST_CASE("teams that are made, renamed and removed emit events") {
    PeopleFixture f;
    const TeamId id(f.team("Red"));
    REQUIRE(f.write(f.teams.rename(f.actor, id, "Blue")));
    REQUIRE(f.write(f.teams.remove(f.actor, id)));
    CHECK(f.eventLog.types ==
          std::vector<std::string>{"team.created", "team.updated", "team.deleted"});
}
