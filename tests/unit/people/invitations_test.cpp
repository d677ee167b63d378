#include "invitation_fixture.h"

using namespace trusthub;
using namespace trusthub::test;
using people::Role;

TEST_CASE("an invitation serves once and makes the user that it announced") {
    InvitationFixture f;
    const auto sent = f.invite(f.root, {{Role::Developer, f.payments, {}}});
    REQUIRE(sent);
    CHECK(f.eventLog.types.back() == "user.invited");
    const auto user = f.accept(*sent);
    REQUIRE(user);
    CHECK(user->id == sent->invitation.userId);
    CHECK(user->email == "eve@example.com");
    CHECK(user->roles == std::vector<people::RoleGrant>{{Role::Developer, f.payments, {}}});
    CHECK(f.eventLog.types.back() == "user.created");
    CHECK(gone(f.accept(*sent)));
}

TEST_CASE("an invitation ends after 72 hours, and another can be made then") {
    InvitationFixture f;
    const auto sent = f.invite(f.root, {});
    REQUIRE(sent);
    const auto again = f.invite(f.root, {});
    REQUIRE_FALSE(again);
    CHECK(again.error().code == "invitation_pending");
    f.clock.advance(std::chrono::hours{72});
    CHECK(gone(f.accept(*sent)));
    const auto next = f.invite(f.root, {});
    REQUIRE(next);
    CHECK(f.accept(*next));
}

TEST_CASE("a resent link replaces the old one") {
    InvitationFixture f;
    const auto sent = f.invite(f.root, {});
    REQUIRE(sent);
    f.clock.advance(std::chrono::hours{80});
    const auto resent = f.write(f.invitations.resend(f.actor, f.root.id, sent->invitation.id));
    REQUIRE(resent);
    CHECK(gone(f.accept(*sent)));
    CHECK(f.accept(*resent));
    const auto late = f.write(f.invitations.resend(f.actor, f.root.id, sent->invitation.id));
    REQUIRE_FALSE(late);
    CHECK(late.error().code == "invitation_closed");
}

TEST_CASE("a withdrawn invitation serves nobody") {
    InvitationFixture f;
    const auto sent = f.invite(f.root, {});
    REQUIRE(sent);
    REQUIRE(f.write(f.invitations.withdraw(f.actor, f.root.id, sent->invitation.id)));
    CHECK(gone(f.accept(*sent)));
}

TEST_CASE("a team_admin gives roles of their own teams only, and at least one") {
    InvitationFixture f;
    CHECK(f.invite(f.lead, {{Role::TeamAdmin, f.payments, {}}}));
    for (const std::vector<people::RoleGrant>& roles :
         {std::vector<people::RoleGrant>{},
          std::vector<people::RoleGrant>{{Role::Developer, f.shipping, {}}},
          std::vector<people::RoleGrant>{{Role::AccountManager, "", {}}},
          std::vector<people::RoleGrant>{{Role::Developer, f.payments, {}},
                                         {Role::SuperAdmin, "", {}}}}) {
        const auto denied = f.invite(f.lead, roles, "other@example.com");
        REQUIRE_FALSE(denied);
        CHECK(denied.error().kind == ErrorKind::Forbidden);
    }
}

TEST_CASE("a link gives nothing that its giver could no longer give") {
    InvitationFixture f;
    const auto byLead = f.invite(f.lead, {{Role::Developer, f.payments, {}}}, "a@example.com");
    REQUIRE(byLead);
    REQUIRE(f.write(f.users.update(f.actor, f.lead.id, people::kPerson,
                                   {{}, {}, {}, std::vector<people::RoleGrant>{}})));
    CHECK(gone(f.accept(*byLead)));
    const auto second = f.add("second", {{Role::SuperAdmin, "", {}}});
    const auto bySecond = f.invite(second, {{Role::SuperAdmin, "", {}}}, "b@example.com");
    REQUIRE(bySecond);
    REQUIRE(f.write(f.users.update(f.actor, second.id, people::kPerson, {{}, "disabled", {}, {}})));
    CHECK(gone(f.accept(*bySecond)));
}

TEST_CASE("roles that have ended and roles of teams that are gone are left out") {
    InvitationFixture f;
    const auto soon = f.clock.now() + std::chrono::hours{1};
    const auto sent = f.invite(f.root, {{Role::Developer, f.payments, {}},
                                        {Role::Developer, f.shipping, {}},
                                        {Role::Auditor, "", soon}});
    REQUIRE(sent);
    REQUIRE(f.write(f.teams.remove(f.actor, TeamId(f.shipping))));
    f.clock.advance(std::chrono::hours{2});
    const auto user = f.accept(*sent);
    REQUIRE(user);
    CHECK(user->roles == std::vector<people::RoleGrant>{{Role::Developer, f.payments, {}}});
}

TEST_CASE("who is a user already is not invited, nor anybody to a team that is not there") {
    InvitationFixture f;
    const auto taken = f.invite(f.root, {}, "lead@example.com");
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == "email_taken");
    const auto nowhere = f.invite(f.root, {{Role::Developer, "none", {}}});
    REQUIRE_FALSE(nowhere);
    CHECK(nowhere.error().kind == ErrorKind::InvalidInput);
}

TEST_CASE("an invitation is listed to those who see every team of its roles") {
    InvitationFixture f;
    const auto both = f.invite(
        f.root, {{Role::Developer, f.payments, {}}, {Role::TeamAdmin, f.shipping, {}}}, "a@x.org");
    const auto one = f.invite(f.root, {{Role::Developer, f.payments, {}}}, "b@x.org");
    const auto wide =
        f.invite(f.root, {{Role::Developer, f.payments, {}}, {Role::Auditor, "", {}}}, "c@x.org");
    REQUIRE((both && one && wide && f.invite(f.root, {}, "d@x.org")));
    const auto listed = [&](const std::optional<std::vector<std::string>>& teams) {
        return f.store.read([&](store::ReadTx& tx) {
            std::vector<std::string> emails;
            for (const auto& each : people::Invitations::list(tx, teams, "", 50))
                emails.push_back(each.email);
            return emails;
        });
    };
    using Emails = std::vector<std::string>;
    CHECK(listed(std::nullopt) == Emails{"d@x.org", "c@x.org", "b@x.org", "a@x.org"});
    CHECK(listed(Emails{f.payments, f.shipping}) == Emails{"b@x.org", "a@x.org"});
    CHECK(listed(Emails{f.payments}) == Emails{"b@x.org"});
    CHECK(listed(Emails{f.shipping}).empty());
    const auto first = f.store.read([&](store::ReadTx& tx) {
        return people::Invitations::list(tx, Emails{f.payments, f.shipping}, "", 1);
    });
    REQUIRE(first.size() == 1);
    const auto next = f.store.read([&](store::ReadTx& tx) {
        return people::Invitations::list(tx, Emails{f.payments, f.shipping}, first[0].id, 1);
    });
    REQUIRE(next.size() == 1);
    CHECK(next[0].email == "a@x.org");
}

TEST_CASE("a role that ends gives none that lasts longer") {
    InvitationFixture f;
    const auto end = f.clock.now() + std::chrono::hours{100};
    const auto guest = f.add("guest", {{Role::TeamAdmin, f.payments, end}});
    for (const std::optional<TimePoint> later :
         {std::optional<TimePoint>{}, std::optional<TimePoint>{end + std::chrono::seconds{1}}}) {
        const auto denied = f.invite(guest, {{Role::Developer, f.payments, later}});
        REQUIRE_FALSE(denied);
        CHECK(denied.error().kind == ErrorKind::Forbidden);
    }
    const auto sent = f.invite(guest, {{Role::Developer, f.payments, end}});
    REQUIRE(sent);
    CHECK(f.accept(*sent));
    const auto acting = f.add("acting", {{Role::SuperAdmin, "", end}});
    CHECK_FALSE(f.invite(acting, {{Role::Auditor, "", {}}}, "b@x.org"));
    CHECK(f.invite(acting, {{Role::Auditor, "", end}}, "b@x.org"));
    CHECK(f.invite(acting, {}, "c@x.org"));
}

TEST_CASE("a role of the giver's that was given an end takes the longer offers back") {
    InvitationFixture f;
    const auto sent = f.invite(f.lead, {{Role::Developer, f.payments, {}}});
    REQUIRE(sent);
    const auto end = f.clock.now() + std::chrono::hours{1};
    REQUIRE(f.write(f.users.update(
        f.actor, f.lead.id, people::kPerson,
        {{}, {}, {}, std::vector<people::RoleGrant>{{Role::TeamAdmin, f.payments, end}}})));
    CHECK(gone(f.accept(*sent)));
    CHECK_FALSE(f.write(f.invitations.resend(f.actor, f.lead.id, sent->invitation.id)));
    // Taking it back gives nobody anything.
    CHECK(f.write(f.invitations.withdraw(f.actor, f.lead.id, sent->invitation.id)));
}

TEST_CASE("a list of single teams is cut by the database and goes on where it ended") {
    InvitationFixture f;
    std::vector<std::string> mine;
    for (int i = 0; i < 12; ++i) {
        // Among those of the organization and of teams that the reader does not see.
        REQUIRE(f.invite(f.root, {}, "none" + std::to_string(i) + "@example.com"));
        REQUIRE(f.invite(f.root,
                         {{Role::Developer, f.payments, {}}, {Role::Developer, f.shipping, {}}},
                         "both" + std::to_string(i) + "@example.com"));
        const auto sent = f.invite(f.root, {{Role::Developer, f.payments, {}}},
                                   "mine" + std::to_string(i) + "@example.com");
        REQUIRE(sent);
        mine.insert(mine.begin(), sent->invitation.id);
    }
    const std::optional<std::vector<std::string>> teams{{f.payments}};
    std::vector<std::string> listed;
    f.store.read([&](store::ReadTx& tx) {
        for (std::string after;;) {
            const auto page = people::Invitations::list(tx, teams, after, 5);
            CHECK(page.size() <= 5);
            for (const auto& one : page) listed.push_back(one.id);
            if (page.size() < 5) break;
            after = listed.back();
        }
        CHECK(people::Invitations::count(tx, teams, 100) == 12);
        CHECK(people::Invitations::count(tx, teams, 7) == 7);
        CHECK(people::Invitations::count(tx, std::nullopt, 100) == 36);
        CHECK(people::Invitations::count(tx, {{f.payments, f.shipping}}, 100) == 24);
        CHECK(people::Invitations::count(tx, std::vector<std::string>{}, 100) == 0);
        CHECK(people::Invitations::list(tx, std::vector<std::string>{}, "", 5).empty());
        return 0;
    });
    CHECK(listed == mine);
}
