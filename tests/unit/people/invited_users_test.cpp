#include "invitation_fixture.h"

using namespace trusthub;
using namespace trusthub::test;
using people::Role;

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
    const auto sent = f.invite(f.root, f.developer);
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

TEST_CASE("only who may change users lets somebody in, whatever the account may do today") {
    KnownFixture f;
    const auto eve = f.addWithout(f.developer);
    CHECK(taken(f.invite(f.lead, f.developer)));
    const auto sent = f.invite(f.root, f.developer);
    REQUIRE(sent);
    CHECK_FALSE(f.write(f.invitations.resend(f.actor, f.lead.id, sent->invitation.id)));
    SECTION("the giver fell") {
        f.add("second", {{Role::SuperAdmin, "", {}}});
        f.setRoles(f.root, {{Role::TeamAdmin, f.payments, {}}});
        CHECK(gone(f.accept(*sent)));
        CHECK(f.passwordOf(eve).empty());
    }
    SECTION("nothing changed") {
        CHECK(f.accept(*sent));
    }
}

TEST_CASE("a link leads into no account that was given more since") {
    KnownFixture f;
    const auto eve = f.addWithout(f.developer);
    const auto sent = f.invite(f.root, {});
    REQUIRE(sent);
    SECTION("another role") {
        f.setRoles(eve, {{Role::Developer, f.payments, {}}, {Role::SuperAdmin, "", {}}});
        CHECK(gone(f.accept(*sent)));
        CHECK(f.passwordOf(eve).empty());
    }
    SECTION("less is no hindrance") {
        f.setRoles(eve, {});
        CHECK(f.accept(*sent)->roles.empty());
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
    CHECK(resent.error().code == "insufficient_scope");
    CHECK(f.accept(*sent));
}

TEST_CASE("an invitation from before the account was added does not lead into it") {
    KnownFixture f;
    const auto sent = f.invite(f.lead, f.developer);
    REQUIRE(sent);
    const auto eve = f.addWithout({{Role::SuperAdmin, "", {}}});
    CHECK_FALSE(f.accept(*sent));
    CHECK(f.passwordOf(eve).empty());
    const auto resent = f.write(f.invitations.resend(f.actor, f.root.id, sent->invitation.id));
    REQUIRE_FALSE(resent);
    CHECK(resent.error().code == "invitation_closed");
    REQUIRE(f.write(f.invitations.withdraw(f.actor, f.root.id, sent->invitation.id)));
    CHECK(f.invite(f.root, {}));
}

TEST_CASE("a link to a known user is resent while their roles are what it says") {
    KnownFixture f;
    const people::RoleGrant brief{Role::Auditor, "", f.clock.now() + std::chrono::hours{9}};
    const auto eve = f.addWithout({f.developer.front(), brief});
    const auto sent = f.invite(f.root, {});
    REQUIRE(sent);
    const auto resend = [&] {
        return f.write(f.invitations.resend(f.actor, f.root.id, sent->invitation.id));
    };
    REQUIRE(resend());
    CHECK(gone(f.accept(*sent)));
    SECTION("one that has ended is none any more") {
        f.clock.advance(std::chrono::hours{10});
        const auto resent = resend();
        REQUIRE(resent);
        CHECK(f.accept(*resent)->roles == f.developer);
    }
    SECTION("they changed") {
        f.setRoles(eve, {{Role::TeamAdmin, f.payments, {}}});
        const auto late = resend();
        REQUIRE_FALSE(late);
        CHECK(late.error().code == "invitation_closed");
    }
}
