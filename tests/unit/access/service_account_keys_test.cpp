#include "access_fixture.h"

using namespace trusthub;
using access::KeyType;
using people::Role;

namespace {

struct Accounts : test::AccessHub {
    std::string red = team("Red");
    std::string blue = team("Blue");
    people::User lead = user("lead", {{Role::TeamAdmin, red, {}}});
    people::User dev = user("dev", {{Role::Developer, red, {}}});

    people::User account(std::vector<people::RoleGrant> roles, const people::User& steward) {
        return run(users.create(person, {"",
                                         "robot",
                                         "",
                                         std::move(roles),
                                         std::string(people::kService),
                                         steward.id.text,
                                         {}}));
    }
    people::User account(std::vector<people::RoleGrant> roles) {
        return account(std::move(roles), admin);
    }
    access::NewKey forAccount(const people::User& account) {
        auto key = wanted();
        key.scope = access::Scope::Team;
        key.teamId = red;
        key.cutToIssuer = true;
        key.serviceAccountId = account.id.text;
        return key;
    }
    /// `issued`, or the code of the refusal and what it says.
    std::string tried(const access::Principal& by, access::NewKey key) {
        const auto result = store.writeAndWait<access::IssuedKey>(keys.issue(by, std::move(key)));
        if (result) return "issued";
        std::string said(result.error().codeText());
        for (const auto& field : result.error().fields) said += " " + field.pointer;
        return said;
    }
    std::string tried(const access::Principal& by, const people::User& account) {
        return tried(by, forAccount(account));
    }
    access::Principal caller(const access::IssuedKey& key) {
        auto principal = verifier.authenticate(key.raw.reveal(), person);
        REQUIRE(principal);
        return *std::move(principal);
    }
};

constexpr auto kNone = "invalid_input /service_account_id";

}  // namespace

TEST_CASE(
    "a team_admin issues keys for service accounts that lie within own teams, and no others") {
    Accounts hub;
    const auto lead = hub.as(hub.lead);
    CHECK(hub.tried(lead, hub.account({{Role::Developer, hub.red, {}}})) == "issued");
    CHECK(hub.tried(lead, hub.account({{Role::Developer, hub.blue, {}}})) == kNone);
    CHECK(hub.tried(lead, hub.account({{Role::Developer, hub.red, {}},
                                       {Role::Developer, hub.blue, {}}})) == kNone);
    CHECK(hub.tried(lead, hub.account({{Role::Auditor, "", {}}})) == kNone);
    CHECK(hub.tried(lead, hub.account({})) == kNone);
    auto unknown = hub.forAccount(hub.lead);
    unknown.serviceAccountId = hub.ids.next();
    CHECK(hub.tried(lead, unknown) == kNone);
    CHECK(hub.tried(hub.as(hub.dev), hub.account({{Role::Developer, hub.red, {}}})) == "forbidden");
}

TEST_CASE("a super_admin and the steward issue keys for a service account whatever its roles") {
    Accounts hub;
    const std::vector<people::RoleGrant> wide{{Role::Auditor, "", {}}};
    CHECK(hub.tried(hub.as(hub.admin), hub.account(wide)) == "issued");
    CHECK(hub.tried(hub.as(hub.lead), hub.account(wide, hub.lead)) == "issued");
}

TEST_CASE("who may see service accounts is told why no key is issued for one") {
    Accounts hub;
    const auto both = hub.user("both", {{Role::TeamAdmin, hub.red, {}}, {Role::Auditor, "", {}}});
    CHECK(hub.tried(hub.as(both), hub.account({{Role::Developer, hub.blue, {}}})) == "forbidden");
    auto unknown = hub.forAccount(hub.lead);
    unknown.serviceAccountId = hub.ids.next();
    CHECK(hub.tried(hub.as(both), unknown) == kNone);
}

TEST_CASE("a key of a team issues for service accounts of that team only, whoever it belongs to") {
    Accounts hub;
    auto own = hub.wanted(KeyType::Admin);
    own.scope = access::Scope::Team;
    own.teamId = hub.red;
    const auto ofAdmin = hub.caller(hub.issue(hub.as(hub.admin), own));
    CHECK(hub.tried(ofAdmin, hub.account({{Role::Developer, hub.red, {}}})) == "issued");
    const auto refused = hub.account({{Role::Developer, hub.blue, {}}});
    CHECK(hub.tried(ofAdmin, refused) == "insufficient_scope");
    auto unknown = hub.forAccount(hub.lead);
    unknown.serviceAccountId = hub.ids.next();
    const auto there = hub.refused(hub.keys.issue(ofAdmin, hub.forAccount(refused)));
    const auto nowhere = hub.refused(hub.keys.issue(ofAdmin, unknown));
    CHECK(there.text() == nowhere.text());
    CHECK(there.text().find("service account") != std::string::npos);

    // For the account that it belongs to, wherever that has roles.
    const auto robot =
        hub.account({{Role::TeamAdmin, hub.red, {}}, {Role::Developer, hub.blue, {}}});
    auto forRobot = own;
    forRobot.serviceAccountId = robot.id.text;
    forRobot.cutToIssuer = true;
    const auto ofRobot = hub.caller(hub.issue(hub.as(hub.admin), forRobot));
    CHECK(hub.tried(ofRobot, robot) == "issued");
}
