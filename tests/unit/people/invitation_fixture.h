// What tests of invitations begin with: two teams, a super_admin and the team_admin of one.
#pragma once

#include "people_fixture.h"

namespace trusthub::test {

struct InvitationFixture : PeopleFixture {
    InvitationFixture()
        : payments(team("Payments")),
          shipping(team("Shipping")),
          root(add("root", {{people::Role::SuperAdmin, "", {}}})),
          lead(add("lead", {{people::Role::TeamAdmin, payments, {}}})) {}

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

inline bool gone(const Result<people::User>& result) {
    return !result && result.error().kind == ErrorKind::Gone &&
           result.error().code == "invitation_invalid";
}

}  // namespace trusthub::test
