#include "people_fixture.h"

using namespace trusthub;
using namespace trusthub::test;
using people::Role;

namespace {

struct InvitationFixture : PeopleFixture {
    InvitationFixture()
        : payments(team("Payments")),
          shipping(team("Shipping")),
          root(add("root", {{Role::SuperAdmin, "", {}}})),
          lead(add("lead", {{Role::TeamAdmin, payments, {}}})) {}

    Result<people::Invitations::Sent> invite(const people::User& by,
                                             std::vector<people::RoleGrant> roles,
                                             const std::string& email = "eve@example.com") {
        return write(invitations.create(actor, by.id, {email, "Eve", std::move(roles)}));
    }
    Result<people::User> accept(const people::Invitations::Sent& sent) {
        return write(invitations.accept(actor, std::string(sent.token.reveal()), "Eve", "hash"));
    }
    std::string payments, shipping;
    people::User root, lead;
};

bool gone(const Result<people::User>& result) {
    return !result && result.error().kind == ErrorKind::Gone &&
           result.error().code == "invitation_invalid";
}

}  // namespace

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

namespace {

struct KnownFixture : InvitationFixture {
    people::User addWithout(std::vector<people::RoleGrant> roles, const std::string& name = "eve") {
        people::Users::New wanted;
        wanted.email = name + "@example.com";
        wanted.name = "Eve of old";
        wanted.roles = std::move(roles);
        auto user = write(users.create(actor, wanted));
        if (!user) FAIL(user.error().text());
        return *user;
    }
    void setRoles(const people::User& user, std::vector<people::RoleGrant> roles) {
        REQUIRE(
            write(users.update(actor, user.id, people::kPerson, {{}, {}, {}, std::move(roles)})));
    }
    std::string passwordOf(const people::User& user) {
        return store.read(
            [&](store::ReadTx& tx) { return people::Users::passwordHash(tx, user.id); });
    }
    std::vector<people::RoleGrant> developer{{Role::Developer, payments, {}}};
};

bool taken(const Result<people::Invitations::Sent>& sent) {
    return !sent && sent.error().kind == ErrorKind::Conflict && sent.error().code == "email_taken";
}

}  // namespace

TEST_CASE("who was added without a password is let in by an invitation, with id and roles kept") {
    KnownFixture f;
    const auto eve = f.addWithout(f.developer);
    const auto sent = f.invite(f.lead, f.developer);
    REQUIRE(sent);
    CHECK(f.eventLog.types.back() == "user.invited");
    CHECK(sent->invitation.userId == eve.id);
    CHECK(sent->invitation.teamId == f.payments);
    const auto in = f.accept(*sent);
    REQUIRE(in);
    CHECK(in->id == eve.id);
    CHECK(in->name == "Eve");
    CHECK(in->roles == f.developer);
    CHECK(f.eventLog.types.back() == "user.updated");
    CHECK(f.passwordOf(eve) == "hash");
    const auto rows = f.auditRows("update");
    REQUIRE_FALSE(rows.empty());
    CHECK(rows.front().details.find("hash") == std::string::npos);
    CHECK(f.auditRows("accept").size() == 1);
    CHECK(gone(f.accept(*sent)));
    CHECK(taken(f.invite(f.root, {})));
}

TEST_CASE("a super_admin lets in without naming roles, and nobody changes roles by it") {
    KnownFixture f;
    f.addWithout(f.developer);
    const auto other = f.invite(f.root, {{Role::Auditor, "", {}}});
    REQUIRE_FALSE(other);
    CHECK(other.error().fields.front().pointer == "/roles");
    const auto longer =
        f.invite(f.root, {{Role::Developer, f.payments, f.clock.now() + std::chrono::hours{9}}});
    CHECK_FALSE(longer);
    const auto sent = f.invite(f.root, {});
    REQUIRE(sent);
    CHECK(sent->invitation.roles == f.developer);
    CHECK(f.accept(*sent)->roles == f.developer);
}

TEST_CASE("no invitation leads into an account that somebody uses") {
    KnownFixture f;
    const auto used = f.invite(f.root, {}, "lead@example.com");
    CHECK(taken(used));
    CHECK(used.error().text().find("trusthub users reset") != std::string::npos);
    const auto eve = f.addWithout(f.developer);
    SECTION("that has a password by the time of its use") {
        const auto sent = f.invite(f.root, {});
        REQUIRE(sent);
        REQUIRE(f.write(f.local.reset(f.actor, "eve@example.com", "theirs", false)));
        CHECK(gone(f.accept(*sent)));
        CHECK(f.passwordOf(eve) == "theirs");
        const auto again = f.write(f.invitations.resend(f.actor, f.root.id, sent->invitation.id));
        REQUIRE_FALSE(again);
        CHECK(again.error().code == "invitation_closed");
    }
    SECTION("by an identity provider") {
        REQUIRE(f.write<void>([&](store::WriteTx& tx) -> Result<void> {
            people::Users::noteSignIn(tx, eve.id, f.clock.now());
            return {};
        }));
        CHECK(taken(f.invite(f.root, {})));
    }
    SECTION("that is disabled, now or later") {
        const auto sent = f.invite(f.root, {});
        REQUIRE(sent);
        REQUIRE(
            f.write(f.users.update(f.actor, eve.id, people::kPerson, {{}, "disabled", {}, {}})));
        CHECK(gone(f.accept(*sent)));
        REQUIRE(f.write(f.invitations.withdraw(f.actor, f.root.id, sent->invitation.id)));
        const auto disabled = f.invite(f.root, {});
        CHECK(taken(disabled));
        CHECK(disabled.error().text().find("status") != std::string::npos);
    }
}

TEST_CASE("who invites could give all that the account can do, when the link is used as well") {
    KnownFixture f;
    const auto eve =
        f.addWithout({{Role::Developer, f.payments, {}}, {Role::Developer, f.shipping, {}}});
    CHECK(taken(f.invite(f.lead, f.developer)));
    f.setRoles(eve, f.developer);
    const auto sent = f.invite(f.lead, f.developer);
    REQUIRE(sent);
    SECTION("the user rose") {
        f.setRoles(eve, {{Role::Developer, f.payments, {}}, {Role::SuperAdmin, "", {}}});
        CHECK(gone(f.accept(*sent)));
        CHECK(f.passwordOf(eve).empty());
        CHECK_FALSE(f.write(f.invitations.resend(f.actor, f.lead.id, sent->invitation.id)));
    }
    SECTION("the user answers for a service account, which may do more") {
        people::Users::New account;
        account.kind = people::kService;
        account.name = "pipeline";
        account.stewardId = eve.id.text;
        account.roles = {{Role::SuperAdmin, "", {}}};
        REQUIRE(f.write(f.users.create(f.actor, account)));
        CHECK(gone(f.accept(*sent)));
        REQUIRE(f.write(f.invitations.withdraw(f.actor, f.lead.id, sent->invitation.id)));
        CHECK(taken(f.invite(f.lead, f.developer)));
        CHECK(f.invite(f.root, {}));
    }
    SECTION("the giver fell") {
        f.setRoles(f.lead, {});
        CHECK(gone(f.accept(*sent)));
    }
    SECTION("the giver's role ends before the user's") {
        f.setRoles(f.lead, {{Role::TeamAdmin, f.payments, f.clock.now() + std::chrono::hours{9}}});
        CHECK(gone(f.accept(*sent)));
    }
    SECTION("nothing changed") {
        CHECK(f.accept(*sent));
    }
}

TEST_CASE("no key lets anybody into an account, by a first link or by a resent one") {
    KnownFixture f;
    f.addWithout(f.developer);
    Actor key = f.actor;
    key.kind = ActorKind::ApiKey;
    CHECK(taken(f.write(f.invitations.create(key, f.root.id, {"eve@example.com", "Eve", {}}))));
    const auto sent = f.invite(f.root, {});
    REQUIRE(sent);
    const auto resent = f.write(f.invitations.resend(key, f.root.id, sent->invitation.id));
    REQUIRE_FALSE(resent);
    CHECK(resent.error().kind == ErrorKind::Forbidden);
    CHECK(f.accept(*sent));
}

TEST_CASE("an invitation from before the account was added does not lead into it") {
    KnownFixture f;
    const auto sent = f.invite(f.lead, f.developer);
    REQUIRE(sent);
    const auto eve = f.addWithout({{Role::SuperAdmin, "", {}}});
    CHECK_FALSE(f.accept(*sent));
    CHECK(f.passwordOf(eve).empty());
}

TEST_CASE("a link to a known user is resent while their roles are what it says") {
    KnownFixture f;
    const auto eve = f.addWithout(f.developer);
    const auto sent = f.invite(f.lead, f.developer);
    REQUIRE(sent);
    const auto resent = f.write(f.invitations.resend(f.actor, f.lead.id, sent->invitation.id));
    REQUIRE(resent);
    CHECK(gone(f.accept(*sent)));
    f.setRoles(eve, {{Role::TeamAdmin, f.payments, {}}});
    const auto late = f.write(f.invitations.resend(f.actor, f.lead.id, sent->invitation.id));
    REQUIRE_FALSE(late);
    CHECK(late.error().code == "invitation_closed");
    const auto in = f.accept(*resent);
    REQUIRE(in);
    CHECK(in->roles == std::vector<people::RoleGrant>{{Role::TeamAdmin, f.payments, {}}});
}
